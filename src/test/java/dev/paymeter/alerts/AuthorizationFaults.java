package dev.paymeter.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.service.RestartableService;
import dev.paymeter.support.service.RunningService;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A payment that is authorized, and not captured until shortly before its expiry; and one whose
 * payer does not act, in an account that no instance has.
 */
record AuthorizationFaults(Path directory, AlertStack watch, AlertResults alertResults) {
  private static final String NAMESPACE = "authorizations";
  private static final String EXPIRING = "PaymentAuthorizationExpiring";
  private static final String OVERDUE = "PaymentActionOverdue";
  private static final String ACCOUNT = "PaymentAccountMissing";

  void run() throws IOException {
    Path place = Files.createDirectories(directory.resolve(NAMESPACE));
    alertResults.expect(NAMESPACE, EXPIRING, OVERDUE, ACCOUNT);
    try (RestartableService service =
        RestartableService.startFast(
            place,
            Map.of(
                "gateways.stripe.authorization-validity", "20h",
                "payments.authentication-timeout", "10s"),
            "-Xmx256m")) {
      watch.scrape(NAMESPACE, service.scrapeTarget());
      Incident incident = new Incident(watch, alertResults, NAMESPACE);
      HttpResponse<String> paid =
          RunningService.post(
              service.api("/v1/payments"),
              RunningService.order("order", "12.34").put("capture", "manual"));
      assertThat(paid.statusCode()).as(paid.body()).isEqualTo(201);
      loseWaitingPayment(service);
      incident.awaitNotification(EXPIRING);
      incident.markRecovered();
      String id = new JsonObject(paid.body()).getString("id");
      HttpResponse<String> captured =
          RunningService.post(service.api("/v1/payments/" + id + "/capture"), new JsonObject());
      assertThat(captured.statusCode()).as(captured.body()).isEqualTo(200);
      incident.awaitResolution(EXPIRING);
      watch.stopScraping(NAMESPACE);
    }
  }

  /** Without the account, the payment is not canceled when its time has passed. */
  private void loseWaitingPayment(RestartableService service) {
    Incident incident = new Incident(watch, alertResults, NAMESPACE);
    HttpResponse<String> waiting =
        RunningService.post(
            service.api("/v1/payments"),
            RunningService.order("waiting", "12.34")
                .put("gateway", "stripe")
                .put("payment_token", "pm_card_authenticationAbandoned")
                .put("return_url", "https://shop.test/return"));
    assertThat(waiting.statusCode()).as(waiting.body()).isEqualTo(202);
    assertThat(moveAccount(service, "account || '_moved'")).hasSize(1);
    incident.awaitNotification(OVERDUE);
    incident.markRecovered();
    assertThat(moveAccount(service, "replace(account, '_moved', '')")).hasSize(1);
    incident.awaitResolution(OVERDUE);
  }

  private static List<List<String>> moveAccount(RestartableService service, String account) {
    return service.query(
        "update payments set account = " + account + " where order_id = 'waiting' returning id");
  }
}
