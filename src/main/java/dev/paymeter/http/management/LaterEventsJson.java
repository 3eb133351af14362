package dev.paymeter.http.management;

import dev.paymeter.json.PaymentJson;
import dev.paymeter.json.RefundJson;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.port.DisputeLedger.OpenDispute;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** Open disputes, and refunds that failed later, as JSON, each with its payment. */
final class LaterEventsJson {
  private static final String PAYMENT = "payment";

  private LaterEventsJson() {}

  static JsonObject write(OperatorPorts.LaterEvents events) {
    return new JsonObject()
        .put(
            "disputes",
            new JsonArray(events.disputes().stream().map(LaterEventsJson::write).toList()))
        .put(
            "failed_refunds",
            new JsonArray(events.failedRefunds().stream().map(LaterEventsJson::write).toList()));
  }

  private static JsonObject write(OpenDispute dispute) {
    JsonObject json =
        new JsonObject()
            .put(PAYMENT, PaymentJson.write(dispute.payment()))
            .put("status", dispute.status().label());
    return dispute.respondBy() == null
        ? json
        : json.put("respond_by", dispute.respondBy().toString());
  }

  private static JsonObject write(Refund refund) {
    return RefundJson.write(refund).put(PAYMENT, PaymentJson.write(refund.payment()));
  }
}
