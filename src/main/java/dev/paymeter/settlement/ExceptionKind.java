package dev.paymeter.settlement;

import dev.paymeter.payment.Labeled;

/** The kinds of exceptions: how a line of a settlement file, or a row, does not match. */
public enum ExceptionKind implements Labeled {
  /** A line without a row. */
  MISSING_HERE,
  /** A row of the period without a line. */
  MISSING_THERE,
  /** A second line with the same reference, type and amount. */
  DUPLICATE,
  DIFFERENT_AMOUNT,
  DIFFERENT_CURRENCY,
  /** A fee that was not agreed, or is not the difference between amount and net amount. */
  FEE,
  /** A line that is booked long after the row was settled. */
  LATE,
  /** Lines in several payouts that add up to the row's amount. */
  SPLIT_BATCH,
  /** A refund that the ledger lacks, of a payment that it lacks, too. */
  REFUND_WITHOUT_PAYMENT,
  /** A dispute that the ledger lacks, of a payment that it has. */
  CHARGEBACK,
  /** The opposite amount. */
  SIGN,
  /** An amount that differs by one minor unit. */
  ROUNDING,
  /** Another day, because the row was settled close to midnight. */
  DAY_BOUNDARY,
  /** An earlier day than that of the row, whose outcome was unknown until then. */
  SETTLED_LATER
}
