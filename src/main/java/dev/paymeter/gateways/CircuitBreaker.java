package dev.paymeter.gateways;

import java.time.Duration;
import java.util.BitSet;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * Tells whether to call something that fails too often. Closed, it lets all calls through and looks
 * at the last of them; where too many failed it opens, and lets none through for a while. Then it
 * is half open: a few are tried, and it closes when all of them succeed, and opens again when one
 * fails. Each call has to end. Safe from any thread.
 *
 * <p>After M. Nygard, Release It! (2007), with the count-based window of resilience4j.
 */
final class CircuitBreaker {
  /**
   * When it opens, and for how long.
   *
   * @param window how many calls it looks at
   * @param least how many of them there must be before it opens
   * @param failureRate share of failures from which it opens, above 0 to 1
   * @param pause how long it stays open
   * @param trials how many calls are tried then
   */
  record Options(int window, int least, double failureRate, Duration pause, int trials) {}

  /** Whether calls are let through. */
  enum State {
    CLOSED,
    OPEN,
    HALF_OPEN;

    private final String label = name().toLowerCase(Locale.ROOT);

    String label() {
      return label;
    }
  }

  private final Options options;
  private final LongSupplier nanoTime;
  private final BitSet failures;
  private State state = State.CLOSED;
  private int calls;
  private int next;
  private long openedAt;
  private int tried;
  private int succeeded;

  /** Ends with each change of state: what began before it says nothing of it. */
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
   * Asks to make a call.
   *
   * @return to be handed to {@link #ended}; below 0 where the call is not to be made
   */
  synchronized long begin() {
    if (state == State.OPEN && nanoTime.getAsLong() - openedAt >= options.pause().toNanos()) {
      become(State.HALF_OPEN);
    }
    if (state == State.OPEN || (state == State.HALF_OPEN && tried == options.trials())) {
      return -1;
    }
    if (state == State.HALF_OPEN) {
      tried++;
    }
    return period;
  }

  /** What became of a call. */
  synchronized void ended(long call, boolean success) {
    if (call != period) {
      return;
    }
    if (state == State.HALF_OPEN) {
      endTrial(success);
    } else {
      note(success);
    }
  }

  private void endTrial(boolean success) {
    if (!success) {
      open();
    } else if (++succeeded == options.trials()) {
      become(State.CLOSED);
    }
  }

  private void note(boolean success) {
    failures.set(next, !success);
    next = (next + 1) % options.window();
    calls = Math.min(calls + 1, options.window());
    if (!success
        && calls >= options.least()
        && failures.cardinality() >= options.failureRate() * calls) {
      open();
    }
  }

  private void open() {
    openedAt = nanoTime.getAsLong();
    become(State.OPEN);
  }

  private void become(State other) {
    state = other;
    period++;
    failures.clear();
    calls = 0;
    next = 0;
    tried = 0;
    succeeded = 0;
  }

  /** An open one becomes half open with the next call after its pause. */
  synchronized State state() {
    return state;
  }
}
