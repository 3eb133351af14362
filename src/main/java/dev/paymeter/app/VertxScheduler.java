package dev.paymeter.app;

import dev.paymeter.payment.port.Scheduler;
import io.netty.util.concurrent.ScheduledFuture;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Scheduler on the event loops of Vert.x. Undeploying a verticle does not cancel its actions, as
 * payments in flight have to finish. Closing Vert.x drops them; {@link Vertx#timer}, in contrast,
 * reports each pending one to its context, whose worker threads no longer exist.
 */
public record VertxScheduler(Vertx vertx) implements Scheduler {
  @Override
  public Runnable after(Duration length, Runnable action) {
    ContextInternal caller = ((VertxInternal) vertx).getOrCreateContext();
    ScheduledFuture<?> timer =
        caller
            .nettyEventLoop()
            .schedule(
                () -> caller.runOnContext(passed -> action.run()),
                length.toMillis(),
                TimeUnit.MILLISECONDS);
    return () -> timer.cancel(false);
  }
}
