package dev.paymeter.bus;

import dev.paymeter.payments.BusinessEvents;
import dev.paymeter.payments.RequestRefusedException;
import io.vertx.core.json.JsonObject;

/**
 * What a publisher is told of one observation, as JSON: {@code outcome} is {@code accepted}, {@code
 * duplicate}, {@code rejected} (with {@code errors}, each with {@code field}, {@code wanted} and
 * {@code found}), or {@code unavailable}: try again under the same id.
 */
public final class ObservationReply {
  private ObservationReply() {}

  static JsonObject of(BusinessEvents.Outcome outcome) {
    return new JsonObject().put("outcome", outcome.word());
  }

  static JsonObject of(RequestRefusedException refused) {
    JsonObject json = new JsonObject().put("detail", refused.detail());
    return switch (refused.reason()) {
      case INVALID ->
          json.put("outcome", "rejected").put("errors", FaultsJson.write(refused.faults()));
      case NOT_FOUND, LEDGER_UNAVAILABLE -> json.put("outcome", "unavailable");
    };
  }
}
