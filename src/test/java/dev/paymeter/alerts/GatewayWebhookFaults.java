package dev.paymeter.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.EmptyStripe;
import dev.paymeter.support.service.RestartableService;
import dev.paymeter.support.service.RunningService;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A gateway whose webhooks are signed with another secret than the service has. */
record GatewayWebhookFaults(Path directory, AlertStack watch, AlertResults alertResults) {
  private static final String NAMESPACE = "gateway-webhooks";
  private static final String REJECTED = "GatewayWebhooksRejected";
  private static final JsonObject EVENT = new JsonObject().put("id", "evt_1");

  void run() throws IOException {
    Path place = Files.createDirectories(directory.resolve(NAMESPACE));
    alertResults.expect(NAMESPACE, REJECTED);
    try (EmptyStripe stripe = new EmptyStripe();
        RestartableService service =
            RestartableService.startFast(place, stripe.settings("stripe", place), "-Xmx256m")) {
      watch.scrape(NAMESPACE, service.scrapeTarget());
      Incident rejected = new Incident(watch, alertResults, NAMESPACE);
      send(service, "t=1,v1=" + "0".repeat(64), 400);
      rejected.awaitNotification(REJECTED);
      rejected.markRecovered();
      send(service, EmptyStripe.sign(EVENT.encode()), 200);
      rejected.awaitResolution(REJECTED);
      watch.stopScraping(NAMESPACE);
    }
  }

  private static void send(RestartableService service, String signature, int status) {
    assertThat(
            RunningService.post(
                    service.api("/v1/webhooks/stripe"), EVENT, EmptyStripe.HEADER, signature)
                .statusCode())
        .isEqualTo(status);
  }
}
