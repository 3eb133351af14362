package dev.paymeter;

import dev.paymeter.gateways.Alarms;
import io.vertx.core.Vertx;
import java.time.Duration;

/** Alarms by timers of Vert.x, which know no shorter one than a millisecond. */
record TimerAlarms(Vertx vertx) implements Alarms {
  @Override
  public Runnable set(Duration length, Runnable then) {
    long timer = vertx.setTimer(Math.max(1, length.toMillis()), passed -> then.run());
    return () -> vertx.cancelTimer(timer);
  }
}
