package dev.paymeter.payment;

/**
 * The business events of disputes, warnings and reversals, by which they are counted: each once for
 * a dispute, with the amount that the gateway stated then.
 */
public enum DisputeEvent implements Labeled {
  WARNING_OPENED,
  /** The warning has ended, or has become a dispute. */
  WARNING_CLOSED,
  /** The money was withdrawn. */
  DISPUTE_OPENED,
  DISPUTE_WON,
  DISPUTE_LOST,
  /** The money of a lost dispute was returned. */
  DISPUTE_REINSTATED,
  /** The money was taken back without a dispute. */
  REVERSAL
}
