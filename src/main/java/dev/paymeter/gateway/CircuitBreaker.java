package dev.paymeter.gateway;

import dev.paymeter.payment.Labeled;
import java.time.Duration;
import java.util.BitSet;
import java.util.function.LongSupplier;

/**
 * Circuit breaker. In the closed state it permits all calls and records the most recent ones; if
 * too many of them failed, it opens and permits none for a while. In the half-open state it permits
 * a few trial calls: it closes if all of them succeed, and opens again if one fails. The result of
 * each permitted call must be passed to {@link #record}. Safe from any thread.
 *
 * <p>After M. Nygard, Release It! (2007), with the count-based window of resilience4j.
 */
final class CircuitBreaker {
  /**
   * The breaker's configuration.
   *
   * @param window number of most recent calls that the failure rate is computed from
   * @param minimumCalls calls required in the window before the breaker can open
   * @param failureRate share of failed calls at which the breaker opens, above 0 to 1
   * @param openDuration time in the open state, before trial calls are permitted
   * @param trialCalls calls permitted in the half-open state
   */
  record Options(
      int window, int minimumCalls, double failureRate, Duration openDuration, int trialCalls) {}

  enum State implements Labeled {
    CLOSED,
    OPEN,
    HALF_OPEN
  }

  private final Options options;
  private final LongSupplier nanoTime;
  private final BitSet failures;
  private State state = State.CLOSED;
  private int calls;
  private int next;
  private long openedAt;
  private int trialsBegun;
  private int trialsSucceeded;

  /** Incremented by each state change; results of calls from an earlier period are ignored. */
  private long period;

  /**
   * @param nanoTime a monotonic clock in nanoseconds
   */
  CircuitBreaker(Options options, LongSupplier nanoTime) {
    this.options = options;
    this.nanoTime = nanoTime;
    this.failures = new BitSet(options.window());
  }

  /**
   * Requests permission for a call.
   *
   * @return a ticket for {@link #record}; negative if the call is not permitted
   */
  synchronized long tryBegin() {
    if (state == State.OPEN
        && nanoTime.getAsLong() - openedAt >= options.openDuration().toNanos()) {
      changeTo(State.HALF_OPEN);
    }
    if (state == State.OPEN || (state == State.HALF_OPEN && trialsBegun == options.trialCalls())) {
      return -1;
    }
    if (state == State.HALF_OPEN) {
      trialsBegun++;
    }
    return period;
  }

  /** Records the result of a permitted call. */
  synchronized void record(long call, boolean success) {
    if (call != period) {
      return;
    }
    if (state == State.HALF_OPEN) {
      endTrial(success);
    } else {
      recordInWindow(success);
    }
  }

  private void endTrial(boolean success) {
    if (!success) {
      open();
    } else if (++trialsSucceeded == options.trialCalls()) {
      changeTo(State.CLOSED);
    }
  }

  private void recordInWindow(boolean success) {
    failures.set(next, !success);
    next = (next + 1) % options.window();
    calls = Math.min(calls + 1, options.window());
    if (!success
        && calls >= options.minimumCalls()
        && failures.cardinality() >= options.failureRate() * calls) {
      open();
    }
  }

  private void open() {
    openedAt = nanoTime.getAsLong();
    changeTo(State.OPEN);
  }

  private void changeTo(State newState) {
    state = newState;
    period++;
    failures.clear();
    calls = 0;
    next = 0;
    trialsBegun = 0;
    trialsSucceeded = 0;
  }

  /** Returns the state; an open breaker changes to half-open only with the next call. */
  synchronized State state() {
    return state;
  }
}
