package dev.paymeter.postgres;

import dev.paymeter.audit.AuditStore;
import dev.paymeter.audit.LedgerPosition;
import dev.paymeter.audit.LedgerWentBackException;
import dev.paymeter.audit.PositionMonitor;
import dev.paymeter.payment.port.Scheduler;
import dev.paymeter.payment.port.SupersededException;
import dev.paymeter.payment.service.PeriodicTask;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * Task that renews the lease of an instance's identity, independently of other work on the ledger,
 * and releases it at the end. Safe from any thread.
 */
public final class LeaseRenewer {
  /** Time from the end of one renewal to the next. Several fit into one lease. */
  static final Duration RENEWAL_INTERVAL = PostgresAuditStore.LEASE_DURATION.dividedBy(5);

  private final AuditStore auditStore;
  private final PositionMonitor positions;
  private final Consumer<RuntimeException> onLost;
  private final PeriodicTask renewals;
  private volatile boolean isLedgerResponding = true;

  /**
   * @param positions receives each renewal
   * @param onLost receives, once, {@link SupersededException} when another process has taken over
   *     the identity, or {@link LedgerWentBackException} when the ledger does not contain the lease
   */
  public LeaseRenewer(
      AuditStore auditStore,
      Scheduler scheduler,
      PositionMonitor positions,
      Consumer<RuntimeException> onLost) {
    this.auditStore = auditStore;
    this.positions = positions;
    this.onLost = onLost;
    this.renewals = new PeriodicTask(scheduler, RENEWAL_INTERVAL, this::renew);
  }

  /** Starts the renewals. Call once, right after the lease was acquired. */
  public void start() {
    renewals.start();
  }

  private Future<LedgerPosition> renew() {
    return auditStore.renew(positions.comparedPosition()).onComplete(this::renewed, this::failed);
  }

  private void renewed(LedgerPosition position) {
    isLedgerResponding = true;
    positions.renewed(position);
  }

  private void failed(Throwable failure) {
    if (failure instanceof SupersededException || failure instanceof LedgerWentBackException) {
      renewals.stop();
      onLost.accept((RuntimeException) failure);
    } else {
      isLedgerResponding = false;
    }
  }

  /** Returns true if the last renewal got a response from the ledger. */
  public boolean isLedgerResponding() {
    return isLedgerResponding;
  }

  /** Releases the lease, after a renewal in flight, which would otherwise acquire it again. */
  public Future<Void> stop() {
    return renewals.stop().transform(done -> auditStore.release());
  }
}
