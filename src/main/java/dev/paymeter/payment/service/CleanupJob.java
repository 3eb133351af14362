package dev.paymeter.payment.service;

import dev.paymeter.payment.port.CleanupStore;
import dev.paymeter.payment.port.Futures;
import dev.paymeter.payment.port.Scheduler;
import io.vertx.core.Future;
import java.time.Duration;

/**
 * A periodic task of each instance that cancels unconfirmed inserts and removes expired idempotency
 * records, in small batches.
 */
public final class CleanupJob {
  static final Duration RUN_INTERVAL = Duration.ofSeconds(1);
  static final int MAX_KEYS = 500;

  private final PaymentService paymentService;
  private final RefundService refundService;
  private final CleanupStore cleanupStore;
  private final Duration keyRetention;
  private final PeriodicTask periodicTask;

  /**
   * @param keyRetention the minimum time for which idempotency records are kept
   */
  public CleanupJob(
      PaymentService paymentService,
      RefundService refundService,
      CleanupStore cleanupStore,
      Duration keyRetention,
      Scheduler scheduler) {
    this.paymentService = paymentService;
    this.refundService = refundService;
    this.cleanupStore = cleanupStore;
    this.keyRetention = keyRetention;
    this.periodicTask = new PeriodicTask(scheduler, RUN_INTERVAL, this::run);
  }

  /** Starts the task; it runs until {@link #stop}. */
  public void start() {
    periodicTask.start();
  }

  /** Starts no further run. */
  public void stop() {
    periodicTask.stop();
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
