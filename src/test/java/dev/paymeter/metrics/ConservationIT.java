package dev.paymeter.metrics;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.metrics.registry.ExpositionFormat;
import dev.paymeter.support.RequiredPrograms;
import dev.paymeter.support.Scrape;
import dev.paymeter.support.TestPrometheus;
import dev.paymeter.support.ledger.LedgerRows;
import dev.paymeter.support.load.Load;
import dev.paymeter.support.service.RunningService;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Conservation and atomic scrapes over HTTP, under full load. */
class ConservationIT {
  private static final int CLIENTS = 16;
  private static final int SCRAPES = 50;
  private static final int PROMETHEUS_SAMPLES = 5;

  /** Unaccounted observations, by kind. */
  private static final String LACKING =
      """
      sum by (kind) (paymeter_observations_offered_total)
      - sum by (kind) (paymeter_observations_applied_total)
      - sum by (kind) (paymeter_observations_sampled_out_total)
      - sum by (kind) (paymeter_observations_dropped_total)
      - sum by (kind) (paymeter_observations_rejected_total)
      - sum by (kind) (paymeter_queue_depth)
      """;

  @TempDir Path directory;

  /** A past defect: dropped observations were not counted in {@code dropped}. */
  @Test
  void scrape_underLoad_addsUpExactly() throws Exception {
    RequiredPrograms.program("prometheus", "apt-get install prometheus");
    // The queue overflows between two scrapes, and the flush timer is too slow to help.
    Map<String, String> settings =
        Map.of(
            "metrics.queue-capacity", "4",
            "metrics.batch-size", "10000",
            "metrics.flush-interval", "300s",
            "metrics.sampling-rate", "0.5",
            "simulator.failure-rate", "0.2");
    try (RunningService service = RunningService.start(settings);
        TestPrometheus prometheus =
            TestPrometheus.start(
                directory, Map.of("paymeter", service.management("").getAuthority()));
        Load load = Load.start(CLIENTS, () -> service.api("/v1/payments"))) {
      CompletableFuture.allOf(
              Arrays.stream(ExpositionFormat.values())
                  .map(format -> scrape(service, format, load, SCRAPES))
                  .toArray(CompletableFuture<?>[]::new))
          .join();
      eventually(
          () ->
              assertThat(prometheus.samples("paymeter_queue_depth").values())
                  .anyMatch(samples -> samples.size() >= PROMETHEUS_SAMPLES));
      load.stop();

      assertThat(load.responses()).doesNotContainKey(Load.NO_RESPONSE);
      Scrape last = new Scrape(service.metrics());
      assertThat(last.sum("payment_requests_total"))
          .isEqualByComparingTo("" + new LedgerRows(service.databaseUrl()).settled());
      assertThat(last.sum("paymeter_observations_dropped_total")).isPositive();
      assertThat(last.sum("paymeter_observations_dropped_total", "kind=\"payment\"")).isZero();
      assertThat(last.sum("paymeter_observations_sampled_out_total")).isPositive();
      List<String> lacking = prometheus.history(LACKING, 300);
      assertThat(lacking).hasSizeGreaterThan(PROMETHEUS_SAMPLES).containsOnly("0");
    }
  }

  /** Scrapes repeatedly; each scrape must contain the payments whose response came before it. */
  private static CompletableFuture<Void> scrape(
      RunningService service, ExpositionFormat format, Load load, int left) {
    if (left == 0) {
      return CompletableFuture.completedFuture(null);
    }
    long settled = load.settled();
    HttpRequest request =
        HttpRequest.newBuilder(service.management("/metrics"))
            .header("Accept", format.contentType())
            .build();
    return RunningService.CLIENT
        .sendAsync(request, BodyHandlers.ofByteArray())
        .thenApply(HttpResponse::body)
        .thenCompose(
            body -> {
              assertThat(Conservation.assertHolds(format, body))
                  .as("fresh: payments with a response before the scrape")
                  .isGreaterThanOrEqualTo(settled);
              return scrape(service, format, load, left - 1);
            });
  }
}
