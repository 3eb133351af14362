package dev.paymeter.support.payment;

import dev.paymeter.payment.port.Scheduler;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Pauses that pass when the test says so. */
public final class ManualScheduler implements Scheduler {
  private final List<Duration> asked = new ArrayList<>();
  private final List<Runnable> waiting = new ArrayList<>();

  /** Pauses that end when a future does, and cannot be canceled. */
  public static Scheduler by(Function<Duration, Future<Void>> end) {
    return (length, action) -> {
      end.apply(length).onSuccess(passed -> action.run());
      return () -> {};
    };
  }

  @Override
  public Runnable after(Duration length, Runnable action) {
    asked.add(length);
    waiting.add(action);
    return () -> waiting.remove(action);
  }

  /** Every pause that was asked for so far, in order. */
  public List<Duration> asked() {
    return List.copyOf(asked);
  }

  /** How many pauses have neither passed nor been canceled. */
  public int waiting() {
    return waiting.size();
  }

  /** Ends the pauses that are waiting now; those that begin by it go on waiting. */
  public void pass() {
    List<Runnable> due = List.copyOf(waiting);
    waiting.clear();
    due.forEach(Runnable::run);
  }
}
