package dev.paymeter.bus;

import dev.paymeter.payment.RequestRejectedException;
import io.vertx.core.Future;

/**
 * The reply to a request within this process. A rejection is also a value, because a failed message
 * carries only a number and a text.
 */
public sealed interface Reply<T> {
  record Result<T>(T value) implements Reply<T> {}

  /** Nothing was done. */
  record Rejected<T>(RequestRejectedException reason) implements Reply<T> {}

  /** Returns the value, or the rejection as a failure. */
  default Future<T> asFuture() {
    return this instanceof Rejected<T> rejected
        ? Future.failedFuture(rejected.reason())
        : Future.succeededFuture(((Result<T>) this).value());
  }
}
