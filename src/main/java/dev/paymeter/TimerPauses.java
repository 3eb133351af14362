package dev.paymeter;

import dev.paymeter.payments.Pauses;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Pauses by timers of Vert.x, which know no shorter one than a millisecond. */
record TimerPauses(Vertx vertx) implements Pauses {
  @Override
  public Future<Void> pause(Duration length) {
    return vertx.timer(Math.max(1, length.toMillis()), TimeUnit.MILLISECONDS).mapEmpty();
  }
}
