package dev.paymeter.payment.service;

import dev.paymeter.payment.port.CleanupStore;
import dev.paymeter.payment.port.Futures;
import dev.paymeter.payment.port.Scheduler;
import io.vertx.core.Future;
import java.time.Duration;

/**
 * Clears away what is left in the ledger of refused payments and refunds, and idempotency keys that
 * are old, in small steps. One runs in each instance.
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
   * @param keyRetention how long an idempotency key is kept at least
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

  /** Begins, and goes on until it is stopped. */
  public void start() {
    periodicTask.start();
  }

  /** Begins nothing more. */
  public void stop() {
    periodicTask.stop();
  }

  private Future<?> look() {
    return Futures.attempt(() -> paymentService.withdrawRefused(cleanupStore))
        .compose(withdrawn -> refundService.withdrawRefused(cleanupStore))
        .compose(withdrawn -> forgetKeys())
        .onFailure(failure -> Futures.logUnlessUnavailable("Cannot clear the ledger up", failure));
  }

  /** Until none is left that is old. */
  private Future<Integer> forgetKeys() {
    return cleanupStore
        .forgetKeys(keyRetention, MOST_KEYS)
        .compose(
            forgotten -> forgotten < MOST_KEYS ? Future.succeededFuture(forgotten) : forgetKeys());
  }
}
