package dev.paymeter.gateway.stripe;

import dev.paymeter.gateway.ChargeFields;
import dev.paymeter.payment.Money;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.Transfer;
import io.vertx.core.json.JsonObject;
import java.util.Locale;
import java.util.Objects;
import java.util.UUID;

/**
 * Verifies that a response is about the requested payment or refund. A response with status 200 may
 * come from a proxy or a cache, or belong to another request: unless it has the payment's gateway
 * key and amount, the outcome stays unknown.
 */
final class ResponseVerifier {
  static final String GATEWAY_KEY = StripeMetadata.PREFIX + ChargeFields.GATEWAY_KEY;
  static final String PAYMENT_ID = StripeMetadata.PREFIX + ChargeFields.PAYMENT_ID;
  static final String REFUND_ID = StripeMetadata.PREFIX + "refund_id";

  private ResponseVerifier() {}

  /**
   * Returns the object, if it is the payment's intent, or the refund at Stripe, or that of another
   * payment or refund with the same key and amount.
   *
   * @throws StripeException if it is not
   */
  static JsonObject verify(Transfer<?> expected, JsonObject actual) {
    verifyKey(expected, actual);
    requireEqual("amount", amount(expected), actual);
    return requireEqual("currency", currency(expected.amount()), actual);
  }

  /**
   * Returns the object, if it was created under the transfer's key.
   *
   * @throws StripeException if it was not
   */
  static JsonObject verifyKey(Transfer<?> expected, JsonObject actual) {
    requireEqual("object", expected instanceof Refund ? "refund" : "payment_intent", actual);
    String key = expected.gatewayKey().id().toString();
    requireEqual("metadata." + GATEWAY_KEY, key, metadata(actual, GATEWAY_KEY));
    return actual;
  }

  /** Returns true if an object under the transfer's key is that of this transfer. */
  static boolean isOf(Transfer<?> transfer, JsonObject actual) {
    return transfer.id().toString().equals(metadata(actual, idName(transfer)));
  }

  /**
   * Returns the id of the payment or refund that an object under the transfer's key belongs to.
   *
   * @throws StripeException if it has none
   */
  static UUID id(Transfer<?> transfer, JsonObject actual) {
    String id = metadata(actual, idName(transfer));
    try {
      return UUID.fromString(id);
    } catch (IllegalArgumentException e) {
      throw new StripeException("Stripe's response has no " + idName(transfer));
    }
  }

  private static String idName(Transfer<?> transfer) {
    return transfer instanceof Refund ? REFUND_ID : PAYMENT_ID;
  }

  static boolean hasAmountOf(Transfer<?> transfer, JsonObject actual) {
    return amount(transfer).equals(String.valueOf(actual.getValue("amount")))
        && currency(transfer.amount()).equals(actual.getValue("currency"));
  }

  private static String amount(Transfer<?> transfer) {
    Money submitted =
        transfer instanceof Payment payment ? payment.submittedAmount() : transfer.amount();
    return StripeAmount.of(submitted).orElseThrow().toString();
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
