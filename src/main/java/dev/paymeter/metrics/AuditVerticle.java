package dev.paymeter.metrics;

import dev.paymeter.payments.LedgerUnavailableException;
import dev.paymeter.payments.SupersededException;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Lets the audit do a round after the other. To be deployed once, as a worker. */
public final class AuditVerticle extends VerticleBase {
  private static final Logger log = LoggerFactory.getLogger(AuditVerticle.class);

  private final Audit audit;
  private final Duration interval;
  private Future<Void> round = Future.succeededFuture();
  private boolean stopped;

  /**
   * Audits until it is stopped.
   *
   * @param interval between the end of one round and the beginning of the next
   */
  public AuditVerticle(Audit audit, Duration interval) {
    this.audit = audit;
    this.interval = interval;
  }

  @Override
  public Future<?> start() {
    next();
    return Future.succeededFuture();
  }

  /** Waits for the round that is under way, then does the last one. */
  @Override
  public Future<?> stop() {
    stopped = true;
    return round.transform(ended -> audit.close());
  }

  private void next() {
    vertx.setTimer(
        interval.toMillis(),
        due -> {
          if (!stopped) {
            round =
                Future.succeededFuture()
                    .compose(now -> audit.round()) // What it throws must not end the rounds.
                    .onComplete(done -> next(), this::next);
          }
        });
  }

  private void next(Throwable failure) {
    if (failure instanceof SupersededException) {
      return; // The books are another's now; whoever keeps the lease tells of it.
    }
    if (!(failure instanceof LedgerUnavailableException)) {
      log.error("A round of the audit failed", failure);
    }
    next();
  }
}
