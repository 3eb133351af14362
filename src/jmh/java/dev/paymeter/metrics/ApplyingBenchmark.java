package dev.paymeter.metrics;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * How many payments are recorded and applied in a second: one thread records, another applies. The
 * recorder stays a few thousand ahead and waits then, so that the applying thread sets the pace and
 * never runs dry. An invocation takes some milliseconds, and the median of them is what counts.
 */
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(
    value = 1,
    jvmArgsAppend = {"-Xms1g", "-Xmx1g"})
public class ApplyingBenchmark {
  /** How many payments an invocation records and applies. */
  public static final int PIPELINE_BATCH = 16_384;

  public static final int PROVIDERS_BATCH = 4096;

  private static final int STEP = 256;
  private static final int AHEAD = 4096;
  private static final int SALES = 1024;
  private static final int CAPACITY = 65_536;

  @State(Scope.Benchmark)
  public static class Providers {
    final Sale[] sales = Sale.mixed(SALES);
    final OtherRecorders.Providers providers = new OtherRecorders.Providers();
  }

  @State(Scope.Benchmark)
  public static class Pipeline {
    final Sale[] sales = Sale.mixed(SALES);
    final ObservationPipeline pipeline = Pipelines.open(CAPACITY, 100);
    final Thread consumer = new Thread(this::consume, "consumer");
    volatile long recorded;
    volatile long applied;
    private volatile boolean stopped;

    @Setup
    public void start() {
      consumer.start();
    }

    @TearDown
    public void stop() throws InterruptedException {
      stopped = true;
      consumer.join();
      double shown = Scrape.of(pipeline.snapshot()).total("payment_requests_total");
      if (shown != recorded) {
        throw new IllegalStateException("recorded " + recorded + ", shown " + shown);
      }
    }

    private void consume() {
      while (!stopped) {
        long before = recorded;
        pipeline.flush();
        applied = before;
      }
    }
  }

  @Benchmark
  public void pipeline(Pipeline state) {
    for (int i = 0; i < PIPELINE_BATCH; i++) {
      if (i % STEP == 0) {
        state.recorded += i == 0 ? 0 : STEP;
        while (state.recorded - state.applied > AHEAD) {
          Thread.onSpinWait();
        }
      }
      state.pipeline.settled(state.sales[i % SALES].payment());
    }
    state.recorded += STEP;
  }

  @Benchmark
  public void providers(Providers state) {
    for (int i = 0; i < PROVIDERS_BATCH; i++) {
      state.providers.record(state.sales[i % SALES]);
    }
  }
}
