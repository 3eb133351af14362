package dev.paymeter.gateway.paypal;

import dev.paymeter.payment.Transfer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.UUID;

/**
 * Verifies that a response is about the requested payment or refund, in the requested account. A
 * response with status 200 may come from a proxy or a cache, or belong to another request: unless
 * it has the transfer's gateway key, as its invoice id, and amount, the outcome stays unknown.
 *
 * @param account the account that the payments are made to
 */
record ResponseVerifier(String account) {
  static final String INVOICE_ID = "invoice_id";
  static final String CUSTOM_ID = "custom_id";

  /** Returns the invoice id of a transfer: its gateway key. */
  static String invoiceId(Transfer<?> transfer) {
    return transfer.gatewayKey().id().toString();
  }

  /** Returns the custom id of a transfer: its own id. */
  static String customId(Transfer<?> transfer) {
    return transfer.id().toString();
  }

  /**
   * Returns an order, if it was created under the payment's key, in the account.
   *
   * @throws PayPalException if it was not
   */
  JsonObject verifyOrder(Transfer<?> payment, JsonObject order) {
    verifyCharge(payment, unit(order));
    return order;
  }

  /**
   * Returns a purchase unit or a capture, if it was created under the payment's key, in the
   * account.
   *
   * @throws PayPalException if it was not
   */
  JsonObject verifyCharge(Transfer<?> payment, JsonObject actual) {
    verifyKey(payment, actual);
    JsonObject payee = actual.getJsonObject("payee", new JsonObject());
    requireEqual("payee.merchant_id", account, payee.getString("merchant_id", ""));
    return actual;
  }

  /**
   * Returns an object, if it was created under the transfer's key.
   *
   * @throws PayPalException if it was not
   */
  static JsonObject verifyKey(Transfer<?> transfer, JsonObject actual) {
    requireEqual(INVOICE_ID, invoiceId(transfer), actual.getString(INVOICE_ID, ""));
    return actual;
  }

  /** Returns true if an object under the transfer's key is that of this transfer. */
  static boolean isOf(Transfer<?> transfer, JsonObject actual) {
    return customId(transfer).equals(actual.getString(CUSTOM_ID));
  }

  static boolean hasAmountOf(Transfer<?> transfer, JsonObject actual) {
    return PayPalAmount.isEqual(
        transfer.amount(), actual.getJsonObject("amount", new JsonObject()));
  }

  /**
   * Verifies the amount of the transfer's own object.
   *
   * @throws PayPalException if it is another one
   */
  static void verifyAmount(Transfer<?> transfer, JsonObject actual) {
    if (!hasAmountOf(transfer, actual)) {
      throw new PayPalException(
          "PayPal's response is about another amount: expected " + transfer.amount());
    }
  }

  /**
   * Returns the id of the payment or refund that an object under the transfer's key belongs to.
   *
   * @throws PayPalException if it has none
   */
  static UUID id(JsonObject actual) {
    try {
      return UUID.fromString(actual.getString(CUSTOM_ID, ""));
    } catch (IllegalArgumentException e) {
      throw new PayPalException("PayPal's response has no " + CUSTOM_ID);
    }
  }

  /**
   * Returns the only purchase unit of an order.
   *
   * @throws PayPalException if there is not exactly one
   */
  static JsonObject unit(JsonObject order) {
    JsonArray units = order.getJsonArray("purchase_units", new JsonArray());
    if (units.size() != 1) {
      throw new PayPalException(
          "PayPal's response is about another object: expected one purchase unit");
    }
    return units.getJsonObject(0);
  }

  static void requireEqual(String name, String expected, String actual) {
    if (!expected.equals(actual)) {
      throw new PayPalException(
          "PayPal's response is about another object: expected " + name + " " + expected);
    }
  }
}
