package dev.paymeter.gateway.stripe;

import static java.util.Map.entry;

import dev.paymeter.payment.Payment;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.Optional;

/** Requests about PaymentIntents. Safe from any thread. */
record StripeIntents(StripeRequests requests, String paymentMethod) {
  private static final String INTENTS = "/payment_intents";

  /** Creates the payment's intent, or repeats the first response to the same request. */
  Future<StripeResponse> create(Payment payment) {
    return requests.post(
        INTENTS,
        payment.id() + "-create",
        Map.ofEntries(
            entry("amount", StripeAmount.of(payment.amount()).orElseThrow().toString()),
            entry("currency", ResponseVerifier.currency(payment.amount())),
            entry("payment_method", paymentMethod),
            entry("allowed_payment_method_types[]", "card"),
            entry("metadata[" + ResponseVerifier.PAYMENT_ID + "]", payment.id().toString()),
            entry("metadata[order_id]", payment.order().orderId())));
  }

  Future<StripeResponse> confirm(Payment payment, String id) {
    return requests.post(
        INTENTS + "/" + id + "/confirm",
        payment.id() + "-confirm",
        Map.of("payment_method", paymentMethod));
  }

  Future<StripeResponse> cancel(String id, Map<String, String> form) {
    return requests.post(INTENTS + "/" + id + "/cancel", null, form);
  }

  /** Reads an intent; fails unless it is the payment's. */
  Future<JsonObject> read(Payment payment, String id) {
    return requests
        .get(INTENTS + "/" + id)
        .map(found -> ResponseVerifier.requireEqual("id", id, found.requireOk("Reading")))
        .map(intent -> ResponseVerifier.verify(payment, intent));
  }

  /** Searches Stripe's index, which may lag, for the payment's intent. */
  Future<Optional<JsonObject>> search(Payment payment) {
    String query = "metadata['" + ResponseVerifier.PAYMENT_ID + "']:'" + payment.id() + "'";
    return requests
        .get(INTENTS + "/search?query=" + StripeRequests.encode(query))
        .map(found -> found.requireOk("A search").getJsonArray("data"))
        .map(
            intents ->
                intents.isEmpty()
                    ? Optional.empty()
                    : Optional.of(ResponseVerifier.verify(payment, intents.getJsonObject(0))));
  }
}
