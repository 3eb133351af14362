package dev.paymeter.app;

import dev.paymeter.payment.port.Scheduler;
import io.vertx.core.Timer;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Scheduler with Vert.x timers, of at least a millisecond. Undeploying a verticle does not cancel
 * them, as payments in flight have to finish.
 */
public record VertxScheduler(Vertx vertx) implements Scheduler {
  @Override
  public Runnable after(Duration length, Runnable action) {
    Timer timer = vertx.timer(Math.max(1, length.toMillis()), TimeUnit.MILLISECONDS);
    timer.onSuccess(passed -> action.run());
    return timer::cancel;
  }
}
