package dev.paymeter.gateway.stripe;

import dev.paymeter.payment.FailureCode;
import dev.paymeter.payment.Money;
import dev.paymeter.payment.NextAction;
import dev.paymeter.payment.port.GatewayResult;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The results of PaymentIntents. */
final class IntentResult {
  static final String CANCELLATION_REASON = "cancellation_reason";

  /** The cancellation reason for intents that wait for an action of the payer. */
  static final String ABANDONED = "abandoned";

  static final GatewayResult NEVER_CONFIRMED =
      GatewayResult.notSubmitted(
          FailureCode.REQUEST_NOT_RECEIVED, "Stripe never received the complete request");

  static final GatewayResult AUTHENTICATION_REQUIRED =
      GatewayResult.rejected(
          FailureCode.AUTHENTICATION_REQUIRED, "The payer must authenticate the payment");

  private IntentResult() {}

  /**
   * Returns the result of an intent; empty if it has none yet.
   *
   * @param validity how long an amount is held if Stripe does not state it
   */
  static Optional<GatewayResult> of(JsonObject intent, Duration validity) {
    Optional<GatewayResult> declined =
        Optional.ofNullable(intent.getJsonObject("last_payment_error"))
            .map(StripeFailures::declined);
    return switch (String.valueOf(intent.getString("status"))) {
      case "succeeded" -> Optional.of(new GatewayResult.Approved(id(intent), captured(intent)));
      case "requires_capture" ->
          Optional.of(new GatewayResult.Authorized(id(intent), expiresAt(intent, validity)));
      case "canceled" -> Optional.of(declined.orElseGet(() -> canceled(intent)));
      case "requires_payment_method" -> declined;
      default -> Optional.empty();
    };
  }

  /** Returns what the payer has to do; empty if nothing, or nothing that a client can pass on. */
  static Optional<NextAction> nextAction(JsonObject intent) {
    JsonObject action = intent.getJsonObject("next_action");
    if (!"requires_action".equals(intent.getString("status")) || action == null) {
      return Optional.empty();
    }
    return switch (String.valueOf(action.getString("type"))) {
      case "redirect_to_url" ->
          Optional.ofNullable(action.getJsonObject("redirect_to_url"))
              .map(redirect -> redirect.getString("url"))
              .map(url -> new NextAction(NextAction.Kind.REDIRECT, url));
      case "use_stripe_sdk" ->
          Optional.ofNullable(intent.getString("client_secret"))
              .map(secret -> new NextAction(NextAction.Kind.CLIENT_SECRET, secret));
      default -> Optional.empty();
    };
  }

  /** Returns whether the payer can still confirm an intent again, with the client secret. */
  static boolean isOpenToPayer(JsonObject intent) {
    return "requires_payment_method".equals(intent.getString("status"));
  }

  private static String id(JsonObject intent) {
    return String.valueOf(intent.getString("id"));
  }

  private static boolean isCapturedManually(JsonObject intent) {
    return "manual".equals(intent.getString("capture_method"));
  }

  /** Returns the captured amount; null if the whole amount was charged at once. */
  private static @Nullable Money captured(JsonObject intent) {
    return isCapturedManually(intent) ? StripeAmount.money(intent, "amount_received") : null;
  }

  /** Cards are held until a time that Stripe states in the charge. */
  private static Instant expiresAt(JsonObject intent, Duration validity) {
    Long stated =
        intent.getValue("latest_charge") instanceof JsonObject charge
            ? charge
                .getJsonObject("payment_method_details", new JsonObject())
                .getJsonObject("card", new JsonObject())
                .getLong("capture_before")
            : null;
    return stated == null
        ? Instant.ofEpochSecond(intent.getLong("created")).plus(validity)
        : Instant.ofEpochSecond(stated);
  }

  /**
   * Maps an intent that an earlier request of ours, with a lost response, may have canceled. One
   * with a charge was authorized before.
   */
  private static GatewayResult canceled(JsonObject intent) {
    String reason = intent.getString(CANCELLATION_REASON);
    if (isCapturedManually(intent) && intent.getValue("latest_charge") != null) {
      return new GatewayResult.Canceled(
          id(intent), "automatic".equals(reason) || "expired".equals(reason));
    }
    return ABANDONED.equals(reason) ? AUTHENTICATION_REQUIRED : NEVER_CONFIRMED;
  }
}
