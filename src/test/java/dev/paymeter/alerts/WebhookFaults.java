package dev.paymeter.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.Await;
import dev.paymeter.support.service.RestartableService;
import dev.paymeter.support.service.RunningService;
import dev.paymeter.webhook.TestWebhookServer;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** An endpoint of webhooks that fails, gets no further attempt, and responds with 410. */
record WebhookFaults(Path directory, AlertStack watch, AlertResults alertResults) {
  private static final String NAMESPACE = "webhooks";
  private static final String WAITING = "WebhooksWaitingForLong";
  private static final String DEAD = "WebhookDeadLetters";
  private static final String DISABLED = "WebhookEndpointDisabled";

  void run() throws IOException {
    Path place = Files.createDirectories(directory.resolve(NAMESPACE));
    alertResults.expect(NAMESPACE, WAITING, DEAD, DISABLED);
    try (TestWebhookServer shop = new TestWebhookServer(request -> respond(503))) {
      Path endpoints = Files.writeString(place.resolve("endpoints"), shop.line("shop", "*"));
      try (RestartableService service =
          RestartableService.startFast(
              place,
              Map.of(
                  "webhooks.endpoints", endpoints.toString(),
                  "webhooks.allowed-networks", "127.0.0.0/8",
                  "webhooks.retry-period", "4m"),
              "-Xmx256m")) {
        watch.scrape(NAMESPACE, service.scrapeTarget());
        Incident failing = new Incident(watch, alertResults, NAMESPACE);
        pay(service);
        failing.awaitNotification(WAITING);
        failing.markRecovered();
        shop.behave(request -> respond(204));
        failing.awaitResolution(WAITING);
        Incident dead = new Incident(watch, alertResults, NAMESPACE);
        shop.behave(request -> respond(503));
        pay(service);
        attemptForTheLastTime(service);
        dead.awaitNotification(DEAD);
        dead.markRecovered();
        shop.behave(request -> respond(204));
        operate(service, "dead-letters/resend");
        dead.awaitResolution(DEAD);
        Incident gone = new Incident(watch, alertResults, NAMESPACE);
        shop.behave(request -> respond(410));
        pay(service);
        gone.awaitNotification(DISABLED);
        gone.markRecovered();
        shop.behave(request -> respond(204));
        operate(service, "enable");
        gone.awaitResolution(DISABLED);
        watch.stopScraping(NAMESPACE);
      }
    }
  }

  private static TestWebhookServer.Response respond(int status) {
    return TestWebhookServer.Response.of(status);
  }

  private static void pay(RestartableService service) {
    assertThat(
            RunningService.post(service.api("/v1/payments"), RunningService.order("order", "12.34"))
                .statusCode())
        .isEqualTo(201);
  }

  /** Waits for a failed attempt, and brings the last one forward. */
  private static void attemptForTheLastTime(RestartableService service) {
    Await.eventually(
        () ->
            assertThat(
                    service.query(
                        "update webhooks set attempts = 9, next_attempt = now()"
                            + " where attempts > 0 returning id"))
                .isNotEmpty());
  }

  private static void operate(RestartableService service, String action) {
    assertThat(
            RunningService.send(
                    HttpRequest.newBuilder(service.management("/webhooks/shop/" + action))
                        .POST(BodyPublishers.noBody()))
                .statusCode())
        .isEqualTo(200);
  }
}
