package dev.paymeter.payment.port;

import dev.paymeter.payment.RequestRejectedException;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Operations on futures, shared by services, tasks and adapters. */
public final class Futures {
  private static final Logger log = LoggerFactory.getLogger(Futures.class);
  private static final Duration POLL_INTERVAL = Duration.ofMillis(100);

  private Futures() {}

  /** Runs a step; converts an exception into a failed future. */
  public static <T> Future<T> attempt(Supplier<Future<T>> step) {
    return Future.succeededFuture().compose(now -> step.get());
  }

  /** Runs a step of a request in the ledger; rejects the request if the ledger is unavailable. */
  public static <T> Future<T> attemptOrReject(Supplier<Future<T>> step) {
    return attempt(step).recover(Futures::rejectWithoutLedger);
  }

  /** Rejects the request if the ledger was unavailable; otherwise keeps the failure. */
  public static <T> Future<T> rejectWithoutLedger(Throwable failure) {
    if (failure instanceof LedgerUnavailableException || failure instanceof SupersededException) {
      log.warn("Request rejected: {}", failure.getMessage());
      return Future.failedFuture(RequestRejectedException.ledgerUnavailable());
    }
    return Future.failedFuture(failure);
  }

  /** Logs a failure, unless the ledger was unavailable: the ledger's adapter reports that once. */
  public static void logUnlessUnavailable(String message, Throwable failure) {
    if (!(failure instanceof LedgerUnavailableException)) {
      log.warn(message, failure);
    }
  }

  /** Polls a condition until it holds; the returned future succeeds then. */
  public static Future<Void> until(BooleanSupplier condition, Scheduler scheduler) {
    return condition.getAsBoolean()
        ? Future.succeededFuture()
        : scheduler.pause(POLL_INTERVAL).compose(passed -> until(condition, scheduler));
  }
}
