package dev.paymeter.json;

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
    return json;
  }

  public static JsonObject write(PaymentPage<Refund> page, RefundQuery query) {
    List<JsonObject> data = page.transfers().stream().map(RefundJson::write).toList();
    return PageCursor.page(data, page.next(), RefundQueryReader.scope(query.payment()));
  }
}
