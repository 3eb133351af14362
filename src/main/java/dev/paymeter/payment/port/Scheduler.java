package dev.paymeter.payment.port;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;

/** Port: the passing of time, so that tests can advance it by hand. */
@FunctionalInterface
public interface Scheduler {
  /**
   * Runs an action after {@code length}, on the caller's context; never blocks a thread.
   *
   * @return cancels the action; has no effect after it has run
   */
  Runnable after(Duration length, Runnable action);

  /** Succeeds after {@code length}; never blocks a thread. */
  default Future<Void> pause(Duration length) {
    Promise<Void> passed = Promise.promise();
    after(length, passed::complete);
    return passed.future();
  }
}
