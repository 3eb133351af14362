package dev.paymeter.gateway;

import dev.paymeter.gateway.ResilientGateway.Guards;
import dev.paymeter.payment.Labeled;
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
  enum State implements Labeled {
    CLOSED,
    OPEN,
    HALF_OPEN
  }

  private final Guards guards;
  private final int window;
  private final int trialCalls;
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
   * @param window number of most recent calls that the failure rate is computed from
   * @param trialCalls calls permitted in the half-open state
   */
  CircuitBreaker(Guards guards, int window, int trialCalls, LongSupplier nanoTime) {
    this.guards = guards;
    this.window = window;
    this.trialCalls = trialCalls;
    this.nanoTime = nanoTime;
    this.failures = new BitSet(window);
  }

  /**
   * Requests permission for a call.
   *
   * @return a ticket for {@link #record}; negative if the call is not permitted
   */
  synchronized long tryBegin() {
    if (state == State.OPEN && nanoTime.getAsLong() - openedAt >= guards.openDuration().toNanos()) {
      changeTo(State.HALF_OPEN);
    }
    if (state == State.OPEN || (state == State.HALF_OPEN && trialsBegun == trialCalls)) {
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
    } else if (++trialsSucceeded == trialCalls) {
      changeTo(State.CLOSED);
    }
  }

  private void recordInWindow(boolean success) {
    failures.set(next, !success);
    next = (next + 1) % window;
    calls = Math.min(calls + 1, window);
    if (!success
        && calls >= guards.minimumCalls()
        && failures.cardinality() >= guards.failureRate() * calls) {
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
