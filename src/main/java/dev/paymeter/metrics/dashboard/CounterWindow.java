package dev.paymeter.metrics.dashboard;

import dev.paymeter.metrics.registry.MetricNames;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * Samples of counters over the last five minutes, and their rates as Prometheus' {@code rate}
 * computes them. Counters never decrease within a process. Not thread-safe.
 */
final class CounterWindow {
  /** Window of the recording rules. */
  static final Duration LENGTH = Duration.ofMinutes(5);

  private static final double NANOS_PER_SECOND = 1e9;

  /** Oldest first. */
  private final Deque<CounterSums> samples = new ArrayDeque<>();

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
    samples.addLast(CounterSums.of(now, sums));
  }

  /** Returns the increase per second; NaN with fewer than two samples. */
  double rate(ToDoubleFunction<CounterSums> counter) {
    if (samples.size() < 2) {
      return Double.NaN;
    }
    double first = counter.applyAsDouble(samples.getFirst());
    return rate(first, counter.applyAsDouble(samples.getLast()) - first);
  }

  /** Returns the increase per second, by label. */
  SortedMap<String, Double> rates(Function<CounterSums, SortedMap<String, Double>> counters) {
    SortedMap<String, Double> rates = new TreeMap<>();
    if (samples.size() >= 2) {
      SortedMap<String, Double> first = counters.apply(samples.getFirst());
      counters
          .apply(samples.getLast())
          .forEach(
              (label, last) -> {
                double start = first.getOrDefault(label, 0.0);
                rates.put(label, rate(start, last - start));
              });
    }
    return rates;
  }

  /** Returns the ratio of two increases; NaN if the denominator did not increase. */
  double ratio(ToDoubleFunction<CounterSums> numerator, ToDoubleFunction<CounterSums> denominator) {
    if (samples.size() < 2) {
      return Double.NaN;
    }
    return increase(numerator) / increase(denominator);
  }

  private double increase(ToDoubleFunction<CounterSums> counter) {
    return counter.applyAsDouble(samples.getLast()) - counter.applyAsDouble(samples.getFirst());
  }

  /** Returns the ratios by label, without those that would be NaN. */
  SortedMap<String, Double> ratios(
      Function<CounterSums, SortedMap<String, Double>> numerators,
      Function<CounterSums, SortedMap<String, Double>> denominators) {
    SortedMap<String, Double> quotients = new TreeMap<>();
    if (!samples.isEmpty()) {
      for (String label : denominators.apply(samples.getLast()).keySet()) {
        double quotient =
            ratio(
                sums -> numerators.apply(sums).getOrDefault(label, 0.0),
                sums -> denominators.apply(sums).getOrDefault(label, 0.0));
        if (!Double.isNaN(quotient)) {
          quotients.put(label, quotient);
        }
      }
    }
    return quotients;
  }

  /**
   * Extrapolates like Prometheus ({@code extrapolatedRate} in promql/functions.go) if samples do
   * not fill the window: the increase continues at the same rate back to the start of the window,
   * or to the time at which the counter would be 0 if that is later. If this time is at least 1.1
   * sample intervals before the first sample, the increase continues for half a sample interval
   * only. Prometheus 2 applies the two limits in this order. The end of the window always has a
   * sample here.
   */
  private double rate(double first, double increase) {
    double sampled = seconds(samples.getFirst().at(), samples.getLast().at());
    double average = sampled / (samples.size() - 1);
    double missing = LENGTH.toSeconds() - sampled;
    if (increase > 0) {
      missing = Math.min(missing, sampled * first / increase);
    }
    if (missing >= average * 1.1) {
      missing = average / 2;
    }
    return increase * (sampled + missing) / sampled / LENGTH.toSeconds();
  }

  private static double seconds(Instant from, Instant to) {
    return Duration.between(from, to).toNanos() / NANOS_PER_SECOND;
  }
}
