package dev.paymeter.payments;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.function.Supplier;

/** Does something again and again, whatever becomes of it, with a pause before each time. */
final class Rounds {
  private final Pauses pauses;
  private final Duration pause;
  private final Supplier<Future<?>> work;
  private volatile boolean stopped;

  Rounds(Pauses pauses, Duration pause, Supplier<Future<?>> work) {
    this.pauses = pauses;
    this.pause = pause;
    this.work = work;
  }

  /** Begins, and goes on until it is stopped. */
  void start() {
    pauses
        .pause(pause)
        .onSuccess(
            passed -> {
              if (!stopped) {
                Futures.attempt(work::get).onComplete(done -> start());
              }
            });
  }

  /** Begins nothing more. */
  void stop() {
    stopped = true;
  }
}
