package dev.paymeter.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.AlteredMetricsProxy;
import dev.paymeter.support.load.Load;
import dev.paymeter.support.service.RestartableService;
import dev.paymeter.support.service.RunningService;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * An instance with a queue that is too small and is flushed by scrapes only, a low label limit, and
 * simulated memory usage.
 */
record PipelineFaults(Path directory, AlertStack watch, AlertResults alertResults) {
  private static final String NAMESPACE = "pipeline";
  private static final String ALTERED = "doctored";
  private static final int CLIENTS = 4;

  /** Short enough to fill the queue, and long enough for the scrapes of all services. */
  private static final Duration PAUSE = Duration.ofMillis(10);

  void run() throws IOException {
    Path place = Files.createDirectories(directory.resolve(NAMESPACE));
    try (FakeMemory memory = FakeMemory.in(place.resolve("proc"));
        RestartableService service =
            RestartableService.startFast(
                place,
                Map.of(
                    "metrics.queue-capacity", "64",
                    "metrics.batch-size", "10000",
                    "metrics.flush-interval", "300s",
                    "metrics.sampling-rate", "1",
                    "metrics.system-interval", "500ms",
                    "metrics.label-limit", "3",
                    "simulator.failure-rate", "0",
                    "simulator.premium-failure-rate", "0",
                    "simulator.time-scale", "0.1",
                    "log.level", "info"),
                "-Xmx256m",
                memory.jvmOption())) {
      watch.scrape(NAMESPACE, service.scrapeTarget());
      alertResults.expect(
          NAMESPACE,
          "PaymeterQueueNearFull",
          "PaymeterOperationsDropped",
          "PaymeterSeriesOverflow",
          "MemoryUsageHigh");
      fillQueue(service);
      overflow(service);
      fillMemory(memory);
      watch.stopScraping(NAMESPACE);
      loseBusinessObservations(service);
    }
  }

  private void fillQueue(RestartableService service) {
    Incident incident = new Incident(watch, alertResults, NAMESPACE);
    try (Load load = Load.start(CLIENTS, () -> service.api("/v1/payments")).pausing(PAUSE)) {
      incident.awaitNotification("PaymeterQueueNearFull", "PaymeterOperationsDropped");
      incident.markRecovered();
      load.stop();
    }
    incident.awaitResolution("PaymeterQueueNearFull", "PaymeterOperationsDropped");
  }

  /** The three expected event names have exhausted the limit. */
  private void overflow(RestartableService service) {
    Incident incident = new Incident(watch, alertResults, NAMESPACE);
    for (String event : List.of("gift", "tip", "fine")) {
      report(service, event);
    }
    incident.markRecovered();
    incident.awaitNotification("PaymeterSeriesOverflow");
    incident.awaitResolution("PaymeterSeriesOverflow");
  }

  private static void report(RestartableService service, String event) {
    JsonObject report =
        new JsonObject()
            .put("kind", "event")
            .put("publisher", "shop")
            .put("id", UUID.randomUUID().toString())
            .put("event", event)
            .put("amount", "1.00");
    HttpRequest.Builder request =
        HttpRequest.newBuilder(service.api("/v1/observations"))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(report.encode()));
    assertThat(RunningService.send(request).statusCode()).isEqualTo(201);
  }

  private void fillMemory(FakeMemory memory) throws IOException {
    Incident incident = new Incident(watch, alertResults, NAMESPACE);
    memory.use(0.9);
    incident.awaitNotification("MemoryUsageHigh");
    incident.markRecovered();
    memory.use(0.5);
    incident.awaitResolution("MemoryUsageHigh");
  }

  /** No external fault makes the service lose any, so a proxy alters the scrape. */
  private void loseBusinessObservations(RestartableService service) throws IOException {
    try (AlteredMetricsProxy proxy = AlteredMetricsProxy.of(service.management("/metrics"))) {
      watch.scrape(ALTERED, proxy.authority());
      alertResults.expect(
          ALTERED,
          "PaymeterBusinessObservationsDropped",
          "PaymeterBusinessObservationsRejected",
          "PaymeterOutcomeAbandoned",
          "PaymeterLogLinesDropped",
          "PaymeterLookBackStalled",
          "RefundUnknownForLong",
          "RefundUnknownForTooLong",
          "PaymeterSeriesOverflow"); // Its counter was above 0 at the first scrape, which counts as
      // an increase.
      Incident incident = new Incident(watch, alertResults, ALTERED);
      proxy.set("paymeter_observations_dropped_total{kind=\"payment\",reason=\"queue_full\"}", 2);
      proxy.set("paymeter_observations_rejected_total{kind=\"error\",reason=\"invalid\"}", 3);
      proxy.set("paymeter_outcomes_abandoned_total{gateway=\"stripe\"}", 1);
      proxy.set("paymeter_log_lines_dropped_total", 5);
      // These alerts are about counters, which recover as soon as the increase is over.
      String[] counted = {
        "PaymeterBusinessObservationsDropped",
        "PaymeterBusinessObservationsRejected",
        "PaymeterOutcomeAbandoned",
        "PaymeterLogLinesDropped"
      };
      incident.markRecovered();
      incident.awaitNotification(counted);
      incident.awaitResolution(counted);
      stallLookBack(proxy);
      delayRefund(proxy);
      watch.stopScraping(ALTERED);
    }
  }

  private void stallLookBack(AlteredMetricsProxy proxy) {
    Incident incident = new Incident(watch, alertResults, ALTERED);
    proxy.set("paymeter_look_back_oldest_seconds", 25 * 3600);
    incident.awaitNotification("PaymeterLookBackStalled");
    incident.markRecovered();
    proxy.set("paymeter_look_back_oldest_seconds", 1);
    incident.awaitResolution("PaymeterLookBackStalled");
  }

  /** A day lasts 12 minutes in the run. */
  private void delayRefund(AlteredMetricsProxy proxy) {
    Incident incident = new Incident(watch, alertResults, ALTERED);
    proxy.set("refunds_unknown_oldest_seconds{gateway=\"stripe\"}", 25 * 3600);
    incident.awaitNotification("RefundUnknownForTooLong");
    incident.awaitInhibition(Incident.alert("RefundUnknownForLong"));
    incident.markRecovered();
    proxy.set("refunds_unknown_oldest_seconds{gateway=\"stripe\"}", 0);
    incident.awaitResolution("RefundUnknownForTooLong");
  }
}
