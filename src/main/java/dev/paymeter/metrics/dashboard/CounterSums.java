package dev.paymeter.metrics.dashboard;

import dev.paymeter.metrics.registry.MetricNames;
import java.time.Instant;
import java.util.SortedMap;

/**
 * Counters at one moment, aggregated like in the recording rules.
 *
 * @param seconds sum of payment durations, by gateway
 * @param durations number of payments in this sum, by gateway
 * @param amounts number of payments with an amount
 * @param errors by severity
 */
record CounterSums(
    Instant at,
    double payments,
    double successes,
    SortedMap<String, Double> seconds,
    SortedMap<String, Double> durations,
    double amounts,
    double amountsAbove1000,
    SortedMap<String, Double> errors) {
  private static final double HIGH_VALUE_USD = 1000;

  static CounterSums of(Instant at, SeriesSums sums) {
    double amounts = sums.countUpTo(Double.POSITIVE_INFINITY, MetricNames.PAYMENT_AMOUNT);
    return new CounterSums(
        at,
        sums.total(MetricNames.PAYMENT_REQUESTS),
        sums.totalsBy("status", MetricNames.PAYMENT_REQUESTS).getOrDefault("success", 0.0),
        sums.sumsBy("gateway", MetricNames.PAYMENT_DURATION),
        sums.countsBy("gateway", MetricNames.PAYMENT_DURATION),
        amounts,
        amounts - sums.countUpTo(HIGH_VALUE_USD, MetricNames.PAYMENT_AMOUNT),
        sums.totalsBy("severity", MetricNames.ERRORS));
  }
}
