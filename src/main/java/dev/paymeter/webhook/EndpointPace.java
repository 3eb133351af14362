package dev.paymeter.webhook;

import dev.paymeter.payment.service.Retry;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * The number of attempts that may be in progress at an endpoint. Overload halves it, each success
 * raises it again. After many failures in a row, the endpoint is suspended: there is one attempt at
 * a time, with growing pauses, until one succeeds. Used on one context.
 */
final class EndpointPace {
  /** Failures in a row that suspend the endpoint. */
  static final int FAILURES_TO_SUSPEND = 20;

  private static final Duration MIN_PROBE_PAUSE = Duration.ofSeconds(1);
  private static final Duration MAX_PROBE_PAUSE = Duration.ofMinutes(1);

  /** The part of the retry period that limits these pauses, if the period is short. */
  private static final int MIN_PROBES = 100;

  private final int maxInFlight;
  private final Duration maxProbePause;
  private final LongSupplier nanoTime;

  private int window;
  private int failuresInRow;
  private int probes;
  private long pausedUntil;

  /**
   * @param retryPeriod time from the first attempt of a webhook to the last one
   * @param nanoTime a monotonic clock in nanoseconds
   */
  EndpointPace(int maxInFlight, Duration retryPeriod, LongSupplier nanoTime) {
    this.maxInFlight = maxInFlight;
    this.maxProbePause = retryPeriod.dividedBy(MIN_PROBES);
    this.nanoTime = nanoTime;
    this.window = maxInFlight;
    this.pausedUntil = nanoTime.getAsLong();
  }

  /** Returns the maximum number of attempts in progress now. */
  int maxInFlight() {
    return nanoTime.getAsLong() - pausedUntil < 0 ? 0 : isSuspended() ? 1 : window;
  }

  boolean isSuspended() {
    return failuresInRow >= FAILURES_TO_SUSPEND;
  }

  /** Forgets the failures, and ends the pause. */
  void reset() {
    forgetFailures();
    pausedUntil = nanoTime.getAsLong();
  }

  private void forgetFailures() {
    failuresInRow = 0;
    probes = 0;
  }

  void succeeded() {
    forgetFailures();
    window = Math.min(maxInFlight, window + 1);
  }

  /**
   * Slows down after a failure.
   *
   * @param isLast whether no other attempt is in progress
   * @return whether this failure suspends the endpoint
   */
  boolean failed(Attempt attempt, boolean isLast) {
    if (attempt.isOverload()) {
      window = Math.max(1, window / 2);
    }
    pause(attempt.retryAfter());
    failuresInRow++;
    if (isSuspended() && isLast) {
      probes++;
      pause(probePause());
    }
    return failuresInRow == FAILURES_TO_SUSPEND;
  }

  private Duration probePause() {
    Duration pause = Retry.delay(probes, MIN_PROBE_PAUSE, MAX_PROBE_PAUSE);
    return pause.compareTo(maxProbePause) < 0 ? pause : maxProbePause;
  }

  private void pause(Duration length) {
    long now = nanoTime.getAsLong();
    pausedUntil = Math.max(pausedUntil - now, length.toNanos()) + now;
  }
}
