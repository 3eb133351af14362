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
  static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);
  static final int MOST_KEYS = 500;

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
    this.periodicTask = new PeriodicTask(scheduler, BETWEEN_LOOKS, this::look);
  }

  /** Starts the task; it runs until {@link #stop}. */
  public void start() {
    periodicTask.start();
  }

  /** Starts no further run. */
  public void stop() {
    periodicTask.stop();
  }

  private Future<?> look() {
    return Futures.attempt(() -> paymentService.withdrawRefused(cleanupStore))
        .compose(canceled -> refundService.withdrawRefused(cleanupStore))
        .compose(canceled -> forgetKeys())
        .onFailure(failure -> Futures.logUnlessUnavailable("Cannot clean up the ledger", failure));
  }

  /** Repeats until no expired record is left. */
  private Future<Integer> forgetKeys() {
    return cleanupStore
        .forgetKeys(keyRetention, MOST_KEYS)
        .compose(removed -> removed < MOST_KEYS ? Future.succeededFuture(removed) : forgetKeys());
  }
}
