package dev.paymeter.postgres;

import dev.paymeter.audit.AuditStore;
import dev.paymeter.payment.port.Scheduler;
import dev.paymeter.payment.port.SupersededException;
import dev.paymeter.payment.service.PeriodicTask;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * Keeps an instance's identity: renews its lease again and again, whatever else waits for the
 * ledger, and gives it back at the end. Safe from any thread.
 */
public final class LeaseRenewer {
  /** From the end of one renewal, failed or not, to the next: several fit into the lease. */
  static final Duration INTERVAL = PostgresAuditStore.LEASE.dividedBy(5);

  private final AuditStore auditStore;
  private final Consumer<SupersededException> onSuperseded;
  private final PeriodicTask renewals;
  private volatile boolean answered = true;

  /**
   * @param onSuperseded is told once, when another process has taken over the identity
   */
  public LeaseRenewer(
      AuditStore auditStore, Scheduler scheduler, Consumer<SupersededException> onSuperseded) {
    this.auditStore = auditStore;
    this.onSuperseded = onSuperseded;
    this.renewals = new PeriodicTask(scheduler, INTERVAL, this::renew);
  }

  /** Begins to renew. To be called once, when the books have just been opened. */
  public void start() {
    renewals.start();
  }

  private Future<Void> renew() {
    return auditStore.renew().onComplete(renewed -> answered = true, this::failed);
  }

  private void failed(Throwable failure) {
    if (failure instanceof SupersededException superseded) {
      renewals.stop();
      onSuperseded.accept(superseded);
    } else {
      answered = false;
    }
  }

  /** Whether the ledger answered the last time that it was asked. */
  public boolean isAnswered() {
    return answered;
  }

  /** Gives the identity back, after the renewal that is under way: it would take it again. */
  public Future<Void> end() {
    return renewals.stop().transform(done -> auditStore.close());
  }
}
