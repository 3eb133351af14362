package dev.paymeter.gateway.stripe;

import dev.paymeter.payment.Money;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.Refund;
import io.vertx.core.json.JsonObject;
import java.util.Locale;
import java.util.Objects;

/**
 * Whether what came back speaks of what was asked about. An answer of 200 may be a proxy's, a
 * cache's or another request's: as long as it does not name our payment and its amount it says
 * nothing of it, and the outcome stays unknown.
 */
final class ResponseVerifier {
  static final String PAYMENT_ID = "payment_id";
  static final String REFUND_ID = "refund_id";

  private ResponseVerifier() {}

  /**
   * The payment's intent.
   *
   * @throws StripeException when it is something else
   */
  static JsonObject intent(Payment payment, JsonObject found) {
    same("object", "payment_intent", found);
    same("metadata." + PAYMENT_ID, payment.id().toString(), metadata(found, PAYMENT_ID));
    amount(payment.order().amount(), found);
    return found;
  }

  /**
   * The refund.
   *
   * @throws StripeException when it is something else
   */
  static JsonObject refund(Refund refund, JsonObject found) {
    same("object", "refund", found);
    same("metadata." + REFUND_ID, refund.id().toString(), metadata(found, REFUND_ID));
    amount(refund.amount(), found);
    return found;
  }

  /** What our own requests wrote into an object. */
  static String metadata(JsonObject found, String name) {
    return String.valueOf(found.getJsonObject("metadata", new JsonObject()).getValue(name));
  }

  private static void amount(Money wanted, JsonObject found) {
    same("amount", StripeAmount.of(wanted).orElseThrow().toString(), "" + found.getValue("amount"));
    same("currency", currency(wanted), found);
  }

  /** As Stripe writes it. */
  static String currency(Money amount) {
    return amount.currency().getCurrencyCode().toLowerCase(Locale.ROOT);
  }

  static JsonObject same(String name, String wanted, JsonObject found) {
    same(name, wanted, String.valueOf(found.getValue(name)));
    return found;
  }

  private static void same(String name, String wanted, String found) {
    if (!Objects.equals(wanted, found)) {
      throw new StripeException(
          "Stripe's answer is about something else: wanted " + name + " " + wanted);
    }
  }
}
