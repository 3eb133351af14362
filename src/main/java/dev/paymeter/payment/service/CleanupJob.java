package dev.paymeter.payment.service;

import dev.paymeter.payment.port.CleanupStore;
import dev.paymeter.payment.port.Futures;
import dev.paymeter.payment.port.Scheduler;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Optional;

/**
 * A periodic task of each instance that cancels unconfirmed inserts, removes expired idempotency
 * records and erases old personal values, in small batches.
 *
 * @param keyRetention the minimum time for which idempotency records are kept
 * @param personalRetention the time after which personal values are erased; empty if never
 */
public record CleanupJob(
    PaymentService paymentService,
    RefundService refundService,
    CleanupStore cleanupStore,
    Duration keyRetention,
    Optional<Duration> personalRetention) {
  static final Duration RUN_INTERVAL = Duration.ofSeconds(1);
  static final int MAX_KEYS = 500;
  static final int MAX_ERASED = 500;

  /** Returns the task, which is not started. */
  public PeriodicTask task(Scheduler scheduler) {
    return new PeriodicTask(scheduler, RUN_INTERVAL, this::run);
  }

  private Future<?> run() {
    return Futures.attempt(() -> paymentService.cancelUnconfirmedInserts(cleanupStore))
        .compose(canceled -> refundService.cancelUnconfirmedInserts(cleanupStore))
        .compose(canceled -> deleteExpiredKeys())
        .compose(deleted -> erasePersonalValues())
        .onFailure(failure -> Futures.logUnlessUnavailable("Cannot clean up the ledger", failure));
  }

  /** Repeats until no expired record is left. */
  private Future<Integer> deleteExpiredKeys() {
    return cleanupStore
        .deleteExpiredKeys(keyRetention, MAX_KEYS)
        .compose(
            removed -> removed < MAX_KEYS ? Future.succeededFuture(removed) : deleteExpiredKeys());
  }

  /** Takes one batch in each run: instances share the work, and none of it is urgent. */
  private Future<Integer> erasePersonalValues() {
    return personalRetention
        .map(age -> cleanupStore.erasePersonalValues(age, MAX_ERASED))
        .orElse(Future.succeededFuture(0));
  }
}
