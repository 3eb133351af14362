package dev.paymeter.alerts;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.gateway.stripe.LaterStripeEvents;
import dev.paymeter.support.service.RestartableService;
import dev.paymeter.support.service.RunningService;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;

/** A refund that fails after it had succeeded, and a dispute that is not answered yet. */
record LaterEventFaults(Path directory, AlertStack watch, AlertResults alertResults) {
  private static final String NAMESPACE = "later-events";
  private static final String REFUND = "RefundFailedLater";
  private static final String DISPUTE = "DisputeResponseDue";

  void run() throws IOException {
    Path place = Files.createDirectories(directory.resolve(NAMESPACE));
    alertResults.expect(NAMESPACE, REFUND, DISPUTE);
    try (LaterStripeEvents stripe = new LaterStripeEvents();
        RestartableService service =
            RestartableService.startFast(place, stripe.settings("stripe", place), "-Xmx256m")) {
      String refunded = pay(service);
      assertThat(refund(service, refunded).statusCode()).isEqualTo(201);
      String disputed = pay(service);
      URI webhooks = service.api("/v1/webhooks/stripe");
      watch.scrape(NAMESPACE, service.scrapeTarget());
      // The alert covers the last six hours, so that its recovery is the passing of time.
      Incident failed = new Incident(watch, alertResults, NAMESPACE);
      stripe.failRefund(webhooks);
      failed.awaitNotification(REFUND);
      failed.markRecovered();
      Incident due = new Incident(watch, alertResults, NAMESPACE);
      stripe.dispute(webhooks, disputed, Duration.ofDays(2));
      due.awaitNotification(DISPUTE);
      due.markRecovered();
      stripe.answer(webhooks);
      due.awaitResolution(DISPUTE);
      failed.awaitResolution(REFUND);
      watch.stopScraping(NAMESPACE);
    }
  }

  /** Pays when Stripe has stated its account. */
  private static String pay(RestartableService service) {
    AtomicReference<String> id = new AtomicReference<>();
    eventually(
        () -> {
          HttpResponse<String> paid =
              RunningService.post(
                  service.api("/v1/payments"), RunningService.order("order", "12.34"));
          assertThat(paid.statusCode()).as(paid.body()).isEqualTo(201);
          id.set(new JsonObject(paid.body()).getString("id"));
        });
    return id.get();
  }

  private static HttpResponse<String> refund(RestartableService service, String payment) {
    return RunningService.post(
        service.api("/v1/payments/" + payment + "/refunds"), new JsonObject());
  }
}
