package dev.paymeter.gateway.paypal;

import dev.paymeter.payment.FailureCode;
import dev.paymeter.payment.port.GatewayResult;
import io.vertx.core.json.JsonObject;

/**
 * Maps PayPal's errors to failure codes. Reasons contain PayPal's names of errors, not its texts,
 * which may change, and which could contain data of the payer.
 */
final class PayPalFailures {
  private PayPalFailures() {}

  /** Returns the failure of a capture that PayPal rejected: the order has not been captured. */
  static GatewayResult rejectedCapture(PayPalResponse rejected) {
    return rejected.status() == 400
        ? invalidRequest(rejected)
        : rejected(code(rejected.issue()), rejected.issue());
  }

  private static FailureCode code(String issue) {
    return switch (issue) {
      case "CARD_EXPIRED", "REFERENCED_CARD_EXPIRED" -> FailureCode.EXPIRED_CARD;
      case "PAYMENT_SOURCE_DECLINED_BY_PROCESSOR" -> FailureCode.CARD_DECLINED;
      case "TRANSACTION_LIMIT_EXCEEDED", "MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED" ->
          FailureCode.LIMIT_EXCEEDED;
      case "MAX_VALUE_EXCEEDED" -> FailureCode.AMOUNT_TOO_LARGE;
      case "PAYER_ACTION_REQUIRED",
          "ORDER_NOT_APPROVED",
          "REDIRECT_PAYER_FOR_ALTERNATE_FUNDING",
          "RETURN_URL_REQUIRED",
          "CANCEL_URL_REQUIRED" ->
          FailureCode.AUTHENTICATION_REQUIRED;
      case "AGREEMENT_ALREADY_CANCELLED",
          "BILLING_AGREEMENT_NOT_FOUND",
          "CARD_BRAND_NOT_SUPPORTED",
          "IDENTIFIER_NOT_FOUND",
          "INVALID_EXPIRY_DATE",
          "MISMATCHED_VAULT_ID_TO_PAYMENT_SOURCE",
          "PAYMENT_SOURCE_CANNOT_BE_USED",
          "PAYMENT_SOURCE_INFO_CANNOT_BE_VERIFIED",
          "PAYMENT_SOURCE_MISMATCH",
          "PAYMENT_SOURCE_NOT_SUPPORTED",
          "TOKEN_EXPIRED",
          "TOKEN_ID_NOT_FOUND" ->
          FailureCode.INVALID_PAYMENT_METHOD;
      case "DUPLICATE_INVOICE_ID" -> FailureCode.IDEMPOTENCY_KEY_REUSED;
      case "CURRENCY_NOT_SUPPORTED", "CURRENCY_NOT_SUPPORTED_FOR_BANK", "INVALID_CURRENCY_CODE" ->
          FailureCode.CURRENCY_NOT_SUPPORTED;
      case "AUTH_CAPTURE_NOT_ENABLED",
          "NOT_ELIGIBLE_FOR_TOKEN_PROCESSING",
          "NOT_ENABLED_FOR_BANK_PROCESSING",
          "NOT_ENABLED_FOR_CARD_PROCESSING",
          "NOT_ENABLED_TO_VAULT_PAYMENT_SOURCE",
          "PAYEE_ACCOUNT_INVALID",
          "PAYEE_ACCOUNT_LOCKED_OR_CLOSED",
          "PAYEE_ACCOUNT_RESTRICTED",
          "PAYEE_NOT_ENABLED_FOR_BANK_PROCESSING",
          "PAYEE_NOT_ENABLED_FOR_CARD_PROCESSING",
          "TRANSACTION_RECEIVING_LIMIT_EXCEEDED" ->
          FailureCode.GATEWAY_ERROR;
      default -> FailureCode.PAYMENT_DECLINED;
    };
  }

  /** Returns the result of a creation that PayPal rejected: without an order nothing is charged. */
  static GatewayResult rejectedCreation(String issue) {
    FailureCode code = code(issue);
    return rejected(code == FailureCode.PAYMENT_DECLINED ? FailureCode.GATEWAY_ERROR : code, issue);
  }

  /** An invalid token is an error of the order, all else one of the gateway. */
  private static GatewayResult invalidRequest(PayPalResponse rejected) {
    return rejected.isAbout(PaymentSource.VAULT_ID)
        ? GatewayResult.rejected(
            FailureCode.INVALID_PAYMENT_METHOD, "PayPal does not accept the payment token")
        : rejected(FailureCode.GATEWAY_ERROR, rejected.issue());
  }

  /** Returns the result of a request that PayPal rejected before it moved money. */
  static GatewayResult notAccepted(int status) {
    FailureCode code =
        switch (status) {
          case 401, 403 -> FailureCode.GATEWAY_ACCESS_DENIED;
          case 429 -> FailureCode.GATEWAY_BUSY;
          default -> FailureCode.GATEWAY_ERROR;
        };
    return GatewayResult.notSubmitted(code, "PayPal rejected the request: HTTP " + status);
  }

  /** Returns the result of a capture that has failed, with the response of a card's processor. */
  static GatewayResult failedCapture(JsonObject capture) {
    String response =
        capture.getJsonObject("processor_response", new JsonObject()).getString("response_code");
    return response == null
        ? rejected(FailureCode.PAYMENT_DECLINED, capture.getString("status", ""))
        : rejected(processorCode(response), "response " + response + " of the card's processor");
  }

  /** PayPal's documentation, "Card decline errors". */
  private static FailureCode processorCode(String response) {
    return switch (response) {
      case "5120" -> FailureCode.INSUFFICIENT_FUNDS;
      case "5135", "5710" -> FailureCode.LIMIT_EXCEEDED;
      case "5400" -> FailureCode.EXPIRED_CARD;
      case "00N7", "0890", "5110", "5130", "5170", "5190", "5500" ->
          FailureCode.INVALID_CARD_DETAILS;
      case "0390", "1330", "5140", "5180", "5700", "5930", "6300" ->
          FailureCode.INVALID_PAYMENT_METHOD;
      case "5650" -> FailureCode.AUTHENTICATION_REQUIRED;
      case "0800", "0960", "9100" -> FailureCode.PROCESSING_ERROR;
      default -> FailureCode.CARD_DECLINED;
    };
  }

  /** Returns the result of a refund that PayPal rejected. */
  static GatewayResult rejectedRefund(String issue) {
    return rejected(
        issue.equals("DUPLICATE_INVOICE_ID")
            ? FailureCode.IDEMPOTENCY_KEY_REUSED
            : FailureCode.REFUND_DECLINED,
        issue);
  }

  private static GatewayResult rejected(FailureCode code, String issue) {
    return GatewayResult.rejected(code, "PayPal declined: " + issue);
  }
}
