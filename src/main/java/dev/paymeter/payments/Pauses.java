package dev.paymeter.payments;

import io.vertx.core.Future;
import java.time.Duration;

/** Port: the passing of time, so that tests can move it by hand. */
@FunctionalInterface
public interface Pauses {
  /** Succeeds after {@code length}; never blocks a thread. */
  Future<Void> pause(Duration length);
}
