package dev.paymeter.metrics;

import static dev.paymeter.support.Await.await;

import dev.paymeter.app.VertxScheduler;
import dev.paymeter.metrics.queue.Sampling;
import dev.paymeter.metrics.queue.StripedQueue;
import dev.paymeter.metrics.system.SystemProbe;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.BenchmarkParams;

/**
 * Benchmark of the cost for the calling thread to record a payment in its three meters. An
 * invocation records a batch. The result is the median of the batches, which excludes interrupted
 * ones.
 *
 * <p>The service's metrics verticle drains the queue during the batch, as in production. The rest
 * of a batch is applied afterwards, outside the measurement, because the consumer is slower than
 * the producer. A batch fits into half a stripe, so that the queue is never full; the benchmark
 * checks this.
 */
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(
    value = 1,
    jvmArgsAppend = {
      "-Djmh.executor=CUSTOM",
      "-Djmh.executor.class=dev.paymeter.metrics.EventLoopThreads",
      "-Xms1g",
      "-Xmx1g"
    })
public class RecordingBenchmark {
  /** Payments recorded by an invocation, by benchmark. */
  public static final int PIPELINE_BATCH = 8192;

  public static final int DATA_POINTS_BATCH = 4096;
  public static final int PROVIDERS_BATCH = 1024;
  public static final int BUILDERS_BATCH = 256;

  private static final int SALES = 1024;
  private static final int LANE = 2 * PIPELINE_BATCH;

  @State(Scope.Benchmark)
  public static class Others {
    final Sale[] sales = Sale.mixed(SALES);
    final OtherRecorders.Builders builders = new OtherRecorders.Builders();
    final OtherRecorders.Providers providers = new OtherRecorders.Providers();
    final OtherRecorders.DataPoints dataPoints = new OtherRecorders.DataPoints(sales);
  }

  @State(Scope.Benchmark)
  public static class Ours {
    final Sale[] sales = Sale.mixed(SALES);
    private final PlatformMetrics platform = new PlatformMetrics();
    private final AtomicLong arrivals = new AtomicLong();
    private MetricsPipeline pipeline;
    private Vertx vertx;
    private int threads;

    @Setup
    public void start(BenchmarkParams params) {
      threads = params.getThreads();
      pipeline =
          TestPipelines.open(
              new StripedQueue.Limits(threads, threads * LANE, 100, 100), new Sampling(0.01));
      vertx =
          Vertx.builder()
              .with(platform.configure(new VertxOptions()))
              .withMetrics(platform.factory())
              .build();
      MetricsVerticle consumer =
          new MetricsVerticle(
              pipeline,
              platform,
              () -> RecordingBenchmark::nothing,
              Duration.ofSeconds(5),
              Duration.ofDays(1),
              new VertxScheduler(vertx));
      await(
          vertx.deployVerticle(
              consumer, new DeploymentOptions().setThreadingModel(ThreadingModel.WORKER)));
    }

    /** Lets all threads start together; waits only briefly for threads that have finished. */
    void meet() {
      long all = (arrivals.getAndIncrement() / threads + 1) * threads;
      long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(20);
      while (arrivals.get() < all && System.nanoTime() < deadline) {
        Thread.onSpinWait();
      }
    }

    @TearDown
    public void stop() {
      double highest = PipelineScrape.of(pipeline.snapshot()).value("paymeter_queue_depth_highest");
      await(vertx.close());
      if (highest > LANE) {
        throw new IllegalStateException("a lane was full: " + highest);
      }
    }
  }

  private static SystemProbe.Reading nothing() {
    return new SystemProbe.Reading(0, 0, List.of());
  }

  /** Separates the batches of a thread. */
  @State(Scope.Thread)
  public static class Batches {
    @Setup(Level.Invocation)
    public void begin(Ours ours) {
      ours.meet();
    }

    @TearDown(Level.Invocation)
    public void end(Ours ours) {
      ours.pipeline.flush();
    }
  }

  @Benchmark
  public void pipeline(Ours ours, Batches batches, Caller caller) {
    caller.begin();
    for (int i = 0; i < PIPELINE_BATCH; i++) {
      ours.pipeline.settled(ours.sales[i % SALES].payment());
    }
    caller.end();
  }

  @Benchmark
  public void dataPoints(Others others, Caller caller) {
    caller.begin();
    for (int i = 0; i < DATA_POINTS_BATCH; i++) {
      int place = i % SALES;
      others.dataPoints.record(others.sales[place], place);
    }
    caller.end();
  }

  @Benchmark
  public void providers(Others others, Caller caller) {
    caller.begin();
    for (int i = 0; i < PROVIDERS_BATCH; i++) {
      others.providers.record(others.sales[i % SALES]);
    }
    caller.end();
  }

  @Benchmark
  public void builders(Others others, Caller caller) {
    caller.begin();
    for (int i = 0; i < BUILDERS_BATCH; i++) {
      others.builders.record(others.sales[i % SALES]);
    }
    caller.end();
  }
}
