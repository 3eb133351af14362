package dev.paymeter.alerts;

import static dev.paymeter.alerts.Incident.alert;
import static dev.paymeter.support.Await.LONG_RUN;
import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.load.Load;
import dev.paymeter.support.service.RestartableService;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A release whose gateways are slow and fail every payment; the rollback moves all traffic to an
 * instance of the previous release.
 */
record GatewayFaults(Path directory, AlertStack watch, AlertResults alertResults) {
  private static final String NAMESPACE = "gateway";

  /** Enough for high-severity errors, three in ten, in the shortest window at any time. */
  private static final int CLIENTS = 24;

  /**
   * Failed payments after which a scrape is fast enough: a delay of one second is two minutes here.
   */
  private static final int WARM_UP_PAYMENTS = 300;

  private static final List<String> WINDOWS = List.of("1h", "6h", "1d", "3d");

  /**
   * Windows that must cause no notification before the recovery. The alert that inhibits the window
   * of 6 hours may be interrupted when a busy machine skips some scrapes: its short window has
   * five.
   */
  private static final List<String> DAYS = List.of("1d", "3d");

  private static final List<String> BURNING =
      List.of("PaymentAvailabilityBudgetBurning", "PaymentLatencyBudgetBurning");

  void run() throws IOException {
    try (RestartableService bad = start("bad", "1", "10");
        RestartableService good = start("good", "0", "1")) {
      alertResults.expect(
          NAMESPACE,
          "PaymentErrorRateHigh",
          "PaymentSuccessRateLow",
          "PaymentResponseTimeHigh",
          "PaymentAvailabilityBudgetBurning",
          "PaymentLatencyBudgetBurning");
      AtomicReference<RestartableService> release = new AtomicReference<>(bad);
      try (Load load = Load.start(CLIENTS, () -> payments(release.get()))) {
        eventually(LONG_RUN, () -> assertThat(load.settled()).isGreaterThan(WARM_UP_PAYMENTS));
        watch.scrape(NAMESPACE, bad.scrapeTarget(), good.scrapeTarget());
        Incident incident = new Incident(watch, alertResults, NAMESPACE);
        failAndBeSlow(incident);
        incident.markRecovered();
        release.set(good);
        recover(incident);
        load.stop();
      }
      watch.stopScraping(NAMESPACE);
    }
  }

  private RestartableService start(String name, String failureRate, String timeScale)
      throws IOException {
    return RestartableService.startFast(
        Files.createDirectories(directory.resolve(NAMESPACE).resolve(name)),
        Map.of(
            "instance.id", name,
            "simulator.failure-rate", failureRate,
            "simulator.premium-failure-rate", failureRate,
            "simulator.time-scale", timeScale,
            "log.level", "info"),
        "-Xmx256m");
  }

  private static URI payments(RestartableService service) {
    return service.api("/v1/payments");
  }

  private static void failAndBeSlow(Incident incident) {
    incident.awaitNotification(
        "PaymentErrorRateHigh", "PaymentSuccessRateLow", "PaymentResponseTimeHigh");
    incident.awaitInhibition(alert("PaymentErrorRateHighInSum"));
    for (String burning : BURNING) {
      incident.awaitNotification(alert(burning, "1h"));
      for (String window : List.of("6h", "1d", "3d")) {
        incident.awaitInhibition(alert(burning, window));
      }
    }
  }

  /**
   * The windows recover one after the other; the shortest that still burns inhibits the longer
   * ones.
   */
  private static void recover(Incident incident) {
    incident.awaitResolution(
        "PaymentErrorRateHigh", "PaymentSuccessRateLow", "PaymentResponseTimeHigh");
    for (String window : WINDOWS) {
      for (String burning : BURNING) {
        incident.awaitNotification(alert(burning, window));
        if (DAYS.contains(window)) {
          incident.assertNotNotified(alert(burning, window));
        }
      }
      for (String burning : BURNING) {
        incident.awaitResolution(alert(burning, window));
      }
    }
  }
}
