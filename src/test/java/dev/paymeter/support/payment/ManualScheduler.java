package dev.paymeter.support.payment;

import dev.paymeter.payment.port.Scheduler;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** A scheduler whose pauses end when the test calls {@link #pass}. */
public final class ManualScheduler implements Scheduler {
  private final List<Duration> requested = new ArrayList<>();
  private final List<Runnable> waiting = new ArrayList<>();

  /** Returns a scheduler whose pauses end with a future, and cannot be canceled. */
  public static Scheduler by(Function<Duration, Future<Void>> end) {
    return (length, action) -> {
      end.apply(length).onSuccess(passed -> action.run());
      return () -> {};
    };
  }

  @Override
  public Runnable after(Duration length, Runnable action) {
    requested.add(length);
    waiting.add(action);
    return () -> waiting.remove(action);
  }

  /** Returns all pauses that were requested so far, in order. */
  public List<Duration> requested() {
    return List.copyOf(requested);
  }

  /** Returns the number of pauses that have neither ended nor been canceled. */
  public int waiting() {
    return waiting.size();
  }

  /** Ends the pauses that are waiting now, but none that begins meanwhile. */
  public void pass() {
    List<Runnable> due = List.copyOf(waiting);
    waiting.clear();
    due.forEach(Runnable::run);
  }
}
