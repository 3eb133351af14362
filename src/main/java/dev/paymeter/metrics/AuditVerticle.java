package dev.paymeter.metrics;

import dev.paymeter.audit.Audit;
import dev.paymeter.payment.port.Futures;
import dev.paymeter.payment.port.LedgerUnavailableException;
import dev.paymeter.payment.port.Pauses;
import dev.paymeter.payment.port.SupersededException;
import dev.paymeter.payment.service.Rounds;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs the audit periodically. To be deployed once, as a worker. */
public final class AuditVerticle extends VerticleBase {
  private static final Logger log = LoggerFactory.getLogger(AuditVerticle.class);

  private final Audit audit;
  private final Rounds rounds;

  /**
   * Audits until it is stopped.
   *
   * @param interval between the end of one round and the beginning of the next
   */
  public AuditVerticle(Audit audit, Duration interval, Pauses pauses) {
    this.audit = audit;
    this.rounds = new Rounds(pauses, interval, this::round);
  }

  @Override
  public Future<?> start() {
    rounds.start();
    return Future.succeededFuture();
  }

  /** Waits for the current round, then does the last one. */
  @Override
  public Future<?> stop() {
    return rounds.stop().transform(ended -> audit.close());
  }

  private Future<?> round() {
    return Futures.attempt(audit::round).onFailure(this::failed);
  }

  private void failed(Throwable failure) {
    if (failure instanceof SupersededException) {
      rounds.stop(); // Another process writes under this identity; the LeaseKeeper reports it.
    } else if (!(failure instanceof LedgerUnavailableException)) {
      log.error("A round of the audit failed", failure);
    }
  }
}
