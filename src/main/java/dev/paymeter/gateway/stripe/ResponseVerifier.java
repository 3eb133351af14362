package dev.paymeter.gateway.stripe;

import dev.paymeter.payment.Money;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.Transfer;
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
   * Returns the object, if it is the payment's intent, or the refund at Stripe.
   *
   * @throws StripeException if it is not
   */
  static JsonObject verify(Transfer<?> expected, JsonObject actual) {
    boolean isRefund = expected instanceof Refund;
    String id = isRefund ? REFUND_ID : PAYMENT_ID;
    String amount = StripeAmount.of(expected.amount()).orElseThrow().toString();
    requireEqual("object", isRefund ? "refund" : "payment_intent", actual);
    requireEqual("metadata." + id, expected.id().toString(), metadata(actual, id));
    requireEqual("amount", amount, actual);
    return requireEqual("currency", currency(expected.amount()), actual);
  }

  /** Returns the metadata that a request of Paymeter stored in an object. */
  static String metadata(JsonObject actual, String name) {
    return String.valueOf(actual.getJsonObject("metadata", new JsonObject()).getValue(name));
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
