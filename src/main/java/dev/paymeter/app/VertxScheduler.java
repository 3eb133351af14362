package dev.paymeter.app;

import dev.paymeter.payment.port.Scheduler;
import io.vertx.core.Timer;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Delays by timers of Vert.x, whose shortest is a millisecond. They outlive the verticle that sets
 * them: a payment in flight has to end after its verticle is undeployed.
 */
public record VertxScheduler(Vertx vertx) implements Scheduler {
  @Override
  public Runnable after(Duration length, Runnable action) {
    Timer timer = vertx.timer(Math.max(1, length.toMillis()), TimeUnit.MILLISECONDS);
    timer.onSuccess(passed -> action.run());
    return timer::cancel;
  }
}
