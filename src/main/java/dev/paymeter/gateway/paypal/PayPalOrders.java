package dev.paymeter.gateway.paypal;

import dev.paymeter.payment.Payment;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/**
 * Requests about orders and captures. Safe from any thread.
 *
 * <p>The payer's means of payment is in the capture only: without it, the creation moves no money,
 * so that an inquiry, of a process that does not have the token, can repeat it.
 */
record PayPalOrders(PayPalRequests requests, ResponseVerifier verifier) {
  private static final String ORDERS = "/v2/checkout/orders";

  /** Creates the payment's order, or returns the one that was created under the same key. */
  Future<PayPalResponse> create(Payment payment) {
    JsonObject unit =
        new JsonObject()
            .put("amount", PayPalAmount.write(payment.amount()))
            .put(ResponseVerifier.CUSTOM_ID, ResponseVerifier.customId(payment))
            .put(ResponseVerifier.INVOICE_ID, ResponseVerifier.invoiceId(payment));
    String description = payment.order().details().description();
    if (description != null) {
      unit.put("description", description);
    }
    return requests.post(
        ORDERS,
        payment.gatewayKey().id() + "-create",
        new JsonObject()
            .put("intent", OrderResult.CAPTURE)
            .put("purchase_units", new JsonArray().add(unit)));
  }

  /**
   * Captures an order: charges the payer's means of payment.
   *
   * @throws IllegalStateException if this process does not have the payment's token
   */
  Future<PayPalResponse> capture(Payment payment, String id) {
    return requests.post(
        ORDERS + "/" + id + "/capture",
        payment.gatewayKey().id() + "-capture",
        new JsonObject().put("payment_source", PaymentSource.of(payment.order())));
  }

  /** Changes an order so that PayPal rejects its capture, unless it is captured already. */
  Future<PayPalResponse> close(String id) {
    return requests.patch(
        ORDERS + "/" + id,
        new JsonArray()
            .add(
                new JsonObject()
                    .put("op", "replace")
                    .put("path", "/intent")
                    .put("value", OrderResult.CLOSED)));
  }

  /** Reads an order; fails unless it was created under the payment's key. */
  Future<JsonObject> read(Payment payment, String id) {
    return requests
        .get(ORDERS + "/" + id)
        .map(found -> found.requireOk("Reading"))
        .map(
            order -> {
              ResponseVerifier.requireEqual("id", id, order.getString("id", ""));
              return verifier.verifyOrder(payment, order);
            });
  }

  /** Reads a capture; fails unless it was made under the payment's key. */
  Future<JsonObject> readCapture(Payment payment, String id) {
    return requests
        .get("/v2/payments/captures/" + id)
        .map(found -> found.requireOk("Reading the capture"))
        .map(
            capture -> {
              ResponseVerifier.requireEqual("id", id, capture.getString("id", ""));
              return verifier.verifyCharge(payment, capture);
            });
  }
}
