package dev.paymeter.audit;

import java.util.List;
import java.util.Map;

/**
 * Counts that the ledger lacks.
 *
 * @param rows payments, business events and errors of other services
 * @param cents the sum of the amounts of the payments and events, in US cents
 */
public record Missing(long rows, long cents, List<Series> series) {
  /** The family that counts each payment once. */
  static final String PAYMENTS = "payment_requests_total";

  /** The family that counts each void once, and other events. */
  static final String EVENTS = "business_events_usd";

  public static final Missing NOTHING = new Missing(0, 0, List.of());

  /**
   * Counts that a series lacks.
   *
   * @param count not negative
   * @param sum in US cents or in microseconds; 0 for a counter
   */
  public record Series(String family, Map<String, String> labels, long count, long sum) {
    @Override
    public String toString() {
      return family + labels + " " + count + (sum == 0 ? "" : " (sum " + sum + ")");
    }
  }

  public boolean isNothing() {
    return series.isEmpty();
  }

  /** Returns the missing count of a series. */
  long count(String family, Map<String, String> labels) {
    return series.stream()
        .filter(each -> each.family().equals(family) && each.labels().equals(labels))
        .mapToLong(Series::count)
        .sum();
  }
}
