package dev.paymeter.gateway.stripe;

import dev.paymeter.payment.Money;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.Refund;
import io.vertx.core.json.JsonObject;
import java.util.Locale;
import java.util.Objects;

/**
 * Verifies that a response is about the requested payment or refund. A response with status 200 may
 * come from a proxy or a cache, or belong to another request: unless it has the payment's id and
 * amount, the outcome stays unknown.
 */
final class ResponseVerifier {
  static final String PAYMENT_ID = "payment_id";
  static final String REFUND_ID = "refund_id";

  private ResponseVerifier() {}

  /**
   * Returns the object, if it is the payment's intent.
   *
   * @throws StripeException if it is not
   */
  static JsonObject verifyIntent(Payment payment, JsonObject actual) {
    requireEqual("object", "payment_intent", actual);
    requireEqual("metadata." + PAYMENT_ID, payment.id().toString(), metadata(actual, PAYMENT_ID));
    requireAmount(payment.order().amount(), actual);
    return actual;
  }

  /**
   * Returns the object, if it is the refund at Stripe.
   *
   * @throws StripeException if it is not
   */
  static JsonObject verifyRefund(Refund refund, JsonObject actual) {
    requireEqual("object", "refund", actual);
    requireEqual("metadata." + REFUND_ID, refund.id().toString(), metadata(actual, REFUND_ID));
    requireAmount(refund.amount(), actual);
    return actual;
  }

  /** Returns the metadata that a request of Paymeter stored in an object. */
  static String metadata(JsonObject actual, String name) {
    return String.valueOf(actual.getJsonObject("metadata", new JsonObject()).getValue(name));
  }

  private static void requireAmount(Money expected, JsonObject actual) {
    requireEqual(
        "amount",
        StripeAmount.of(expected).orElseThrow().toString(),
        "" + actual.getValue("amount"));
    requireEqual("currency", currency(expected), actual);
  }

  /** Returns the currency code in lower case, as Stripe expects it. */
  static String currency(Money amount) {
    return amount.currency().getCurrencyCode().toLowerCase(Locale.ROOT);
  }

  static JsonObject requireEqual(String name, String expected, JsonObject actual) {
    requireEqual(name, expected, String.valueOf(actual.getValue(name)));
    return actual;
  }

  private static void requireEqual(String name, String expected, String actual) {
    if (!Objects.equals(expected, actual)) {
      throw new StripeException(
          "Stripe's response is about another object: expected " + name + " " + expected);
    }
  }
}
