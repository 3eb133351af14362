package dev.paymeter.metrics.system;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import java.util.function.LongConsumer;

/** Verticle that measures the delays of its event loop. Deploy one per event loop. */
public final class EventLoopLagVerticle extends VerticleBase {
  /** Short enough to detect delays that clients notice, long enough to cost little. */
  public static final Duration INTERVAL = Duration.ofMillis(100);

  private final Duration interval;
  private final LongConsumer delays;

  /**
   * @param period time between two measurements, at least a millisecond
   * @param delays gets each delay in nanoseconds, on the event loop; must not block
   */
  public EventLoopLagVerticle(Duration period, LongConsumer delays) {
    this.interval = period;
    this.delays = delays;
  }

  @Override
  public Future<?> start() {
    schedule(new EventLoopLag(interval, System::nanoTime, delays));
    return Future.succeededFuture();
  }

  private void schedule(EventLoopLag lag) {
    vertx.setTimer(
        interval.toMillis(),
        due -> {
          lag.tick();
          schedule(lag);
        });
  }
}
