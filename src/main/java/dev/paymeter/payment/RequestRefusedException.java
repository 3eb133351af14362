package dev.paymeter.payment;

import java.util.List;
import java.util.UUID;

/**
 * A request that was not carried out, and why; nothing was charged. Its detail is meant for the
 * client.
 */
public final class RequestRefusedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** Why a request was refused. */
  public enum Reason {
    /** The request breaks the rules that its faults name. */
    INVALID,
    NOT_FOUND,
    /** The payment is none of those that it can be done with. */
    WRONG_STATE,
    /** More is to be given back than there is left. */
    REFUND_TOO_LARGE,
    /** The ledger is away; no gateway has been asked. */
    LEDGER_UNAVAILABLE,
    /** More is being worked on than there is room for. */
    OVERLOADED,
    /** The request of the same idempotency key is being carried out. */
    KEY_IN_FLIGHT,
    /** Another request came before under the same idempotency key. */
    KEY_MISMATCH
  }

  private final Reason reason;
  private final transient List<Fault> faults;

  private RequestRefusedException(Reason reason, String detail, List<Fault> faults) {
    super(detail, null, false, false);
    this.reason = reason;
    this.faults = List.copyOf(faults);
  }

  public static RequestRefusedException invalid(List<Fault> faults) {
    return new RequestRefusedException(
        Reason.INVALID,
        faults.size() == 1 ? "One field is wrong." : faults.size() + " fields are wrong.",
        faults);
  }

  public static RequestRefusedException noSuchPayment(UUID id) {
    return notFound("There is no payment " + id + ".");
  }

  public static RequestRefusedException notFound(String what) {
    return new RequestRefusedException(Reason.NOT_FOUND, what, List.of());
  }

  public static RequestRefusedException wrongState(String detail) {
    return new RequestRefusedException(Reason.WRONG_STATE, detail, List.of());
  }

  /**
   * @param left of the payment that is to be refunded
   */
  public static RequestRefusedException refundTooLarge(Money asked, Money left) {
    return new RequestRefusedException(
        Reason.REFUND_TOO_LARGE,
        left.amount().signum() == 0
            ? "Nothing is left of the payment: all of it was refunded, or is being refunded."
            : "Wanted at most what is left of the payment, " + left + ", found " + asked + ".",
        List.of());
  }

  public static RequestRefusedException ledgerUnavailable() {
    return new RequestRefusedException(
        Reason.LEDGER_UNAVAILABLE,
        "The ledger cannot be reached now. Nothing was charged; try again.",
        List.of());
  }

  public static RequestRefusedException keyInFlight() {
    return new RequestRefusedException(
        Reason.KEY_IN_FLIGHT,
        "A request with this idempotency key is being carried out. Send it again for its answer.",
        List.of());
  }

  public static RequestRefusedException keyMismatch() {
    return new RequestRefusedException(
        Reason.KEY_MISMATCH,
        "This idempotency key came before with another body. Nothing was charged for this one.",
        List.of());
  }

  public static RequestRefusedException reportUncertain() {
    return new RequestRefusedException(
        Reason.LEDGER_UNAVAILABLE,
        "The ledger cannot be reached now. Report it again, under the same id.",
        List.of());
  }

  public static RequestRefusedException tooManyReports() {
    return new RequestRefusedException(
        Reason.OVERLOADED,
        "More is on its way into the ledger than there is room for. Report it again, under the same"
            + " id.",
        List.of());
  }

  /**
   * One thing wrong with one field.
   *
   * @param actual what the client sent, shortened
   */
  public record Fault(String field, String expected, String actual) {}

  public Reason reason() {
    return reason;
  }

  public String detail() {
    return String.valueOf(getMessage());
  }

  public List<Fault> faults() {
    return faults;
  }
}
