package dev.paymeter.alerts;

import static dev.paymeter.support.Await.LONG_RUN;
import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.EmptyStripe;
import dev.paymeter.support.service.RestartableService;
import dev.paymeter.support.service.RunningService;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A gateway that does not confirm what its webhooks report, and one whose webhooks are signed with
 * another secret than the service has. Between both, other faults may run: the first alert ends
 * half a day after its last webhook.
 */
final class GatewayWebhookFaults {
  private static final String NAMESPACE = "gateway-webhooks";
  private static final String NOT_RECORDED = "GatewayWebhooksNotRecorded";
  private static final String REJECTED = "GatewayWebhooksRejected";
  private static final JsonObject EVENT = new JsonObject().put("id", "evt_1");
  private static final JsonObject DISPUTE =
      new JsonObject()
          .put("id", "evt_2")
          .put("type", "charge.dispute.created")
          .put(
              "data",
              JsonObject.of("object", JsonObject.of("id", "dp_1").put("object", "dispute")));

  private final Path directory;
  private final AlertStack watch;
  private final AlertResults alertResults;
  private @Nullable Incident notRecorded;

  GatewayWebhookFaults(Path directory, AlertStack watch, AlertResults alertResults) {
    this.directory = directory;
    this.watch = watch;
    this.alertResults = alertResults;
  }

  /** Repeats a webhook about a dispute that Stripe does not confirm, until the alert fires. */
  void recordNothing() throws IOException {
    alertResults.expect(NAMESPACE, NOT_RECORDED);
    Path place = Files.createDirectories(directory.resolve(NAMESPACE).resolve("no-evidence"));
    try (EmptyStripe stripe = new EmptyStripe();
        RestartableService service = start(stripe, place)) {
      watch.scrape(NAMESPACE, service.scrapeTarget());
      Incident incident = new Incident(watch, alertResults, NAMESPACE);
      stripe.failDisputes(true);
      sendSigned(service, DISPUTE, 503);
      awaitFailureLongAgo();
      sendSigned(service, DISPUTE, 503);
      incident.awaitNotification(NOT_RECORDED);
      incident.markRecovered();
      stripe.failDisputes(false);
      sendSigned(service, DISPUTE, 200);
      watch.stopScraping(NAMESPACE);
      notRecorded = incident;
    }
  }

  /** Waits until the repetition of a webhook is so late that the alert fires. */
  private void awaitFailureLongAgo() {
    long hour = Duration.ofHours(1).dividedBy(watch.factor()).toMillis();
    String query =
        "increase(paymeter_gateway_webhooks_total{namespace=\"%s\",outcome=\"no_evidence\"}[%dms] offset %dms) > 0"
            .formatted(NAMESPACE, hour, 2 * hour);
    eventually(
        LONG_RUN, () -> assertThat(watch.prometheus().querySeries(query)).as(query).isNotEmpty());
  }

  /**
   * Sends a webhook with another signature. Scrapes the service until both alerts have ended: the
   * absence of all services would inhibit them.
   */
  void rejectAll() throws IOException {
    alertResults.expect(NAMESPACE, REJECTED);
    Path place = Files.createDirectories(directory.resolve(NAMESPACE).resolve("rejected"));
    try (EmptyStripe stripe = new EmptyStripe();
        RestartableService service = start(stripe, place)) {
      watch.scrape(NAMESPACE, service.scrapeTarget());
      Incident rejected = new Incident(watch, alertResults, NAMESPACE);
      send(service, EVENT, "t=1,v1=" + "0".repeat(64), 400);
      rejected.awaitNotification(REJECTED);
      rejected.markRecovered();
      sendSigned(service, EVENT, 200);
      rejected.awaitResolution(REJECTED);
      Objects.requireNonNull(notRecorded).awaitResolution(NOT_RECORDED);
      watch.stopScraping(NAMESPACE);
    }
  }

  private static RestartableService start(EmptyStripe stripe, Path place) throws IOException {
    return RestartableService.startFast(place, stripe.settings("stripe", place), "-Xmx256m");
  }

  private static void sendSigned(RestartableService service, JsonObject event, int status) {
    send(service, event, EmptyStripe.sign(event.encode()), status);
  }

  private static void send(
      RestartableService service, JsonObject event, String signature, int status) {
    assertThat(
            RunningService.post(
                    service.api("/v1/webhooks/stripe"), event, EmptyStripe.HEADER, signature)
                .statusCode())
        .isEqualTo(status);
  }
}
