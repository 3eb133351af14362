package dev.paymeter.gateway.stripe;

import dev.paymeter.payment.Authorization;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentToken;
import dev.paymeter.payment.ReturnAddress;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Requests about PaymentIntents. Safe from any thread.
 *
 * <p>A payment token is in the confirmation only: a process that inquires about the payment does
 * not have it, but must repeat the creation with the same parameters.
 *
 * @param paymentMethod charged for payments without a token
 * @param ledger id of the ledger that the payments belong to
 */
record StripeIntents(StripeRequests requests, String paymentMethod, UUID ledger) {
  private static final String INTENTS = "/payment_intents";

  /** The charge states until when an amount is held. */
  private static final String EXPAND = "expand[]";

  private static final String CHARGE = "latest_charge";

  /** Creates the payment's intent, or repeats the first response to the same request. */
  Future<StripeResponse> create(Payment payment) {
    Map<String, String> form = new LinkedHashMap<>();
    form.put("amount", StripeAmount.of(payment.submittedAmount()).orElseThrow().toString());
    form.put("currency", ResponseVerifier.currency(payment.amount()));
    if (isCapturedManually(payment)) {
      form.put("capture_method", "manual");
    }
    if (payment.order().details().paymentToken().isEmpty()) {
      form.put("payment_method", paymentMethod);
    }
    form.put("allowed_payment_method_types[]", "card");
    form.putAll(StripeMetadata.write(ledger, payment));
    return requests.post(INTENTS, payment.gatewayKey().id() + "-create", form);
  }

  /**
   * Confirms an intent, which then charges.
   *
   * @throws IllegalStateException if the payment has a token that this process does not have
   */
  Future<StripeResponse> confirm(Payment payment, String id) {
    String charged =
        payment.order().details().paymentToken().map(PaymentToken::require).orElse(paymentMethod);
    Map<String, String> form = new LinkedHashMap<>();
    form.put("payment_method", charged);
    if (isCapturedManually(payment)) {
      form.put(EXPAND, CHARGE);
    }
    ReturnAddress returns = payment.order().details().returnAddress();
    if (returns != null) {
      form.put("return_url", returns.url());
    }
    return requests.post(
        INTENTS + "/" + id + "/confirm", payment.gatewayKey().id() + "-confirm", form);
  }

  private static boolean isCapturedManually(Payment payment) {
    return payment.order().details().isCapturedManually();
  }

  /** Captures the amount of a payment's open step. */
  Future<StripeResponse> capture(Payment payment, String id) {
    Authorization.Step step = payment.openStep().orElseThrow();
    return requests.post(
        INTENTS + "/" + id + "/capture",
        step.id() + "-capture",
        Map.of("amount_to_capture", StripeAmount.of(step.amount()).orElseThrow().toString()));
  }

  Future<StripeResponse> cancel(String id, Map<String, String> form) {
    return requests.post(INTENTS + "/" + id + "/cancel", null, form);
  }

  /** Reads an intent; fails unless it was created under the payment's key, for its amount. */
  Future<JsonObject> read(Payment payment, String id) {
    return requests
        .get(
            INTENTS
                + "/"
                + id
                + (isCapturedManually(payment)
                    ? "?" + StripeRequests.encode(EXPAND) + "=" + CHARGE
                    : ""))
        .map(found -> ResponseVerifier.requireEqual("id", id, found.requireOk("Reading")))
        .map(intent -> ResponseVerifier.verify(payment, intent));
  }

  /**
   * Searches Stripe's index, which may lag, for intents under the payment's key. There is more than
   * one only if the key was used again after Stripe had forgotten it.
   */
  Future<List<JsonObject>> search(Payment payment) {
    String query =
        "metadata['" + ResponseVerifier.GATEWAY_KEY + "']:'" + payment.gatewayKey().id() + "'";
    return requests
        .get(INTENTS + "/search?query=" + StripeRequests.encode(query))
        .map(found -> found.requireOk("A search").getJsonArray("data"))
        .map(
            intents ->
                intents.stream()
                    .map(JsonObject.class::cast)
                    .map(intent -> ResponseVerifier.verifyKey(payment, intent))
                    .toList());
  }
}
