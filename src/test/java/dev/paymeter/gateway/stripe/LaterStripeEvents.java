package dev.paymeter.gateway.stripe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.TestVertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;

/**
 * The stand-in for Stripe with what happens to payments and refunds later: a dispute, and a refund
 * that fails after it had succeeded. Each is sent in a webhook, which the service must accept.
 */
public final class LaterStripeEvents implements AutoCloseable {
  private static final String DISPUTE = "dp_1";
  private static final String REFUND = "re_1";

  private final FakeStripe stripe = new FakeStripe(TestVertx.SHARED);

  /** Returns the settings of a gateway, as {@link FakeStripe#settings} does. */
  public Map<String, String> settings(String gateway, Path directory) throws IOException {
    return stripe.settings(gateway, directory);
  }

  /**
   * Begins the only dispute.
   *
   * @param left the time in which it has to be answered
   */
  public void dispute(URI webhooks, String payment, Duration left) {
    synchronized (stripe) {
      stripe.dispute(payment, "needs_response");
      stripe
          .disputes
          .get(DISPUTE)
          .getJsonObject("evidence_details")
          .put("due_by", Instant.now().plus(left).getEpochSecond());
    }
    changeDispute(webhooks, "charge.dispute.created", "needs_response");
  }

  /** Answers the dispute at Stripe, which reviews it. */
  public void answer(URI webhooks) {
    changeDispute(webhooks, "charge.dispute.updated", "under_review");
  }

  private void changeDispute(URI webhooks, String type, String status) {
    send(webhooks, type, stripe.changeDispute(DISPUTE, status), "recorded");
  }

  /** Fails the only refund. */
  public void failRefund(URI webhooks) {
    send(webhooks, "refund.failed", stripe.failLater(REFUND), "contradicting");
  }

  private static void send(URI webhooks, String type, JsonObject object, String outcome) {
    String event = StripeEvents.event(type, object).encode();
    HttpResponse<String> answer =
        StripeEvents.sendLater(webhooks, event, StripeEvents.sign(StripeEvents.SECRET, event))
            .join();
    assertThat(answer.body()).contains("\"" + outcome + "\"");
  }

  /**
   * @throws AssertionError as {@link FakeStripe#close()}
   */
  @Override
  public void close() {
    stripe.close();
  }
}
