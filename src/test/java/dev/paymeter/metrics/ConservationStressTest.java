package dev.paymeter.metrics;

import static dev.paymeter.support.Await.await;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.app.VertxScheduler;
import dev.paymeter.http.management.Health;
import dev.paymeter.http.management.ManagementVerticle;
import dev.paymeter.metrics.queue.Sampling;
import dev.paymeter.metrics.queue.StripedQueue;
import dev.paymeter.metrics.registry.ExpositionFormat;
import dev.paymeter.metrics.system.SystemProbe;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentGatewayException;
import dev.paymeter.payment.Severity;
import dev.paymeter.payment.port.PaymentMetrics.Operation;
import dev.paymeter.payment.port.PaymentMetrics.Outcome;
import dev.paymeter.report.BusinessEvent;
import dev.paymeter.report.OperationRows;
import dev.paymeter.support.http.TestHttp;
import dev.paymeter.support.http.TestVerticles;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Conservation and atomic scrapes under load: several threads record at full speed, several
 * scrapers read, and the small queue makes all code paths occur. A past defect: a snapshot used the
 * first counts that it read from a stripe, even if they did not add up.
 */
@ExtendWith(VertxExtension.class)
class ConservationStressTest {
  private static final int STRIPES = 3;
  private static final int CAPACITY = 24;
  private static final int RECORDERS = 4;
  private static final int EACH = 20_000;
  private static final int SCRAPERS = 3;
  private static final int HTTP_SCRAPES = 30;

  private static final Payment SUCCEEDED = TestOrders.order().succeeded();
  private static final Payment FAILED =
      TestOrders.order()
          .of("2000", "EUR")
          .tier("premium")
          .gateway("paypal")
          .failed(new PaymentGatewayException("Gateway timeout"));

  private static final BusinessEvent EVENT = TestOrders.event("shop", "1", "order", "12.34");

  /** Operations with an invalid row. */
  private static final OperationRows ROWS =
      new OperationRows(
          List.of("db_query"),
          new int[] {0, OperationRows.INVALID, 0, 0, 0, 0},
          new boolean[6],
          new long[6]);

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final MetricsPipeline pipeline =
      TestPipelines.open(new StripedQueue.Limits(STRIPES, CAPACITY, 4, 100), new Sampling(0.3));

  @AfterEach
  void stop() throws InterruptedException {
    threads.shutdown();
    assertThat(threads.awaitTermination(60, SECONDS)).isTrue();
  }

  @Test
  void snapshot_severalAtOnceUnderLoad_addUpExactly() throws Exception {
    AtomicBoolean stop = new AtomicBoolean();
    List<Future<Long>> scrapers = new ArrayList<>();
    for (int i = 0; i < SCRAPERS; i++) {
      scrapers.add(threads.submit(() -> scrapeUntil(stop)));
    }

    try {
      awaitAll(recorders(EACH));
    } finally {
      stop.set(true);
    }

    for (Future<Long> scraper : scrapers) {
      assertThat(scraper.get(60, SECONDS)).isPositive();
    }
    PipelineScrape last = PipelineScrape.of(pipeline.snapshot());
    assertThat(Conservation.assertHolds(last))
        .as("business: none lost")
        .isEqualTo(RECORDERS * EACH);
    long all = (long) RECORDERS * EACH;
    assertThat(Conservation.of(last, "paymeter_observations_applied_total", "error"))
        .isEqualTo(all);
    assertThat(Conservation.of(last, "paymeter_observations_applied_total", "event"))
        .isEqualTo(all);
    assertThat(last.value("business_events_usd_sum{event=\"order\"}")).isEqualTo(all * 12.34);
    assertThat(Conservation.of(last, "paymeter_observations_rejected_total", "error"))
        .isEqualTo(all);
    assertThat(Conservation.of(last, "paymeter_observations_offered_total", "operation"))
        .isEqualTo((2 + ROWS.rows() - 1) * all);
    assertThat(Conservation.of(last, "paymeter_observations_rejected_total", "operation"))
        .isEqualTo(2 * all);
    assertThat(Conservation.of(last, "paymeter_observations_sampled_out_total", "operation"))
        .isPositive();
    assertThat(Conservation.of(last, "paymeter_observations_dropped_total", "operation"))
        .isPositive();
    assertThat(Conservation.of(last, "paymeter_queue_depth", "payment")).isZero();
  }

  private long scrapeUntil(AtomicBoolean stop) {
    long scrapes = 0;
    long before = 0;
    while (!stop.get()) {
      long now = Conservation.assertHolds(PipelineScrape.of(pipeline.snapshot()));
      assertThat(now).as("counters do not decrease").isGreaterThanOrEqualTo(before);
      before = now;
      scrapes++;
    }
    return scrapes;
  }

  @Test
  void scrape_allFormatsAtOnceUnderLoad_addUpExactly(Vertx vertx) throws Exception {
    PlatformMetrics platform = new PlatformMetrics();
    MetricsVerticle metrics =
        new MetricsVerticle(
            pipeline,
            platform,
            () -> () -> new SystemProbe.Reading(1000, 400, List.of(1.0)),
            Duration.ofSeconds(1),
            Duration.ofSeconds(300),
            new VertxScheduler(vertx));
    ManagementVerticle management =
        TestVerticles.management(new Health(), metrics::render, new Sampling(1));
    await(
        vertx.deployVerticle(
            metrics, new DeploymentOptions().setThreadingModel(ThreadingModel.WORKER)));
    await(vertx.deployVerticle(management));
    URI uri = URI.create("http://127.0.0.1:" + management.port() + "/metrics");
    AtomicBoolean stop = new AtomicBoolean();
    List<Future<?>> recorders = new ArrayList<>();
    AtomicLong recorded = new AtomicLong();
    for (int i = 0; i < 2; i++) {
      recorders.add(
          threads.submit(
              () -> {
                while (!stop.get()) {
                  record();
                  recorded.incrementAndGet();
                }
                return null;
              }));
    }
    HttpClient client = TestHttp.client();
    List<Future<Void>> scrapers = new ArrayList<>();
    for (ExpositionFormat format : ExpositionFormat.values()) {
      scrapers.add(
          threads.submit(
              () -> {
                for (int scrape = 0; scrape < HTTP_SCRAPES; scrape++) {
                  long before = recorded.get();
                  HttpResponse<byte[]> response =
                      client.send(
                          HttpRequest.newBuilder(uri)
                              .header("Accept", format.contentType())
                              .build(),
                          BodyHandlers.ofByteArray());
                  assertThat(response.headers().firstValue("content-type"))
                      .contains(format.contentType());
                  assertThat(Conservation.assertHolds(format, response.body()))
                      .as("fresh: what was recorded before the scrape")
                      .isGreaterThanOrEqualTo(before);
                }
                return null;
              }));
    }

    try {
      awaitAll(scrapers);
    } finally {
      stop.set(true);
    }

    awaitAll(recorders);
    platform.close();
  }

  private List<Future<Void>> recorders(int each) {
    List<Future<Void>> recorders = new ArrayList<>();
    for (int i = 0; i < RECORDERS; i++) {
      Callable<Void> recorder =
          () -> {
            for (int n = 0; n < each; n++) {
              record();
            }
            return null;
          };
      recorders.add(threads.submit(recorder));
    }
    return recorders;
  }

  /** Records observations of each kind, some of them invalid. */
  private void record() {
    long random = Thread.currentThread().getId() + System.nanoTime();
    pipeline.settled(random % 3 == 0 ? FAILED : SUCCEEDED);
    pipeline.reports().recorded(EVENT);
    pipeline.failed("machine", "IOException", Severity.MEDIUM);
    pipeline.failed("payment", "IOException", Severity.MEDIUM);
    pipeline.timed(Operation.LEDGER_INSERT, Outcome.SUCCESS, 1_000_000);
    pipeline.timed(Operation.LEDGER_INSERT, Outcome.SUCCESS, -1);
    pipeline.reports().operations(ROWS, new int[] {0, 3, 4, ROWS.rows()});
  }

  private static void awaitAll(List<? extends Future<?>> all) throws Exception {
    for (Future<?> one : all) {
      one.get(60, TimeUnit.SECONDS);
    }
  }
}
