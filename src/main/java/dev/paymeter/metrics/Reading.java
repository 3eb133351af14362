package dev.paymeter.metrics;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.function.ToDoubleFunction;

/** A value of the whole ledger, and the time at which it was read. */
record Reading<V>(V value, Instant at) {
  /** The age from which a reading is not exposed: NaN is better than an old value. */
  static final Duration MAX_AGE = Duration.ofMinutes(1);

  /** Returns the state before the first reading, which exposes NaN: 0 would be a guess. */
  static <V> Reading<V> none(V value) {
    return new Reading<>(value, Instant.MIN);
  }

  /** Returns NaN if the reading is old: the ledger cannot be read, or the task has stopped. */
  double expose(Clock clock, ToDoubleFunction<V> part) {
    return at.plus(MAX_AGE).isBefore(clock.instant()) ? Double.NaN : part.applyAsDouble(value);
  }
}
