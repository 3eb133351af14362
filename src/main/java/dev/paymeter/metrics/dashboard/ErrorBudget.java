package dev.paymeter.metrics.dashboard;

import dev.paymeter.metrics.registry.MetricNames;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The error budgets of both objectives over 30 days, or over the life of the process if that is
 * shorter: the ledger does not contain refused requests. Keeps one sample an hour. Not thread-safe.
 */
public final class ErrorBudget {
  static final Duration WINDOW = Duration.ofDays(30);
  static final Duration STEP = Duration.ofHours(1);

  /** The objectives of {@code conf/prometheus/rules.yml}: allowed shares of failures. */
  static final double AVAILABILITY = 0.005;

  static final double LATENCY = 0.01;

  private static final double MAX_SECONDS = 2.5;
  private static final String SYSTEM_FAILURE = "PaymentGatewayException";

  /** Oldest first. */
  private final Deque<Sample> samples = new ArrayDeque<>();

  private record Sample(Instant at, double attempts, double failed, double payments, double slow) {
    static Sample of(Instant at, SeriesSums sums) {
      double refused = sums.total(MetricNames.PAYMENTS_UNAVAILABLE);
      double failed =
          sums.values(MetricNames.ERRORS).entrySet().stream()
              .filter(
                  error ->
                      MetricNames.PAYMENT_SERVICE.equals(error.getKey().get("service"))
                          && SYSTEM_FAILURE.equals(error.getKey().get("error_type")))
              .mapToDouble(error -> error.getValue())
              .sum();
      double payments = sums.countUpTo(Double.POSITIVE_INFINITY, MetricNames.PAYMENT_DURATION);
      return new Sample(
          at,
          sums.total(MetricNames.PAYMENT_REQUESTS) + refused,
          failed + refused,
          payments,
          payments - sums.countUpTo(MAX_SECONDS, MetricNames.PAYMENT_DURATION));
    }
  }

  /**
   * Budget of one objective, and its use.
   *
   * @param allowed the share of failures that the objective allows
   * @param failed failures in the window
   * @param total payments, or requests, in the window
   */
  public record Budget(double allowed, double failed, double total) {
    /** Returns the share of the budget that is left, negative if it is exceeded. */
    public double remaining() {
      return 1 - failed / (allowed * total);
    }
  }

  /** Both budgets, since a moment. */
  public record Budgets(Instant since, Budget availability, Budget latency) {}

  /** Before the first sample. */
  static final Budgets NONE =
      new Budgets(Instant.EPOCH, new Budget(AVAILABILITY, 0, 0), new Budget(LATENCY, 0, 0));

  /** Adds a sample. Ignored until the counters are restored from the ledger. */
  Budgets add(Instant now, SeriesSums sums) {
    Sample latest = Sample.of(now, sums);
    if (!sums.has(MetricNames.PAYMENT_REQUESTS)) {
      return budgets(latest, latest);
    }
    samples.removeIf(past -> past.at().isBefore(now.minus(WINDOW)) || past.at().isAfter(now));
    if (samples.isEmpty() || !now.isBefore(samples.getLast().at().plus(STEP))) {
      samples.addLast(latest);
    }
    return budgets(samples.getFirst(), latest);
  }

  private static Budgets budgets(Sample first, Sample last) {
    return new Budgets(
        first.at(),
        new Budget(
            AVAILABILITY, last.failed() - first.failed(), last.attempts() - first.attempts()),
        new Budget(LATENCY, last.slow() - first.slow(), last.payments() - first.payments()));
  }

  /** Returns the number of samples. */
  int size() {
    return samples.size();
  }
}
