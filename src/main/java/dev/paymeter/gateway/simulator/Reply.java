package dev.paymeter.gateway.simulator;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import org.jspecify.annotations.Nullable;

/**
 * Promise that is completed on the context of the caller, so that its event loop and its log fields
 * are used, whichever thread has the result.
 *
 * @param context absent if the caller has none; the promise is then completed on any thread
 */
record Reply<T>(Promise<T> promise, @Nullable Context context) {
  static <T> Reply<T> onCurrentContext() {
    return new Reply<>(Promise.promise(), Vertx.currentContext());
  }

  Future<T> future() {
    return promise.future();
  }

  void complete(T result) {
    run(() -> promise.complete(result));
  }

  void fail(Throwable cause) {
    run(() -> promise.fail(cause));
  }

  private void run(Runnable completion) {
    if (context == null || context == Vertx.currentContext()) {
      completion.run();
    } else {
      context.runOnContext(onContext -> completion.run());
    }
  }
}
