package dev.paymeter.support.payment;

import dev.paymeter.payment.port.Scheduler;
import java.time.Duration;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.function.BooleanSupplier;

/** A scheduler that never waits: it sets a clock to the time of the next action, and runs it. */
public final class VirtualScheduler implements Scheduler {
  private final ManualClock clock;
  private final Queue<Action> actions =
      new PriorityQueue<>(
          Comparator.comparingLong(Action::nanos).thenComparingLong(Action::number));

  private long number;

  private record Action(long nanos, long number, Runnable run) {}

  public VirtualScheduler(ManualClock clock) {
    this.clock = clock;
  }

  @Override
  public Runnable after(Duration length, Runnable run) {
    Action action = new Action(clock.getAsLong() + length.toNanos(), number++, run);
    actions.add(action);
    return () -> actions.remove(action);
  }

  /**
   * Runs actions until a condition holds.
   *
   * @return the time that has passed on the clock; at most {@code max}
   */
  public Duration runUntil(BooleanSupplier condition, Duration max) {
    long start = clock.getAsLong();
    while (!condition.getAsBoolean()) {
      Action next = actions.element();
      if (next.nanos() - start > max.toNanos()) {
        return max;
      }
      actions.remove();
      clock.advance(Duration.ofNanos(next.nanos() - clock.getAsLong()));
      next.run().run();
    }
    return Duration.ofNanos(clock.getAsLong() - start);
  }
}
