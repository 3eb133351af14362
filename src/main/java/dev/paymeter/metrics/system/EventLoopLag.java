package dev.paymeter.metrics.system;

import java.time.Duration;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * Measures the delay of an event loop with a periodic timer. A delay longer than a period would
 * have delayed several ticks; it is recorded that many times, so that its weight is proportional to
 * its duration. Used from that loop only.
 */
final class EventLoopLag {
  private final long interval;
  private final LongSupplier nanoTime;
  private final LongConsumer delays;
  private long due;

  /**
   * @param delays gets each delay in nanoseconds; must not block
   */
  EventLoopLag(Duration period, LongSupplier nanoTime, LongConsumer delays) {
    this.interval = period.toNanos();
    this.nanoTime = nanoTime;
    this.delays = delays;
    this.due = nanoTime.getAsLong() + this.interval;
  }

  /** Records the delay. To be called by a timer, a period after the previous call. */
  void tick() {
    long now = nanoTime.getAsLong();
    long late = Math.max(0, now - due);
    do {
      delays.accept(late);
      late -= interval;
    } while (late >= 0);
    due = now + interval;
  }
}
