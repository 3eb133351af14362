package dev.paymeter.gateway.simulator;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import org.jspecify.annotations.Nullable;

/**
 * An answer that is to reach whoever asked on his own context, whichever thread gives it: his event
 * loop goes on with it, and with the fields of his log lines.
 *
 * @param context absent for somebody who is on none: he gets it on the thread that gives it
 */
record Reply<T>(Promise<T> promise, @Nullable Context context) {
  /** For the one who asks now. */
  static <T> Reply<T> here() {
    return new Reply<>(Promise.promise(), Vertx.currentContext());
  }

  Future<T> future() {
    return promise.future();
  }

  void complete(T answer) {
    give(() -> promise.complete(answer));
  }

  void fail(Throwable why) {
    give(() -> promise.fail(why));
  }

  private void give(Runnable answer) {
    if (context == null || context == Vertx.currentContext()) {
      answer.run();
    } else {
      context.runOnContext(there -> answer.run());
    }
  }
}
