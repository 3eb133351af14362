package dev.paymeter.metrics;

import dev.paymeter.audit.Audit;
import dev.paymeter.audit.LedgerWentBackException;
import dev.paymeter.payment.port.Futures;
import dev.paymeter.payment.port.LedgerUnavailableException;
import dev.paymeter.payment.port.Scheduler;
import dev.paymeter.payment.port.SupersededException;
import dev.paymeter.payment.service.PeriodicTask;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs the audit periodically. Deploy once, as a worker. */
public final class AuditVerticle extends VerticleBase {
  private static final Logger log = LoggerFactory.getLogger(AuditVerticle.class);

  private final Audit audit;
  private final PeriodicTask periodicTask;

  /**
   * @param interval pause between the end of a round and the start of the next
   */
  public AuditVerticle(Audit audit, Duration interval, Scheduler scheduler) {
    this.audit = audit;
    this.periodicTask = new PeriodicTask(scheduler, interval, this::round);
  }

  @Override
  public Future<?> start() {
    periodicTask.start();
    return Future.succeededFuture();
  }

  @Override
  public Future<?> stop() {
    periodicTask.stop();
    return Future.succeededFuture();
  }

  /**
   * Waits for the current round, then runs the final one. Thread-safe. Call it before the verticle
   * is undeployed: connections to the ledger also use its thread, until they are closed.
   */
  public Future<Void> close() {
    return periodicTask
        .stop()
        .transform(ended -> context.executeBlocking(audit::close))
        .compose(closed -> closed);
  }

  private Future<?> round() {
    return Futures.attempt(audit::round).onFailure(this::failed);
  }

  private void failed(Throwable failure) {
    if (failure instanceof SupersededException || failure instanceof LedgerWentBackException) {
      // The lease is lost; LeaseRenewer reports it.
      periodicTask.stop();
    } else if (!(failure instanceof LedgerUnavailableException)) {
      log.error("A round of the audit failed", failure);
    }
  }
}
