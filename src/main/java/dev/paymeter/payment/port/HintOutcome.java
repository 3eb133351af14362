package dev.paymeter.payment.port;

import dev.paymeter.payment.Labeled;

/** The outcome of a request that claims to be a gateway's webhook. */
public enum HintOutcome implements Labeled {
  /**
   * The outcome of the payment or refund is unknown, or the payment is authorized and the webhook
   * reports its end: an inquiry has begun, or is due.
   */
  INQUIRED,
  /** The new state of a dispute, as the gateway has confirmed it, was stored. */
  RECORDED,
  /** The webhook contradicts the ledger: an inquiry was begun, whose result is evidence. */
  CONTRADICTING,
  /**
   * The payment or refund still waits for the gateway's response. If the webhook reports that the
   * refund failed, the gateway repeats it.
   */
  EARLY,
  /** The state that the webhook reports is known already. */
  LATE,
  /** A webhook about the same event was processed before. */
  DUPLICATE,
  /** The event, or the payment, belongs to another account of the gateway. */
  OTHER_ACCOUNT,
  /** The ledger does not have the payment or refund. */
  NOT_FOUND,
  /** Paymeter did not create the object, or for another ledger. */
  FOREIGN,
  /** The event does not concern a payment or refund, or is of a type that is not known. */
  UNKNOWN_TYPE,
  /** The signature is missing, or not well-formed. */
  UNSIGNED,
  /** The signature is of another secret, time or body. */
  FORGED,
  /** The signature is valid, but its time is outside the tolerance: a replay, or a wrong clock. */
  EXPIRED,
  /** Too many webhooks or inquiries are in progress; the gateway repeats the webhook. */
  OVERLOADED,
  /** The ledger is unavailable; the gateway repeats the webhook. */
  UNAVAILABLE,
  /**
   * There was no evidence yet about a dispute, or about a successful refund that is reported as
   * failed; the gateway repeats the webhook.
   */
  NO_EVIDENCE;

  /** Returns whether the webhook is the gateway's, and the gateway need not repeat it. */
  public boolean isAccepted() {
    return switch (this) {
      case UNSIGNED, FORGED, EXPIRED, OVERLOADED, UNAVAILABLE, NO_EVIDENCE -> false;
      default -> true;
    };
  }
}
