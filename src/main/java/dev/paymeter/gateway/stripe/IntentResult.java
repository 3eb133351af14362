package dev.paymeter.gateway.stripe;

import dev.paymeter.payment.FailureCode;
import dev.paymeter.payment.port.GatewayResult;
import io.vertx.core.json.JsonObject;
import java.util.Optional;

/** The results of PaymentIntents. */
final class IntentResult {
  static final String CANCELLATION_REASON = "cancellation_reason";

  /** The cancellation reason for intents that wait for an action of the payer. */
  static final String ABANDONED = "abandoned";

  static final GatewayResult NEVER_CONFIRMED =
      GatewayResult.notSubmitted(
          FailureCode.REQUEST_NOT_RECEIVED, "Stripe never received the complete request");

  private static final GatewayResult AUTHENTICATION_REQUIRED =
      GatewayResult.rejected(
          FailureCode.AUTHENTICATION_REQUIRED, "The payer must authenticate the payment");

  private IntentResult() {}

  /** Returns the final result of an intent; empty if it may still change. */
  static Optional<GatewayResult> of(JsonObject intent) {
    Optional<GatewayResult> declined =
        Optional.ofNullable(intent.getJsonObject("last_payment_error"))
            .map(StripeFailures::declined);
    return switch (String.valueOf(intent.getString("status"))) {
      case "succeeded" ->
          Optional.of(new GatewayResult.Approved(String.valueOf(intent.getString("id"))));
      case "canceled" -> Optional.of(declined.orElseGet(() -> canceled(intent)));
      case "requires_payment_method" -> declined;
      default -> Optional.empty();
    };
  }

  /** Maps an intent that an earlier request of ours, with a lost response, may have canceled. */
  private static GatewayResult canceled(JsonObject intent) {
    return ABANDONED.equals(intent.getString(CANCELLATION_REASON))
        ? AUTHENTICATION_REQUIRED
        : NEVER_CONFIRMED;
  }
}
