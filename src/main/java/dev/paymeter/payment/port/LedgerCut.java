package dev.paymeter.payment.port;

/**
 * A position among the settled rows of an instance: everything up to a segment.
 *
 * @param epoch the process of the instance, from 1; 0 is before all of them
 * @param segment the last segment of that process, from 0
 */
public record LedgerCut(int epoch, int segment) implements Comparable<LedgerCut> {
  /** Before all rows. */
  public static final LedgerCut ZERO = new LedgerCut(0, 0);

  /** Epochs up to here have exact numbers as a double, which Prometheus stores. */
  private static final int MAX_EPOCH = (1 << 21) - 1;

  public LedgerCut {
    if (epoch < 0 || epoch > MAX_EPOCH || segment < 0) {
      throw new IllegalArgumentException(
          "expected an epoch up to %d and a segment from 0, found %d and %d"
              .formatted(MAX_EPOCH, epoch, segment));
    }
  }

  /**
   * Returns the cut with a number.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static LedgerCut of(long number) {
    if (!isNumber(number)) {
      throw new IllegalArgumentException("expected the number of a cut, found " + number);
    }
    return new LedgerCut((int) (number >> Integer.SIZE), (int) number);
  }

  /** Returns whether a number is that of a cut. */
  public static boolean isNumber(long number) {
    return number >= 0 && number >> Integer.SIZE <= MAX_EPOCH && (int) number >= 0;
  }

  /** Returns a number that increases with the position: {@code epoch * 2^32 + segment}. */
  public long number() {
    return ((long) epoch << Integer.SIZE) + segment;
  }

  /** Returns the first position after this one; the last segment of a process may have rows. */
  public LedgerCut next() {
    return segment < Integer.MAX_VALUE
        ? new LedgerCut(epoch, segment + 1)
        : new LedgerCut(epoch + 1, 0);
  }

  @Override
  public int compareTo(LedgerCut other) {
    return Long.compare(number(), other.number());
  }
}
