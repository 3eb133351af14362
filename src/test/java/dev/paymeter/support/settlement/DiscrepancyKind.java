package dev.paymeter.support.settlement;

import java.util.Locale;

/** The kinds of discrepancies between a settlement file and a ledger. */
public enum DiscrepancyKind {
  MISSING_HERE,
  MISSING_THERE,
  DUPLICATE,
  DIFFERENT_AMOUNT,
  DIFFERENT_CURRENCY,
  FEE,
  LATE,
  SPLIT_BATCH,
  REFUND_WITHOUT_PAYMENT,
  CHARGEBACK,
  SIGN,
  ROUNDING,
  DAY_BOUNDARY,
  SETTLED_LATER;

  /** Returns the name in the documented format, {@code missing_here} for example. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
