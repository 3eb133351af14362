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
 * Counters over the last minutes, and how they grew, as Prometheus' {@code rate} tells it. They
 * never go down: a process sees only its own. Not thread-safe.
 */
final class CounterWindow {
  /** What the recording rules look back on. */
  static final Duration LENGTH = Duration.ofMinutes(5);

  private static final double NANOS = 1e9;

  /** Oldest first. */
  private final Deque<CounterSums> samples = new ArrayDeque<>();

  /**
   * Adds a sample and forgets what is older than the window, and, where somebody has set the clock
   * back, what would lie in the future. There is none before the books are open: then counters are
   * restored, and what they were before is no base to count from.
   */
  void add(Instant now, SeriesSums sums) {
    if (!sums.has(MetricNames.PAYMENT_REQUESTS)) {
      return;
    }
    samples.removeIf(past -> past.at().isBefore(now.minus(LENGTH)) || !past.at().isBefore(now));
    samples.addLast(CounterSums.of(now, sums));
  }

  /** Growth a second; NaN where two samples are not there yet. */
  double rate(ToDoubleFunction<CounterSums> counter) {
    if (samples.size() < 2) {
      return Double.NaN;
    }
    double first = counter.applyAsDouble(samples.getFirst());
    return rate(first, counter.applyAsDouble(samples.getLast()) - first);
  }

  /** By label, growth a second. */
  SortedMap<String, Double> rates(Function<CounterSums, SortedMap<String, Double>> counters) {
    SortedMap<String, Double> rates = new TreeMap<>();
    if (samples.size() >= 2) {
      SortedMap<String, Double> first = counters.apply(samples.getFirst());
      counters
          .apply(samples.getLast())
          .forEach(
              (label, last) -> {
                double begin = first.getOrDefault(label, 0.0);
                rates.put(label, rate(begin, last - begin));
              });
    }
    return rates;
  }

  /** The growth of one over that of another; NaN where that did not grow. */
  double quotient(ToDoubleFunction<CounterSums> one, ToDoubleFunction<CounterSums> other) {
    if (samples.size() < 2) {
      return Double.NaN;
    }
    return growth(one) / growth(other);
  }

  private double growth(ToDoubleFunction<CounterSums> counter) {
    return counter.applyAsDouble(samples.getLast()) - counter.applyAsDouble(samples.getFirst());
  }

  /** By label, as {@link #quotient}; without those that would be NaN. */
  SortedMap<String, Double> quotients(
      Function<CounterSums, SortedMap<String, Double>> ones,
      Function<CounterSums, SortedMap<String, Double>> others) {
    SortedMap<String, Double> quotients = new TreeMap<>();
    if (!samples.isEmpty()) {
      for (String label : others.apply(samples.getLast()).keySet()) {
        double quotient =
            quotient(
                sums -> ones.apply(sums).getOrDefault(label, 0.0),
                sums -> others.apply(sums).getOrDefault(label, 0.0));
        if (!Double.isNaN(quotient)) {
          quotients.put(label, quotient);
        }
      }
    }
    return quotients;
  }

  /**
   * What Prometheus makes of a window that samples do not fill: it takes the growth to go on at the
   * same pace up to the window's begin, but not below zero, and not for longer than half the way to
   * another sample where one is missing ({@code extrapolatedRate} in promql/functions.go). At the
   * window's end there is always a sample here.
   */
  private double rate(double first, double growth) {
    double sampled = seconds(samples.getFirst().at(), samples.getLast().at());
    double average = sampled / (samples.size() - 1);
    double missing = LENGTH.toSeconds() - sampled;
    if (growth > 0) {
      missing = Math.min(missing, sampled * first / growth);
    }
    if (missing >= average * 1.1) {
      missing = average / 2;
    }
    return growth * (sampled + missing) / sampled / LENGTH.toSeconds();
  }

  private static double seconds(Instant from, Instant to) {
    return Duration.between(from, to).toNanos() / NANOS;
  }
}
