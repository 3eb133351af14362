package dev.paymeter.gateway.stripe;

import dev.paymeter.gateway.http.FailureReason;
import dev.paymeter.payment.FailureCode;
import dev.paymeter.payment.port.GatewayResult;
import io.vertx.core.json.JsonObject;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Maps Stripe's errors to failure codes. Stripe asks merchants to show declines for suspected fraud
 * and for lost cards as general ones, so they have the general code.
 */
final class StripeFailures {
  /** Ids of means of payment, and client secrets: both are secrets. */
  private static final Pattern TOKEN =
      Pattern.compile(
          "\\b(pm|tok|card|src|ba|btok|ctoken|spt|pi_[A-Za-z0-9]+_secret)_[A-Za-z0-9_]+");

  static final GatewayResult INVALID_TOKEN =
      GatewayResult.rejected(
          FailureCode.INVALID_PAYMENT_METHOD, "Stripe does not accept the payment token");

  private StripeFailures() {}

  /**
   * Returns the decline of a payment.
   *
   * @param error {@code error} of a response, or {@code last_payment_error} of an intent
   */
  static GatewayResult declined(JsonObject error) {
    return GatewayResult.rejected(declineCode(error), reason(error.getString("message", "")));
  }

  /** The code of a decline is more specific in {@code decline_code}, if the issuer declined. */
  private static FailureCode declineCode(JsonObject error) {
    return switch (error.getString("decline_code", error.getString("code", ""))) {
      case "insufficient_funds" -> FailureCode.INSUFFICIENT_FUNDS;
      case "card_velocity_exceeded", "withdrawal_count_limit_exceeded", "pin_try_exceeded" ->
          FailureCode.LIMIT_EXCEEDED;
      case "expired_card" -> FailureCode.EXPIRED_CARD;
      case "incorrect_address",
          "incorrect_cvc",
          "incorrect_number",
          "incorrect_pin",
          "incorrect_zip",
          "invalid_cvc",
          "invalid_expiry_month",
          "invalid_expiry_year",
          "invalid_number",
          "invalid_pin" ->
          FailureCode.INVALID_CARD_DETAILS;
      case "card_not_supported",
          "currency_not_supported",
          "invalid_account",
          "new_account_information_available",
          "service_not_allowed",
          "testmode_decline",
          "transaction_not_allowed" ->
          FailureCode.INVALID_PAYMENT_METHOD;
      case "authentication_not_handled",
          "authentication_required",
          "mobile_device_authentication_required",
          "offline_pin_required",
          "online_or_offline_pin_required" ->
          FailureCode.AUTHENTICATION_REQUIRED;
      case "payment_intent_authentication_failure" -> FailureCode.AUTHENTICATION_FAILED;
      case "invalid_amount", "amount_too_large" -> FailureCode.AMOUNT_TOO_LARGE;
      case "amount_too_small" -> FailureCode.AMOUNT_TOO_SMALL;
      case "issuer_not_available", "processing_error", "reenter_transaction", "try_again_later" ->
          FailureCode.PROCESSING_ERROR;
      default ->
          "card_error".equals(error.getString("type"))
              ? FailureCode.CARD_DECLINED
              : FailureCode.PAYMENT_DECLINED;
    };
  }

  /**
   * An invalid amount or customer is an error of the request; all else is an error of the gateway.
   */
  static GatewayResult invalidCreation(JsonObject error) {
    if (isAboutCustomer(error)) {
      return GatewayResult.rejected(
          FailureCode.INVALID_CUSTOMER, reason(error.getString("message", "")));
    }
    return error.getString("code", "").startsWith("amount_")
        ? declined(error)
        : GatewayResult.rejected(FailureCode.GATEWAY_ERROR, reason(error.getString("message", "")));
  }

  static boolean isAboutCustomer(JsonObject error) {
    return "customer".equals(error.getString("param"));
  }

  /** Returns the result of a request that Stripe rejected before it moved money. */
  static GatewayResult notAccepted(int status) {
    FailureCode code =
        switch (status) {
          case 401, 403 -> FailureCode.GATEWAY_ACCESS_DENIED;
          case 429 -> FailureCode.GATEWAY_BUSY;
          default -> FailureCode.GATEWAY_ERROR;
        };
    return GatewayResult.notSubmitted(code, "Stripe rejected the request: HTTP " + status);
  }

  /** Returns the result of a capture or cancellation that changed nothing. */
  static GatewayResult stepDeclined(JsonObject error) {
    return declined(error);
  }

  static GatewayResult refundDeclined(JsonObject error) {
    return GatewayResult.rejected(
        FailureCode.REFUND_DECLINED, reason(error.getString("message", "")));
  }

  /** Returns a text of at most 255 printable characters, without payment tokens. */
  static String reason(@Nullable String message) {
    return FailureReason.of(TOKEN.matcher(String.valueOf(message)).replaceAll("$1_***"));
  }
}
