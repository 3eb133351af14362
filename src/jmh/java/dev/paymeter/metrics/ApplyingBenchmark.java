package dev.paymeter.metrics;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Benchmark of applied payments per second: one thread records, another applies. The recorder stays
 * at most a few thousand payments ahead, so that the applying thread is the bottleneck. Time is the
 * applying thread's CPU time, because other load delays two cooperating threads more than a single
 * one.
 */
@BenchmarkMode(Mode.AverageTime)
@Fork(
    value = 1,
    jvmArgsAppend = {"-Xms1g", "-Xmx1g"})
public class ApplyingBenchmark {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final int SALES = 1024;
  private static final int STEP = 256;
  private static final int AHEAD = 4096;
  private static final int CAPACITY = 65_536;

  /** Payments applied by the measured thread, and its CPU time. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.EVENTS)
  public static class Applied {
    public long payments;
    public long cpuNanos;
  }

  @State(Scope.Benchmark)
  public static class Providers {
    private final Sale[] sales = Sale.mixed(SALES);
    private final OtherRecorders.Providers providers = new OtherRecorders.Providers();
  }

  @State(Scope.Benchmark)
  public static class Pipeline {
    private final Sale[] sales = Sale.mixed(SALES);
    private final MetricsPipeline pipeline = TestPipelines.open(CAPACITY, 100);
    private final Thread consumer = new Thread(this::consume, "consumer");
    private final AtomicLong recorded = new AtomicLong();
    private volatile long applied;
    private volatile boolean stopped;

    @Setup
    public void start() {
      consumer.start();
    }

    @TearDown
    public void stop() throws InterruptedException {
      stopped = true;
      consumer.join();
      double shown = PipelineScrape.of(pipeline.snapshot()).total("payment_requests_total");
      if (shown != recorded.get()) {
        throw new IllegalStateException("recorded " + recorded + ", shown " + shown);
      }
    }

    private void consume() {
      while (!stopped) {
        long before = recorded.get();
        pipeline.flush();
        applied = before;
        if (recorded.get() == before) {
          LockSupport.parkNanos(20_000); // The queue is empty; waiting costs no CPU time.
        }
      }
    }
  }

  /** Payments applied by the consumer, and its CPU time. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.EVENTS)
  public static class AppliedByConsumer {
    public long payments;
    public long cpuNanos;
    private long paymentsBefore;
    private long cpuBefore;

    @Setup(Level.Iteration)
    public void begin(Pipeline state) {
      paymentsBefore = state.applied;
      cpuBefore = THREADS.getThreadCpuTime(state.consumer.getId());
    }

    @TearDown(Level.Iteration)
    public void end(Pipeline state) {
      payments += state.applied - paymentsBefore;
      cpuNanos += THREADS.getThreadCpuTime(state.consumer.getId()) - cpuBefore;
    }
  }

  @Benchmark
  public void pipeline(Pipeline state, AppliedByConsumer counted) {
    for (int i = 0; i < SALES; i++) {
      if (i % STEP == 0) {
        while (state.recorded.get() - state.applied > AHEAD) {
          Thread.onSpinWait();
        }
      }
      state.pipeline.settled(state.sales[i].payment());
      if (i % STEP == STEP - 1) {
        state.recorded.addAndGet(STEP);
      }
    }
  }

  @Benchmark
  public void providers(Providers state, Applied counted) {
    long before = THREADS.getCurrentThreadCpuTime();
    for (int i = 0; i < SALES; i++) {
      state.providers.record(state.sales[i]);
    }
    counted.cpuNanos += THREADS.getCurrentThreadCpuTime() - before;
    counted.payments += SALES;
  }
}
