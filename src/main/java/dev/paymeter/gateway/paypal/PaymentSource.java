package dev.paymeter.gateway.paypal;

import dev.paymeter.payment.PaymentOrder;
import dev.paymeter.payment.PaymentToken;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** The payer's means of payment: the id of a payment token in PayPal's vault. */
final class PaymentSource {
  static final String VAULT_ID = "vault_id";

  /** The kinds of sources at PayPal, by payment method. */
  private static final Map<String, String> KINDS =
      Map.of("paypal", "paypal", "credit_card", "card", "debit_card", "card");

  static final Set<String> METHODS = KINDS.keySet();

  private PaymentSource() {}

  /**
   * Returns the payment source of an order that PayPal accepts.
   *
   * @throws IllegalStateException if this process does not have the token
   */
  static JsonObject of(PaymentOrder order) {
    String token = order.details().paymentToken().map(PaymentToken::require).orElseThrow();
    String kind = Objects.requireNonNull(KINDS.get(order.method()));
    return new JsonObject().put(kind, new JsonObject().put(VAULT_ID, token));
  }
}
