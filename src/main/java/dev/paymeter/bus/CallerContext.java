package dev.paymeter.bus;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;

/** Completes futures on the context of their caller, whatever the context of their task is. */
public final class CallerContext {
  private CallerContext() {}

  /**
   * Returns a future with the same result. What follows may then use the bus: a message that opens
   * the connection to another member binds this connection to the context of its sender, and a
   * worker's context ends with its verticle.
   */
  public static <T> Future<T> complete(Vertx vertx, Future<T> future) {
    Context caller = vertx.getOrCreateContext();
    Promise<T> promise = Promise.promise();
    future.onComplete(result -> caller.runOnContext(due -> promise.handle(result)));
    return promise.future();
  }
}
