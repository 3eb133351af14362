package dev.paymeter.metrics.registry;

import io.prometheus.metrics.model.snapshots.Labels;

/**
 * Limits of the open labels, whose values other services choose. Thread-safe.
 *
 * @param events names of business events
 * @param services services of errors
 * @param errorTypes types of errors
 * @param operations names of operations of other services
 */
public record LabelLimits(
    CardinalityLimiter events,
    CardinalityLimiter services,
    CardinalityLimiter errorTypes,
    CardinalityLimiter operations) {
  /**
   * Registers the counters of replaced values.
   *
   * @param limit maximum number of distinct values of each label
   */
  public static LabelLimits register(Meters meters, int limit) {
    return new LabelLimits(
        limiter(meters, MetricNames.BUSINESS_EVENTS, "event", limit),
        limiter(meters, MetricNames.ERRORS, "service", limit),
        limiter(meters, MetricNames.ERRORS, "error_type", limit),
        limiter(meters, MetricNames.LOW_LEVEL_OPERATIONS, "operation", limit));
  }

  /** Returns the limiter of a label, whose counter of replaced values is registered. */
  public static CardinalityLimiter limiter(Meters meters, String family, String label, int limit) {
    CardinalityLimiter limiter = new CardinalityLimiter(limit, family, label);
    meters.counter(
        MetricNames.SERIES_OVERFLOW,
        "Label values that were replaced by \"other\" because the label has too many",
        Labels.of("family", family, "label", label),
        limiter::overflows);
    return limiter;
  }
}
