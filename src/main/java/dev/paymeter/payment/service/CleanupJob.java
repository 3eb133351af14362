package dev.paymeter.payment.service;

import dev.paymeter.payment.port.CleanupStore;
import dev.paymeter.payment.port.Futures;
import dev.paymeter.payment.port.Scheduler;
import io.vertx.core.Future;
import java.time.Duration;

/**
 * A periodic task of each instance that cancels unconfirmed inserts and removes expired idempotency
 * records, in small batches.
 *
 * @param keyRetention the minimum time for which idempotency records are kept
 */
public record CleanupJob(
    PaymentService paymentService,
    RefundService refundService,
    CleanupStore cleanupStore,
    Duration keyRetention) {
  static final Duration RUN_INTERVAL = Duration.ofSeconds(1);
  static final int MAX_KEYS = 500;

  /** Returns the task, which is not started. */
  public PeriodicTask task(Scheduler scheduler) {
    return new PeriodicTask(scheduler, RUN_INTERVAL, this::run);
  }

  private Future<?> run() {
    return Futures.attempt(() -> paymentService.cancelUnconfirmedInserts(cleanupStore))
        .compose(canceled -> refundService.cancelUnconfirmedInserts(cleanupStore))
        .compose(canceled -> deleteExpiredKeys())
        .onFailure(failure -> Futures.logUnlessUnavailable("Cannot clean up the ledger", failure));
  }

  /** Repeats until no expired record is left. */
  private Future<Integer> deleteExpiredKeys() {
    return cleanupStore
        .deleteExpiredKeys(keyRetention, MAX_KEYS)
        .compose(
            removed -> removed < MAX_KEYS ? Future.succeededFuture(removed) : deleteExpiredKeys());
  }
}
