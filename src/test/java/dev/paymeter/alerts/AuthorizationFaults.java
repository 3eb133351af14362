package dev.paymeter.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.service.RestartableService;
import dev.paymeter.support.service.RunningService;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** A payment that is authorized, and not captured until shortly before its expiry. */
record AuthorizationFaults(Path directory, AlertStack watch, AlertResults alertResults) {
  private static final String NAMESPACE = "authorizations";
  private static final String EXPIRING = "PaymentAuthorizationExpiring";

  void run() throws IOException {
    Path place = Files.createDirectories(directory.resolve(NAMESPACE));
    alertResults.expect(NAMESPACE, EXPIRING);
    try (RestartableService service =
        RestartableService.start(
            place, Map.of("gateways.stripe.authorization-validity", "20h"), "-Xmx256m")) {
      watch.scrape(NAMESPACE, service.scrapeTarget());
      Incident incident = new Incident(watch, alertResults, NAMESPACE);
      HttpResponse<String> paid =
          RunningService.post(
              service.api("/v1/payments"),
              RunningService.order("order", "12.34").put("capture", "manual"));
      assertThat(paid.statusCode()).as(paid.body()).isEqualTo(201);
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
}
