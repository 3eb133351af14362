package dev.paymeter.json;

import dev.paymeter.payment.Payment;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.query.PaymentPage;
import dev.paymeter.payment.query.RefundQuery;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** Refunds as JSON. */
public final class RefundJson {
  private RefundJson() {}

  public static JsonObject write(Refund refund) {
    JsonObject json =
        new JsonObject()
            .put("id", refund.id().toString())
            .put("reference", refund.reference())
            .put("payment_id", refund.payment().id().toString())
            .put("status", refund.status().label())
            .put("amount", refund.amount().amount().toPlainString())
            .put("currency", refund.amount().currency().getCurrencyCode())
            .put("amount_usd", refund.amountUsd().toPlainString())
            .put("gateway", refund.order().gateway());
    if (refund.reason() != null) {
      json.put("reason", refund.reason());
    }
    json.put("created_at", refund.createdAt().toString());
    PaymentJson.putOutcome(json, refund);
    putLaterFailure(json, refund);
    return json;
  }

  /** Adds when a refund failed later; {@code settled_at} is still the time of its success. */
  private static void putLaterFailure(JsonObject json, Refund refund) {
    Payment.Settlement success = refund.success();
    if (success != null) {
      json.put("failed_at", json.getString("settled_at"));
      json.put("settled_at", success.at().toString());
    }
  }

  public static JsonObject write(PaymentPage<Refund> page, RefundQuery query) {
    List<JsonObject> data = page.transfers().stream().map(RefundJson::write).toList();
    return PageCursor.page(data, page.next(), RefundQueryReader.scope(query.payment()));
  }
}
