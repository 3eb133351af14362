package dev.paymeter.metrics;

import static dev.paymeter.support.Await.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.app.VertxScheduler;
import dev.paymeter.metrics.registry.ExpositionFormat;
import dev.paymeter.metrics.system.SystemProbe;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
@Timeout(120)
class MetricsVerticleTest {
  private static final SystemProbe.Reading READING =
      new SystemProbe.Reading(1000, 400, List.of(50.0));
  private static final Duration NEVER = Duration.ofHours(1);
  private static final Duration SOON = Duration.ofMillis(1);

  private static final DeploymentOptions OPTIONS =
      new DeploymentOptions()
          .setThreadingModel(ThreadingModel.WORKER)
          .setWorkerPoolName("metrics")
          .setWorkerPoolSize(1);

  private final MetricsPipeline pipeline = TestPipelines.open(64, 10);
  private final PlatformMetrics platform = new PlatformMetrics();

  @AfterEach
  void close() {
    platform.close();
  }

  @Test
  void deploy_firstReading_isExposedWhenDeployed(Vertx vertx) {
    MetricsVerticle verticle = deploy(vertx, () -> READING, NEVER, NEVER);

    assertThat(scrape(verticle).value("memory_usage_bytes{type=\"used\"}")).isEqualTo(600);
  }

  @Test
  void render_recordedBefore_isFreshWithoutTimer(Vertx vertx) {
    MetricsVerticle verticle = deploy(vertx, () -> READING, NEVER, NEVER);

    pipeline.settled(TestOrders.order().succeeded());

    assertThat(scrape(verticle).total("payment_requests_total")).isEqualTo(1);
  }

  @Test
  void render_platformMetrics_areIncluded(Vertx vertx) {
    MetricsVerticle verticle = deploy(vertx, () -> READING, NEVER, NEVER);

    assertThat(scrape(verticle).types().keySet())
        .contains("payment_requests_total", "jvm_memory_used_bytes", "process_uptime_seconds");
  }

  /** A past defect: both ran on the verticle's own thread. */
  @Test
  void render_systemDoesNotRespond_doesNotWait(Vertx vertx) throws Exception {
    CountDownLatch reading = new CountDownLatch(2);
    CountDownLatch end = new CountDownLatch(1);
    SystemProbe probe =
        () -> {
          reading.countDown();
          if (reading.getCount() == 0) {
            awaitLatch(end);
          }
          return READING;
        };
    MetricsVerticle verticle = deploy(vertx, probe, NEVER, SOON);
    reading.await();

    assertThat(scrape(verticle).types()).isNotEmpty();

    end.countDown();
  }

  /** A past defect: nothing was counted meanwhile. */
  @Test
  void render_takesLong_delaysNoOtherTask(Vertx vertx) throws Exception {
    CountDownLatch rendering = new CountDownLatch(2);
    CountDownLatch end = new CountDownLatch(1);
    MetricsVerticle verticle = deploy(vertx, () -> READING, NEVER, NEVER);
    platform.logLinesDropped(
        () -> {
          rendering.countDown();
          awaitLatch(end);
          return 0;
        });
    List<Future<?>> scrapes =
        List.of(
            verticle.render(ExpositionFormat.TEXT, false),
            verticle.render(ExpositionFormat.TEXT, false));
    rendering.await();

    await(verticle.sampleDashboard());

    assertThat(scrapes).noneMatch(Future::isComplete);
    end.countDown();
    await(Future.all(scrapes));
  }

  /** A past defect: readings waited behind scrapes. */
  @Test
  void render_manyTakeLong_delayNoReading(Vertx vertx) throws Exception {
    CountDownLatch rendering = new CountDownLatch(MetricsVerticle.RENDERING_THREADS);
    CountDownLatch end = new CountDownLatch(1);
    Promise<Void> read = Promise.promise();
    SystemProbe probe =
        () -> {
          if (rendering.getCount() == 0) {
            read.tryComplete();
          }
          return READING;
        };
    MetricsVerticle verticle = deploy(vertx, probe, NEVER, SOON);
    platform.logLinesDropped(
        () -> {
          rendering.countDown();
          awaitLatch(end);
          return 0;
        });
    List<Future<?>> scrapes = new ArrayList<>();
    for (int i = 0; i < MetricsVerticle.RENDERING_THREADS; i++) {
      scrapes.add(verticle.render(ExpositionFormat.TEXT, false));
    }

    await(read.future());

    assertThat(scrapes).noneMatch(Future::isComplete);
    end.countDown();
    await(Future.all(scrapes));
  }

  private static void awaitLatch(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void fullBatch_isAppliedWithoutTimerOrScrape(Vertx vertx) {
    deploy(vertx, () -> READING, NEVER, NEVER);

    for (int i = 0; i < 10; i++) {
      pipeline.settled(TestOrders.order().succeeded());
    }

    await(appliedPayments(vertx, 10));
  }

  @Test
  void timer_appliesLessThanABatch(Vertx vertx) {
    deploy(vertx, () -> READING, SOON, NEVER);

    pipeline.settled(TestOrders.order().succeeded());

    await(appliedPayments(vertx, 1));
  }

  @Test
  void close_waitingObservations_areApplied(Vertx vertx) {
    MetricsVerticle verticle = deploy(vertx, () -> READING, NEVER, NEVER);
    pipeline.settled(TestOrders.order().succeeded());

    await(verticle.close());

    await(appliedPayments(vertx, 1));
  }

  /** Past defect: Ctrl-C during the first reading could end with a stack trace. */
  @Test
  void close_duringTheFirstReading_waitsForIt(Vertx vertx) throws Exception {
    CountDownLatch reading = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    MetricsVerticle verticle =
        verticle(
            vertx,
            () -> {
              reading.countDown();
              awaitLatch(end);
              return READING;
            },
            NEVER,
            NEVER);
    Future<String> deployed = vertx.deployVerticle(verticle, OPTIONS);
    reading.await();

    Future<?> closed = verticle.close();
    await(verticle.sampleDashboard()); // Behind what the verticle's own thread had to do.

    assertThat(closed.isComplete()).isFalse();
    end.countDown();
    await(closed);
    await(deployed);
  }

  @Test
  void close_beforeTheStart_thereIsNoReading(Vertx vertx) {
    AtomicInteger readings = new AtomicInteger();
    MetricsVerticle verticle =
        verticle(
            vertx,
            () -> {
              readings.incrementAndGet();
              return READING;
            },
            NEVER,
            NEVER);

    await(verticle.close());

    assertThat(vertx.deployVerticle(verticle, OPTIONS).toCompletionStage())
        .failsWithin(Duration.ofMinutes(1));
    assertThat(readings).hasValue(0);
  }

  @Test
  void readings_oneFails_areContinued(Vertx vertx) {
    AtomicInteger reads = new AtomicInteger();
    Promise<Void> third = Promise.promise();
    SystemProbe probe =
        () -> {
          int read = reads.incrementAndGet();
          if (read == 3) {
            third.tryComplete();
          }
          if (read == 2) {
            throw new IllegalStateException("no /proc");
          }
          return READING;
        };
    MetricsVerticle verticle = deploy(vertx, probe, NEVER, SOON);

    await(third.future());

    assertThat(
            scrape(verticle)
                .value(
                    "errors_total{error_type=\"IllegalStateException\","
                        + "service=\"machine_readings\",severity=\"medium\"}"))
        .isEqualTo(1);
  }

  /** Deploys as the service does: with one thread. */
  private MetricsVerticle deploy(
      Vertx vertx, SystemProbe probe, Duration flushInterval, Duration readingInterval) {
    MetricsVerticle verticle = verticle(vertx, probe, flushInterval, readingInterval);
    await(vertx.deployVerticle(verticle, OPTIONS));
    return verticle;
  }

  private MetricsVerticle verticle(
      Vertx vertx, SystemProbe probe, Duration flushInterval, Duration readingInterval) {
    return new MetricsVerticle(
        pipeline, platform, () -> probe, flushInterval, readingInterval, new VertxScheduler(vertx));
  }

  private static PipelineScrape scrape(MetricsVerticle verticle) {
    return PipelineScrape.parse(
        await(verticle.render(ExpositionFormat.TEXT, false)).toString(UTF_8));
  }

  /** Completes when the expected number is applied. Does not drain the queue. */
  private Future<Void> appliedPayments(Vertx vertx, int expected) {
    Promise<Double> applied = Promise.promise();
    pipeline.update(
        meters ->
            applied.complete(PipelineScrape.of(meters.snapshot()).total("payment_requests_total")));
    return applied
        .future()
        .compose(
            count ->
                count == expected
                    ? Future.succeededFuture()
                    : vertx.timer(1).compose(passed -> appliedPayments(vertx, expected)));
  }
}
