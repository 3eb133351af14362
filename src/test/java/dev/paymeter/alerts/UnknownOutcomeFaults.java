package dev.paymeter.alerts;

import static dev.paymeter.alerts.Incident.alert;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.load.Load;
import dev.paymeter.support.service.RestartableService;
import dev.paymeter.support.service.RunningService;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * A gateway that charges but responds neither to payments nor to inquiries: for one payment, one
 * refund, then for all payments; one whose account no instance has; one whose response arrives when
 * the row is gone; a client that reuses one idempotency key, and one whose reports are invalid; and
 * a gateway that refuses connections.
 */
record UnknownOutcomeFaults(Path directory, AlertStack watch, AlertResults alertResults) {
  private static final String NAMESPACE = "unknown";
  private static final String LONG = "PaymentUnknownForLong";
  private static final String TOO_LONG = "PaymentUnknownForTooLong";
  private static final String MANY = "PaymentsUnknownHigh";
  private static final String REFUND = "RefundUnknownForLong";
  private static final String ACCOUNT = "PaymentAccountMissing";
  private static final String CONFLICT = "PaymeterSettlementConflict";
  private static final String MISMATCH = "IdempotencyMismatchHigh";
  private static final String BREAKER = "PaymentGatewayBreakerOpen";
  private static final String REPORTS = "ReportsRejected";
  private static final int PAYMENTS = 30;
  private static final int CLIENTS = 4;

  void run() throws IOException {
    try (RestartableService service =
        RestartableService.startFast(
            Files.createDirectories(directory.resolve(NAMESPACE)),
            Map.of(
                "simulator.switchable", "true",
                "gateways.paypal.timeout", "500ms",
                "simulator.failure-rate", "0",
                "simulator.time-scale", "0.1",
                "log.level", "info"),
            "-Xmx256m")) {
      watch.scrape(NAMESPACE, service.scrapeTarget());
      alertResults.expect(
          NAMESPACE, LONG, TOO_LONG, REFUND, MANY, ACCOUNT, CONFLICT, MISMATCH, REPORTS);
      loseOnePayment(service);
      loseOneRefund(service);
      loseAllPayments(service);
      loseAccount(service);
      loseRowBeforeLateResponse(service);
      reuseKey(service);
      reportInvalidly(service);
      refuseConnections(service);
      watch.stopScraping(NAMESPACE);
    }
  }

  /** The intervals of inquiries are not accelerated. */
  private void loseOnePayment(RestartableService service) {
    Incident incident = new Incident(watch, alertResults, NAMESPACE);
    breakStripe(service, "{\"next\": 1}");
    assertThat(pay(service, "lost", "")).isEqualTo(202);
    incident.awaitNotification(LONG, TOO_LONG);
    incident.awaitInhibition(alert(LONG));
    incident.markRecovered();
    resetFaults(service);
    incident.awaitResolution(LONG, TOO_LONG);
  }

  private void loseOneRefund(RestartableService service) {
    HttpResponse<String> paid = send(service, "/v1/payments", order("refunded"), "");
    String payment = new JsonObject(paid.body()).getString("id");
    Incident incident = new Incident(watch, alertResults, NAMESPACE);
    breakStripe(service, "{\"next\": 1}");
    assertThat(send(service, "/v1/payments/" + payment + "/refunds", "{}", "").statusCode())
        .isEqualTo(202);
    incident.awaitNotification(REFUND);
    incident.markRecovered();
    resetFaults(service);
    incident.awaitResolution(REFUND);
  }

  private void loseAllPayments(RestartableService service) {
    Incident incident = new Incident(watch, alertResults, NAMESPACE);
    breakStripe(service, "{\"rate\": 1}");
    for (int i = 0; i < PAYMENTS; i++) {
      assertThat(pay(service, "unknown_" + i, "")).isEqualTo(202);
    }
    incident.awaitNotification(MANY);
    incident.awaitInhibition(alert(LONG));
    incident.markRecovered();
    resetFaults(service);
    incident.awaitResolution(MANY);
  }

  /** Without the account, no inquiry is made. */
  private void loseAccount(RestartableService service) {
    Incident incident = new Incident(watch, alertResults, NAMESPACE);
    breakStripe(service, "{\"next\": 1}");
    assertThat(pay(service, "moved", "")).isEqualTo(202);
    assertThat(moveAccount(service, "account || '_moved'")).hasSize(1);
    resetFaults(service);
    incident.awaitNotification(ACCOUNT);
    incident.markRecovered();
    assertThat(moveAccount(service, "replace(account, '_moved', '')")).hasSize(1);
    incident.awaitResolution(ACCOUNT);
  }

  private static List<List<String>> moveAccount(RestartableService service, String account) {
    return service.query(
        "update payments set account = " + account + " where order_id = 'moved' returning id");
  }

  /** The alert covers the last hour, so that its recovery is the passing of time. */
  private void loseRowBeforeLateResponse(RestartableService service) {
    Incident incident = new Incident(watch, alertResults, NAMESPACE);
    simulator(
        service,
        "PATCH",
        """
        {"paypal": {"delay_seconds": 2, "answer_late": {"next": 1}, "inquiry_broken": {"rate": 1}}}
        """);
    String order = RunningService.order("late", "12.50").put("gateway", "paypal").encode();
    assertThat(send(service, "/v1/payments", order, "").statusCode()).isEqualTo(202);
    assertThat(service.query("delete from payments where order_id = 'late' returning id"))
        .hasSize(1);
    incident.awaitNotification(CONFLICT);
    incident.markRecovered();
    resetFaults(service);
    incident.awaitResolution(CONFLICT);
  }

  private void reuseKey(RestartableService service) {
    String key = "\"8e03978e-40d5-43dd-bc93-6894a57f9324\"";
    assertThat(pay(service, "first", key)).isEqualTo(201);
    repeatUntilNotified(() -> pay(service, "another", key), 20, MISMATCH);
  }

  private void reportInvalidly(RestartableService service) {
    String report = "{\"kind\": \"event\", \"publisher\": \"shop\", \"id\": \"1\"}";
    repeatUntilNotified(() -> send(service, "/v1/observations", report, ""), 100, REPORTS);
  }

  private void repeatUntilNotified(Runnable request, int intervalMillis, String alert) {
    Incident incident = new Incident(watch, alertResults, NAMESPACE);
    ScheduledExecutorService client = Executors.newSingleThreadScheduledExecutor();
    try {
      client.scheduleAtFixedRate(request, 0, intervalMillis, TimeUnit.MILLISECONDS);
      incident.awaitNotification(alert);
      incident.markRecovered();
    } finally {
      client.shutdownNow();
    }
    incident.awaitResolution(alert);
  }

  /** {@link GatewayFaults} is about the other alerts of failing payments. */
  private void refuseConnections(RestartableService service) {
    alertResults.expect(
        NAMESPACE,
        BREAKER,
        "PaymentSuccessRateLow",
        "PaymentErrorRateHigh",
        "PaymentErrorRateHighInSum",
        "PaymentAvailabilityBudgetBurning");
    Incident incident = new Incident(watch, alertResults, NAMESPACE);
    simulator(service, "PATCH", "{\"stripe\": {\"connection_refused\": {\"rate\": 1}}}");
    try (Load load = Load.startOrdinary(CLIENTS, () -> service.api("/v1/payments"))) {
      incident.awaitNotification(BREAKER);
      incident.markRecovered();
      resetFaults(service);
      incident.awaitResolution(BREAKER);
      load.stop();
    }
  }

  /** Charges as ordered and breaks the connection from now on, also of each inquiry. */
  private static void breakStripe(RestartableService service, String order) {
    simulator(
        service,
        "PATCH",
        "{\"stripe\": {\"connection_broken\": %s, \"inquiry_broken\": {\"rate\": 1}}}"
            .formatted(order));
  }

  private static void resetFaults(RestartableService service) {
    simulator(service, "DELETE", "");
  }

  private static void simulator(RestartableService service, String method, String body) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(service.management("/simulator"))
            .header("Content-Type", "application/json")
            .method(method, BodyPublishers.ofString(body));
    assertThat(RunningService.send(request).statusCode()).isEqualTo(200);
  }

  /**
   * Pays and returns the status.
   *
   * @param key empty for none
   */
  private static int pay(RestartableService service, String order, String key) {
    return send(service, "/v1/payments", order(order), key).statusCode();
  }

  private static String order(String order) {
    return RunningService.order(order, "12.50").encode();
  }

  private static HttpResponse<String> send(
      RestartableService service, String path, String body, String key) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(service.api(path))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body));
    if (!key.isEmpty()) {
      request.header("Idempotency-Key", key);
    }
    return RunningService.send(request);
  }
}
