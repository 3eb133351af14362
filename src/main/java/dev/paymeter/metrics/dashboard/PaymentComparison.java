package dev.paymeter.metrics.dashboard;

/**
 * The payments of one comparison of the counters with the ledger, on both sides.
 *
 * @param ledger the rows in all segments that were read from the ledger
 * @param counters what the exposed series show, without {@code baseline}, up to the same segment
 * @param later counted since then; the next comparison includes it
 * @param baseline the difference of the exposed series after the ledger went back: negative or zero
 */
public record PaymentComparison(Sum ledger, Sum counters, Sum later, Sum baseline) {
  /** A number of payments, and the sum of their amounts in US cents. */
  public record Sum(long count, long cents) {
    public static final Sum ZERO = new Sum(0, 0);

    public Sum minus(Sum other) {
      return new Sum(count - other.count, cents - other.cents);
    }
  }

  /** Returns this comparison, with what was counted after it of all payments. */
  public PaymentComparison withCounted(Sum all) {
    return new PaymentComparison(ledger, counters, all.minus(ledger), baseline);
  }
}
