package dev.paymeter.json;

import dev.paymeter.payment.Authorization;
import dev.paymeter.payment.NextAction;
import dev.paymeter.payment.OrderDetails;
import dev.paymeter.payment.PayerAction;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentOrder;
import dev.paymeter.payment.PaymentStatus;
import dev.paymeter.payment.ReturnAddress;
import dev.paymeter.payment.Transfer;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Objects;

/** Payments as JSON, for HTTP and the bus. */
public final class PaymentJson {
  static final String SETTLED_BY = "settled_by";
  static final String OPERATOR = "operator";

  private PaymentJson() {}

  public static JsonObject write(Payment payment) {
    PaymentOrder order = payment.order();
    JsonObject json =
        new JsonObject()
            .put("id", payment.id().toString())
            .put("transaction_id", payment.transactionId())
            .put("status", payment.status().label())
            .put("order_id", order.orderId())
            .put("user_id", order.userId())
            .put("amount", order.amount().amount().toPlainString())
            .put("currency", order.amount().currency().getCurrencyCode())
            .put("amount_usd", payment.amountUsd().toPlainString())
            .put("user_tier", order.tier())
            .put("payment_method", order.method())
            .put("gateway", order.gateway())
            .put("created_at", payment.createdAt().toString());
    if (payment.merchant() != null) {
      json.put("merchant", payment.merchant());
    }
    putDetails(json, order.details());
    payment.authorized().ifPresent(held -> put(json, held));
    putOutcome(json, payment);
    if (payment.settled().filter(Payment.Settlement::isManual).isPresent()) {
      json.put(SETTLED_BY, OPERATOR);
    }
    if (payment.refunded().amount().signum() > 0) {
      json.put("refunded", payment.refunded().amount().toPlainString());
    }
    payment
        .reportedBy()
        .ifPresent(source -> json.put("source", source.publisher()).put("source_id", source.id()));
    return json;
  }

  /**
   * Writes a payment for a client. The client that created it gets the payer's action, too, which
   * is a secret.
   */
  public static JsonObject write(Payment payment, String client) {
    JsonObject json = write(payment);
    ReturnAddress returns = payment.order().details().returnAddress();
    if (payment.status() == PaymentStatus.REQUIRES_ACTION
        && returns != null
        && client.equals(returns.owner())) {
      payment.payerAction().ifPresent(action -> json.put("next_action", nextAction(action)));
    }
    return json;
  }

  private static JsonObject nextAction(PayerAction action) {
    NextAction next = Objects.requireNonNull(action.next());
    String value = next.kind() == NextAction.Kind.REDIRECT ? "redirect_url" : "client_secret";
    return new JsonObject()
        .put("type", next.kind().label())
        .put(value, next.value())
        .put("expires_at", action.expiresAt().toString());
  }

  private static void put(JsonObject json, Authorization held) {
    json.put("authorized_amount", held.amount().amount().toPlainString())
        .put("authorization_expires_at", held.expiresAt().toString());
    if (held.voided() != null) {
      json.put("void_reason", held.voided().label());
    }
  }

  /** Leaves out the token, which is a secret, and the return URL, which may contain one. */
  private static void putDetails(JsonObject json, OrderDetails details) {
    if (details.customer() != null) {
      json.put("customer", details.customer());
    }
    if (details.description() != null) {
      json.put("description", details.description());
    }
    if (details.isCapturedManually()) {
      json.put("capture", details.capture().label());
    }
    if (!details.metadata().isEmpty()) {
      JsonObject metadata = new JsonObject();
      details.metadata().forEach(metadata::put);
      json.put("metadata", metadata);
    }
  }

  /**
   * Writes the final state of a payment or refund, or how long it took to become unknown or
   * authorized, or to require an action.
   */
  static void putOutcome(JsonObject json, Transfer<?> transfer) {
    if (transfer.status() == PaymentStatus.UNKNOWN) {
      transfer
          .unknownOutcome()
          .ifPresent(unknown -> json.put("duration", seconds(unknown.duration())));
    }
    if (transfer instanceof Payment payment && payment.status() == PaymentStatus.AUTHORIZED) {
      payment.authorized().ifPresent(held -> json.put("duration", seconds(held.duration())));
    }
    if (transfer instanceof Payment payment && payment.status() == PaymentStatus.REQUIRES_ACTION) {
      payment.payerAction().ifPresent(action -> json.put("duration", seconds(action.duration())));
    }
    transfer
        .settled()
        .ifPresent(
            settlement ->
                json.put("duration", seconds(settlement.duration()))
                    .put("settled_at", settlement.at().toString()));
    transfer
        .error()
        .ifPresent(
            error ->
                json.put(
                    "error",
                    new JsonObject()
                        .put("type", error.type())
                        .put("code", error.code().label())
                        .put("message", error.reason())));
  }

  /** Returns seconds with six decimals, the resolution of the ledger. */
  private static BigDecimal seconds(Duration duration) {
    return BigDecimal.valueOf(duration.toNanos() / 1000, 6);
  }
}
