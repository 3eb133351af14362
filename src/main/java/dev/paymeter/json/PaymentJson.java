package dev.paymeter.json;

import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentException;
import dev.paymeter.payment.PaymentOrder;
import dev.paymeter.payment.PaymentStatus;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Duration;

/** A payment as JSON: the same on HTTP and on the bus. */
public final class PaymentJson {
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
    if (payment.status() == PaymentStatus.UNKNOWN) {
      payment.doubted().ifPresent(doubt -> json.put("duration", seconds(doubt.duration())));
    }
    payment.settled().ifPresent(how -> putSettlement(json, how));
    if (payment.refunded().amount().signum() > 0) {
      json.put("refunded", payment.refunded().amount().toPlainString());
    }
    payment
        .toldBy()
        .ifPresent(who -> json.put("source", who.publisher()).put("source_id", who.id()));
    return json;
  }

  /** How a payment or refund ended. */
  static void putSettlement(JsonObject json, Payment.Settlement how) {
    json.put("duration", seconds(how.duration())).put("settled_at", how.at().toString());
    if (how.error() != null) {
      json.put("error", write(how.error()));
    }
  }

  private static JsonObject write(PaymentException error) {
    return new JsonObject().put("type", error.type()).put("message", error.reason());
  }

  /** Seconds with six decimals: what the ledger keeps. */
  static BigDecimal seconds(Duration duration) {
    return BigDecimal.valueOf(duration.toNanos() / 1000, 6);
  }
}
