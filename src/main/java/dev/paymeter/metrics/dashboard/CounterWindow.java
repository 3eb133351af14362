package dev.paymeter.metrics.dashboard;

import dev.paymeter.metrics.registry.MetricNames;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * Samples of counters over the last five minutes, and their rates. Unlike {@code rate} of
 * Prometheus, which divides by the five minutes, a rate is per second of the time observed: in the
 * first minutes of a process, it is the actual one. Counters never decrease within a process. Not
 * thread-safe.
 */
final class CounterWindow {
  /** Window of the recording rules. */
  static final Duration LENGTH = Duration.ofMinutes(5);

  private static final double NANOS_PER_SECOND = 1e9;

  /**
   * Counters at one moment, aggregated like in the recording rules.
   *
   * @param refused requests that got no payment because of the service
   * @param seconds sum of payment durations, by gateway
   * @param durations number of payments in this sum, by gateway
   * @param buckets these payments in each bucket of durations, the infinite one last, by gateway
   * @param amounts number of payments with an amount
   * @param errors by severity
   */
  record Sample(
      Instant at,
      double payments,
      double refused,
      double successes,
      SortedMap<String, Double> seconds,
      SortedMap<String, Double> durations,
      SortedMap<String, double[]> buckets,
      double amounts,
      double amountsAbove1000,
      SortedMap<String, Double> errors) {
    private static final double HIGH_VALUE_USD = 1000;

    static Sample of(Instant at, SeriesSums sums) {
      double amounts = sums.countUpTo(Double.POSITIVE_INFINITY, MetricNames.PAYMENT_AMOUNT);
      return new Sample(
          at,
          sums.total(MetricNames.PAYMENT_REQUESTS),
          sums.total(MetricNames.PAYMENTS_UNAVAILABLE),
          sums.totalsBy("status", MetricNames.PAYMENT_REQUESTS).getOrDefault("success", 0.0),
          sums.sumsBy("gateway", MetricNames.PAYMENT_DURATION),
          sums.countsBy("gateway", MetricNames.PAYMENT_DURATION),
          sums.bucketsBy("gateway", MetricNames.PAYMENT_DURATION),
          amounts,
          amounts - sums.countUpTo(HIGH_VALUE_USD, MetricNames.PAYMENT_AMOUNT),
          sums.totalsBy("severity", MetricNames.ERRORS));
    }

    double attempts() {
      return payments + refused;
    }
  }

  /** Oldest first. */
  private final Deque<Sample> samples = new ArrayDeque<>();

  /**
   * Adds a sample and removes those older than the window or, after the clock was set back, in the
   * future. Ignored until the counters are restored from the ledger: the restored values are not an
   * increase.
   */
  void add(Instant now, SeriesSums sums) {
    if (!sums.has(MetricNames.PAYMENT_REQUESTS)) {
      return;
    }
    samples.removeIf(past -> past.at().isBefore(now.minus(LENGTH)) || !past.at().isBefore(now));
    samples.addLast(Sample.of(now, sums));
  }

  /**
   * Returns the increase per second of the time between the oldest and the newest sample; NaN with
   * fewer than two samples.
   */
  double rate(ToDoubleFunction<Sample> counter) {
    return samples.size() < 2 ? Double.NaN : increase(counter) / observedSeconds();
  }

  /** Returns the time between the oldest and the newest sample; NaN with fewer than two samples. */
  double observedSeconds() {
    return samples.size() < 2
        ? Double.NaN
        : Duration.between(samples.getFirst().at(), samples.getLast().at()).toNanos()
            / NANOS_PER_SECOND;
  }

  /** Returns the increase per second, by label. */
  SortedMap<String, Double> rates(Function<Sample, SortedMap<String, Double>> counters) {
    return byLabel(counters, label -> rate(of(counters, label)));
  }

  /** Returns the ratio of two increases; NaN if the denominator did not increase. */
  double ratio(ToDoubleFunction<Sample> numerator, ToDoubleFunction<Sample> denominator) {
    return samples.size() < 2 ? Double.NaN : increase(numerator) / increase(denominator);
  }

  /** Returns the ratios by label, without those that would be NaN. */
  SortedMap<String, Double> ratios(
      Function<Sample, SortedMap<String, Double>> numerators,
      Function<Sample, SortedMap<String, Double>> denominators) {
    return byLabel(denominators, label -> ratio(of(numerators, label), of(denominators, label)));
  }

  /** Returns the quantiles of durations by gateway, without gateways that had no payment. */
  SortedMap<String, Quantiles> quantiles() {
    SortedMap<String, Quantiles> byGateway = new TreeMap<>();
    if (samples.size() > 1) {
      SortedMap<String, double[]> before = samples.getFirst().buckets();
      samples
          .getLast()
          .buckets()
          .forEach(
              (gateway, now) ->
                  byGateway.put(
                      gateway,
                      Quantiles.of(
                          MetricNames.DURATION_BUCKETS, increases(before.get(gateway), now))));
    }
    byGateway.values().removeIf(quantiles -> Double.isNaN(quantiles.p50()));
    return byGateway;
  }

  private static double[] increases(double @Nullable [] before, double[] now) {
    double[] increases = now.clone();
    if (before != null) {
      Arrays.setAll(increases, i -> now[i] - before[i]);
    }
    return increases;
  }

  private double increase(ToDoubleFunction<Sample> counter) {
    return counter.applyAsDouble(samples.getLast()) - counter.applyAsDouble(samples.getFirst());
  }

  private static ToDoubleFunction<Sample> of(
      Function<Sample, SortedMap<String, Double>> counters, String label) {
    return sums -> counters.apply(sums).getOrDefault(label, 0.0);
  }

  private SortedMap<String, Double> byLabel(
      Function<Sample, SortedMap<String, Double>> counters, ToDoubleFunction<String> value) {
    SortedMap<String, Double> values = new TreeMap<>();
    if (!samples.isEmpty()) {
      for (String label : counters.apply(samples.getLast()).keySet()) {
        values.put(label, value.applyAsDouble(label));
      }
    }
    values.values().removeIf(each -> each.isNaN());
    return values;
  }
}
