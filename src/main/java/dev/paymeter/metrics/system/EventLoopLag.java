package dev.paymeter.metrics.system;

import java.time.Duration;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * How late one event loop runs what is due, found out by something that is due again and again. Who
 * was held up for longer than a period would have been late several times: as often as that, it is
 * noted, so that a long delay weighs as much as it lasted. Used from that loop only.
 */
final class EventLoopLag {
  private final long period;
  private final LongSupplier nanoTime;
  private final LongConsumer delays;
  private long due;

  /**
   * Due for the first time after a period.
   *
   * @param delays gets each delay in nanoseconds; must not block
   */
  EventLoopLag(Duration period, LongSupplier nanoTime, LongConsumer delays) {
    this.period = period.toNanos();
    this.nanoTime = nanoTime;
    this.delays = delays;
    this.due = nanoTime.getAsLong() + this.period;
  }

  /** To be called when it is due, or as soon after that as the loop can; a period later again. */
  void tick() {
    long now = nanoTime.getAsLong();
    long late = Math.max(0, now - due);
    do {
      delays.accept(late);
      late -= period;
    } while (late >= 0);
    due = now + period;
  }
}
