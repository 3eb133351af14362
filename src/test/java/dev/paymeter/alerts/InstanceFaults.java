package dev.paymeter.alerts;

import static dev.paymeter.alerts.Incident.alert;
import static dev.paymeter.support.Await.LONG_RUN;
import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.Scrape;
import dev.paymeter.support.ledger.LedgerRows;
import dev.paymeter.support.service.RestartableService;
import dev.paymeter.support.service.RunningService;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Two instances, each with its own ledger: errors that are spread over both, a payment that is
 * inserted into a ledger without being counted, and processes that are killed.
 */
record InstanceFaults(Path directory, AlertStack watch, AlertResults alertResults) {
  private static final String NAMESPACE = "pair";
  private static final String SPREAD = "spread";

  /**
   * An alert on the sum of all series fires alone only if each series has less than 0.1 errors per
   * second. In a window of less than ten seconds a single error exceeds that, so this alert needs
   * longer windows.
   */
  private static final int SPREAD_FACTOR = 20;

  /** Allows one error in a window, 0.083 per second: below the threshold alone, above it in sum. */
  private static final Duration ERROR_INTERVAL = Duration.ofSeconds(12);

  void run() throws IOException {
    try (RestartableService one = start("one");
        RestartableService other = start("other")) {
      spreadErrors(one, other);
      watch.scrape(NAMESPACE, one.scrapeTarget(), other.scrapeTarget());
      alertResults.expect(
          NAMESPACE,
          "PaymeterLedgerDrift",
          "PaymeterTargetDown",
          "PaymeterAbsent",
          "PaymeterLedgerDown"); // Caused by the seconds of a start, which are not accelerated.
      writeUncountedPayment(one);
      killOne(one);
      killBoth(one, other);
      loseTargets(one);
    }
  }

  /** Starts a service in which payments of tier premium succeed and all others fail. */
  private RestartableService start(String name) throws IOException {
    return RestartableService.startFast(
        Files.createDirectories(directory.resolve(NAMESPACE).resolve(name)),
        Map.of(
            "instance.id", name,
            "simulator.failure-rate", "1",
            "simulator.premium-failure-rate", "0",
            "simulator.time-scale", "0",
            "log.level", "info"),
        "-Xmx256m");
  }

  private void spreadErrors(RestartableService one, RestartableService other) throws IOException {
    ScheduledExecutorService payer = Executors.newSingleThreadScheduledExecutor();
    try (AlertStack longer =
        AlertStack.start(directory.resolve(SPREAD), SPREAD_FACTOR, Duration.ofSeconds(1))) {
      longer.scrape(SPREAD, one.scrapeTarget(), other.scrapeTarget());
      alertResults.expect(
          SPREAD,
          "PaymentErrorRateHighInSum",
          "PaymentSuccessRateLow",
          "PaymentAvailabilityBudgetBurning");
      Incident incident = new Incident(longer, alertResults, SPREAD);
      payer.scheduleAtFixedRate(
          () -> Stream.of(one, other).forEach(service -> pay(service, "standard", "2000.00")),
          0,
          ERROR_INTERVAL.toSeconds(),
          TimeUnit.SECONDS);
      incident.awaitNotification("PaymentErrorRateHighInSum");
      incident.markRecovered();
      payer.shutdown();
      incident.awaitResolution("PaymentErrorRateHighInSum");
      incident.assertNotNotified(alert("PaymentErrorRateHigh"));
      alertResults.assertNoUnexpected(longer);
    } finally {
      payer.shutdownNow();
    }
  }

  private static int pay(RestartableService service, String tier, String amount) {
    HttpResponse<String> answer =
        RunningService.send(
            HttpRequest.newBuilder(service.api("/v1/payments"))
                .header("Content-Type", "application/json")
                .POST(
                    BodyPublishers.ofString(
                        RunningService.order("order", amount).put("user_tier", tier).encode())));
    return answer.statusCode();
  }

  /**
   * Inserts a payment into the next segment of the ledger without counting it. A restart restores
   * the counters from the ledger, which removes the drift.
   */
  private void writeUncountedPayment(RestartableService service) {
    assertThat(pay(service, "premium", "10.00")).isEqualTo(201);
    Incident incident = new Incident(watch, alertResults, NAMESPACE);
    String segment =
        service
            .query(
                """
                insert into payments (id, status, order_id, user_id, amount, currency, amount_usd,
                  fx_rate, fx_date, user_tier, payment_method, gateway, created_at, duration_us,
                  settled_at, instance_id, epoch, segment)
                select gen_random_uuid(), status, order_id, user_id, amount, currency, amount_usd,
                  fx_rate, fx_date, user_tier, payment_method, gateway, created_at, duration_us,
                  settled_at, instance_id, epoch, segment + 1
                from payments where status = 'success' order by segment desc limit 1
                returning segment
                """)
            .get(0)
            .get(0);
    eventually(LONG_RUN, () -> assertThat(isPastSegment(service, segment)).isTrue());
    incident.awaitNotification("PaymeterLedgerDrift");
    incident.markRecovered();
    service.terminate();
    service.awaitExit();
    service.start();
    incident.awaitResolution("PaymeterLedgerDrift");
    LedgerRows rows = new LedgerRows(service.databaseUrl());
    assertThat(counted(service)).isEqualByComparingTo(BigDecimal.valueOf(rows.settled()));
  }

  /** Pays, because segments advance only with payments. */
  private static boolean isPastSegment(RestartableService service, String segment) {
    assertThat(pay(service, "premium", "10.00")).isEqualTo(201);
    return !service.query("select from payments where segment > " + segment + " limit 1").isEmpty();
  }

  private static BigDecimal counted(RestartableService service) {
    return new Scrape(RunningService.get(service.management("/metrics")).body())
        .sum("payment_requests_total");
  }

  private void killOne(RestartableService one) {
    Incident incident = new Incident(watch, alertResults, NAMESPACE);
    one.kill();
    incident.awaitNotification("PaymeterTargetDown");
    incident.markRecovered();
    one.start();
    incident.awaitResolution("PaymeterTargetDown");
  }

  private void killBoth(RestartableService one, RestartableService other) {
    Incident incident = new Incident(watch, alertResults, NAMESPACE);
    one.kill();
    other.kill();
    incident.awaitNotification("PaymeterAbsent");
    incident.awaitInhibition(alert("PaymeterTargetDown"));
    incident.markRecovered();
    one.start();
    incident.awaitResolution("PaymeterAbsent");
  }

  /** Removes the last scrape targets. */
  private void loseTargets(RestartableService one) throws IOException {
    Incident incident = new Incident(watch, alertResults, Optional.empty());
    watch.stopScraping(NAMESPACE);
    incident.awaitNotification("PaymeterAbsent");
    incident.markRecovered();
    watch.scrape(NAMESPACE, one.scrapeTarget());
    incident.awaitResolution("PaymeterAbsent");
  }
}
