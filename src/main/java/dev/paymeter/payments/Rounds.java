package dev.paymeter.payments;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Does something again and again, whatever becomes of it, with a pause before each time. */
final class Rounds {
  private static final Logger log = LoggerFactory.getLogger(Rounds.class);

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
                Payments.attempt(work::get).onComplete(done -> start());
              }
            });
  }

  /** That the ledger is away is told elsewhere, once, and not by each round. */
  static void tell(String what, Throwable failure) {
    if (!(failure instanceof LedgerUnavailableException)) {
      log.warn(what, failure);
    }
  }

  /** Begins nothing more. */
  void stop() {
    stopped = true;
  }
}
