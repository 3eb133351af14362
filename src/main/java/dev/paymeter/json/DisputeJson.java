package dev.paymeter.json;

import dev.paymeter.payment.Dispute;
import dev.paymeter.payment.Money;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** Disputes as JSON. */
public final class DisputeJson {
  private DisputeJson() {}

  /** Writes the disputes of one payment. */
  public static JsonObject write(List<Dispute> disputes) {
    return new JsonObject()
        .put("data", new JsonArray(disputes.stream().map(DisputeJson::write).toList()));
  }

  private static JsonObject write(Dispute dispute) {
    JsonObject json =
        new JsonObject()
            .put("id", dispute.id().toString())
            .put("reference", dispute.reference())
            .put("payment_id", dispute.payment().toString())
            .put("status", dispute.status().label())
            .put("amount", dispute.amount().amount().toPlainString())
            .put("currency", dispute.amount().currency().getCurrencyCode())
            .put("amount_usd", dispute.amountUsd().toPlainString());
    if (dispute.reason() != null) {
      json.put("reason", dispute.reason());
    }
    if (dispute.respondBy() != null) {
      json.put("respond_by", dispute.respondBy().toString());
    }
    Money fee = dispute.fee();
    if (fee != null) {
      json.put("fee", fee.amount().toPlainString())
          .put("fee_currency", fee.currency().getCurrencyCode());
    }
    return json.put("created_at", dispute.createdAt().toString())
        .put("changed_at", dispute.changedAt().toString());
  }
}
