package dev.paymeter.payment;

import java.util.List;
import java.util.UUID;

/** The rejection of a request; nothing was charged. Its detail is shown to the client. */
public final class RequestRejectedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** The reason for a rejection. */
  public enum Reason {
    /** The request is invalid, as its field errors state. */
    INVALID,
    NOT_FOUND,
    /** The payment's state does not allow the operation. */
    WRONG_STATE,
    /** An API key is required that has not proposed the same. */
    SECOND_KEY_REQUIRED,
    /** The refund exceeds the remaining amount. */
    REFUND_TOO_LARGE,
    /** The capture exceeds the authorized amount. */
    CAPTURE_TOO_LARGE,
    /** This instance does not have the gateway account that charged the payment. */
    ACCOUNT_UNAVAILABLE,
    /** The gateway has given no evidence about the subject of its webhook. */
    NO_EVIDENCE,
    /** The ledger is unavailable; nothing was submitted to a gateway. */
    LEDGER_UNAVAILABLE,
    /** The capacity for concurrent work is exhausted. */
    OVERLOADED,
    /** A request with the same idempotency key is in progress. */
    KEY_IN_FLIGHT,
    /** The idempotency key was used before with another request. */
    KEY_MISMATCH
  }

  private final Reason reason;
  private final transient List<FieldError> fieldErrors;

  private RequestRejectedException(Reason reason, String detail, List<FieldError> faults) {
    super(detail, null, false, false);
    this.reason = reason;
    this.fieldErrors = List.copyOf(faults);
  }

  private RequestRejectedException(Reason reason, String detail) {
    this(reason, detail, List.of());
  }

  public static RequestRejectedException invalid(List<FieldError> faults) {
    return new RequestRejectedException(
        Reason.INVALID,
        faults.size() == 1 ? "One field is wrong." : faults.size() + " fields are wrong.",
        faults);
  }

  public static RequestRejectedException noSuchPayment(UUID id) {
    return notFound("There is no payment " + id + ".");
  }

  public static RequestRejectedException notFound(String what) {
    return new RequestRejectedException(Reason.NOT_FOUND, what);
  }

  public static RequestRejectedException wrongState(String detail) {
    return new RequestRejectedException(Reason.WRONG_STATE, detail);
  }

  /**
   * Rejects a refund that exceeds the remaining amount of its payment.
   *
   * @param left the amount of the payment that can still be refunded
   */
  public static RequestRejectedException refundTooLarge(Money asked, Money left) {
    return new RequestRejectedException(
        Reason.REFUND_TOO_LARGE,
        left.amount().signum() == 0
            ? "All of the payment has been refunded, or is being refunded."
            : "Expected at most the remaining amount, " + left + ", found " + asked + ".");
  }

  /** Rejects a capture that exceeds the authorized amount. */
  public static RequestRejectedException captureTooLarge(Money requested, Money authorized) {
    return new RequestRejectedException(
        Reason.CAPTURE_TOO_LARGE,
        "Expected at most the authorized amount, " + authorized + ", found " + requested + ".");
  }

  /** Rejects a webhook about the failure of a refund that has no outcome yet. */
  public static RequestRejectedException refundInProgress() {
    return wrongState("Expected a refund with an outcome, found pending. Send the webhook again.");
  }

  /**
   * Rejects a refund, capture or void of a payment in an account that this instance does not have.
   */
  public static RequestRejectedException accountUnavailable(String gateway) {
    return new RequestRejectedException(
        Reason.ACCOUNT_UNAVAILABLE,
        "The account of gateway %s that charged the payment cannot be reached now. Nothing was executed; try again."
            .formatted(gateway));
  }

  /** Rejects an inquiry about a payment in an account that another instance has. */
  public static RequestRejectedException accountElsewhere(String gateway) {
    return new RequestRejectedException(
        Reason.ACCOUNT_UNAVAILABLE,
        "Another instance has the account of gateway %s that received the payment, and can ask it. Nothing was settled; send the request to that instance."
            .formatted(gateway));
  }

  public static RequestRejectedException secondKeyRequired() {
    return new RequestRejectedException(
        Reason.SECOND_KEY_REQUIRED,
        "Expected two API keys of different owners: one that proposes and another one that approves.");
  }

  public static RequestRejectedException ledgerUnavailable() {
    return new RequestRejectedException(
        Reason.LEDGER_UNAVAILABLE,
        "The ledger cannot be reached now. Nothing was charged; try again.");
  }

  public static RequestRejectedException keyInFlight() {
    return new RequestRejectedException(
        Reason.KEY_IN_FLIGHT,
        "A request with this idempotency key is in progress. Repeat it later for its response.");
  }

  public static RequestRejectedException keyMismatch() {
    return new RequestRejectedException(
        Reason.KEY_MISMATCH,
        "This idempotency key was used before with another body. Nothing was charged now.");
  }

  public static RequestRejectedException reportUncertain() {
    return new RequestRejectedException(
        Reason.LEDGER_UNAVAILABLE,
        "The ledger cannot be reached now. Report it again, under the same id.");
  }

  public static RequestRejectedException tooManyReports() {
    return new RequestRejectedException(
        Reason.OVERLOADED,
        "Too many reports are being recorded. Report it again, under the same id.");
  }

  public static RequestRejectedException tooManyWebhooks() {
    return new RequestRejectedException(
        Reason.OVERLOADED, "Too many webhooks are being processed. Send it again.");
  }

  /** Rejects a webhook about a dispute of which the gateway has given no evidence yet. */
  public static RequestRejectedException noEvidence() {
    return new RequestRejectedException(
        Reason.NO_EVIDENCE,
        "The gateway has not confirmed the webhook yet. Nothing was stored; send it again.");
  }

  /**
   * A fault of one field.
   *
   * @param actual the value that the client sent, shortened
   */
  public record FieldError(String field, String expected, String actual) {}

  public Reason reason() {
    return reason;
  }

  public String detail() {
    return String.valueOf(getMessage());
  }

  public List<FieldError> fieldErrors() {
    return fieldErrors;
  }
}
