package dev.paymeter.payment;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Reason of a failed payment or refund, in terms that are the same for all gateways. Its label is
 * stored in the ledger and returned to clients, whose programs depend on it. New reasons may be
 * added; the meaning of a label never changes.
 */
public enum FailureCode implements Labeled {
  PAYMENT_DECLINED(Type.DECLINE, "Declined, without a more specific reason."),
  CARD_DECLINED(
      Type.DECLINE,
      "The card's issuer declined, without a more specific reason, or for one that the payer must"
          + " not learn (a lost card, suspected fraud)."),
  INSUFFICIENT_FUNDS(Type.DECLINE, "The account of the payer does not have the amount."),
  LIMIT_EXCEEDED(
      Type.DECLINE, "A limit of the payer's account, of the amount or the number of payments."),
  EXPIRED_CARD(Type.DECLINE, "The card has expired."),
  INVALID_CARD_DETAILS(
      Type.DECLINE, "The number, security code, expiry date or address of the card is wrong."),
  INVALID_PAYMENT_METHOD(
      Type.DECLINE, "The payment method is not valid, or not for this kind of payment."),
  INVALID_CUSTOMER(Type.DECLINE, "The gateway does not know the customer."),
  AUTHENTICATION_REQUIRED(Type.DECLINE, "The payer must authenticate the payment."),
  AUTHENTICATION_FAILED(Type.DECLINE, "The payer did not pass the authentication, or canceled it."),
  AUTHENTICATION_TIMEOUT(
      Type.DECLINE, "The payer did not authenticate the payment in time; it was canceled."),
  AMOUNT_TOO_SMALL(Type.DECLINE, "The amount is below the gateway's minimum."),
  AMOUNT_TOO_LARGE(Type.DECLINE, "The amount is above the gateway's maximum."),
  PROCESSING_ERROR(Type.DECLINE, "The issuer or the network could not process the payment."),
  REFUND_DECLINED(
      Type.DECLINE, "The gateway does not refund the charge, or not the requested amount."),
  IDEMPOTENCY_KEY_REUSED(
      Type.DECLINE, "The idempotency key was used before, for another amount or payment."),
  GATEWAY_ERROR(Type.GATEWAY, "The gateway reported an error of its own."),
  GATEWAY_BUSY(
      Type.GATEWAY, "Too many requests to the gateway are in progress, here or at the gateway."),
  GATEWAY_UNAVAILABLE(Type.GATEWAY, "The gateway cannot be reached or fails, and was not called."),
  GATEWAY_ACCESS_DENIED(
      Type.GATEWAY,
      "The gateway rejected the credentials of the service: a fault of the settings."),
  REQUEST_NOT_RECEIVED(Type.GATEWAY, "The gateway confirms that it never received the request."),
  CURRENCY_NOT_SUPPORTED(Type.GATEWAY, "The gateway cannot represent an amount of this currency."),
  REFUND_FAILED(Type.GATEWAY, "The gateway accepted the refund, which then failed."),
  SETTLED_BY_OPERATORS(
      Type.GATEWAY, "The gateway gave no evidence, and operators found that nothing was charged.");

  private enum Type {
    /** Final for all gateways. */
    DECLINE,
    /** Another gateway may charge. */
    GATEWAY
  }

  private final Type type;
  private final String meaning;

  FailureCode(Type type, String meaning) {
    this.type = type;
    this.meaning = meaning;
  }

  /** Returns whether the payment was declined; otherwise the gateway failed. */
  public boolean isDecline() {
    return type == Type.DECLINE;
  }

  /** Returns a sentence for the documentation. */
  public String meaning() {
    return meaning;
  }

  /** Returns the code with a label; empty if a later release introduced it. */
  public static Optional<FailureCode> find(String label) {
    return Arrays.stream(values()).filter(code -> code.label().equals(label)).findFirst();
  }

  /** Returns the labels of the declines, or of the failures of gateways. */
  public static List<String> labels(boolean isDecline) {
    return Arrays.stream(values())
        .filter(code -> code.isDecline() == isDecline)
        .map(Labeled::label)
        .toList();
  }
}
