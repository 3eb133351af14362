package dev.paymeter.metrics.system;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import java.util.function.LongConsumer;

/** Times the delays of the event loop that it is deployed on; deploy one per event loop. */
public final class EventLoopLagVerticle extends VerticleBase {
  /** Often enough to see what clients feel, and too seldom to be felt itself. */
  public static final Duration PERIOD = Duration.ofMillis(100);

  private final Duration period;
  private final LongConsumer delays;

  /**
   * Times as soon as it is deployed.
   *
   * @param period between two looks, at least a millisecond
   * @param delays gets them in nanoseconds, on the event loop: must not block
   */
  public EventLoopLagVerticle(Duration period, LongConsumer delays) {
    this.period = period;
    this.delays = delays;
  }

  @Override
  public Future<?> start() {
    again(new EventLoopLag(period, System::nanoTime, delays));
    return Future.succeededFuture();
  }

  private void again(EventLoopLag delay) {
    vertx.setTimer(
        period.toMillis(),
        due -> {
          delay.tick();
          again(delay);
        });
  }
}
