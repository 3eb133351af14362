package dev.paymeter.postgres;

import dev.paymeter.payment.port.LedgerUnavailableException;
import dev.paymeter.payment.port.Scheduler;
import dev.paymeter.payment.service.Retry;
import io.vertx.core.Future;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Probe that shows whether the ledger accepts writes. Reads do not show it, nor do updates of rows
 * whose page has room: a server with a full disk executes both. After a statement has failed as
 * unavailable, the probe writes rows that need new space, until they are committed. Otherwise it
 * does nothing. Safe from any thread.
 */
public final class WriteProbe {
  private static final Logger log = LoggerFactory.getLogger(WriteProbe.class);
  private static final Duration MIN_DELAY = Duration.ofMillis(250);
  private static final Duration MAX_DELAY = Duration.ofSeconds(5);

  private static final String PROBE = "select probe_write()";

  private final StatementExecutor statementExecutor;
  private final Scheduler scheduler;

  // Guarded by this.
  private boolean isProbing;
  private boolean isStopped;
  private long failures;
  private @Nullable Throwable lastFailure;

  /**
   * @param statementExecutor one that does not report its failures to this probe
   */
  public WriteProbe(StatementExecutor statementExecutor, Scheduler scheduler) {
    this.statementExecutor = statementExecutor;
    this.scheduler = scheduler;
  }

  /** Starts to probe, because a statement has failed as unavailable. */
  void statementFailed(Throwable failure) {
    synchronized (this) {
      failures++;
      lastFailure = failure;
      if (isProbing || isStopped) {
        return;
      }
      isProbing = true;
    }
    log.debug("Probing writes, because a statement failed", failure);
    probe(1);
  }

  private void probe(int attempt) {
    long before = failures();
    statementExecutor
        .run(PROBE, Tuple.tuple())
        .onComplete(
            committed -> {
              if (end(before)) {
                if (attempt > 1) {
                  log.info("The ledger accepts writes again, after {} probes", attempt);
                }
              } else {
                repeat(attempt); // A statement has failed since.
              }
            },
            failure -> {
              if (attempt == 1) {
                log.warn("The ledger accepts no writes: {}", failure.getMessage());
              }
              repeat(attempt);
            });
  }

  private void repeat(int attempt) {
    scheduler.after(
        Retry.delay(attempt, MIN_DELAY, MAX_DELAY),
        () -> {
          if (!isStopped()) {
            probe(attempt + 1);
          }
        });
  }

  private synchronized long failures() {
    return failures;
  }

  private synchronized boolean isStopped() {
    return isStopped;
  }

  /** Ends the probing, unless a statement has failed meanwhile. */
  private synchronized boolean end(long before) {
    if (failures > before) {
      return false;
    }
    isProbing = false;
    lastFailure = null;
    return true;
  }

  /** Returns false from the failure of a statement until a probe is committed. */
  public synchronized boolean isWritable() {
    return lastFailure == null;
  }

  /** Fails with {@link LedgerUnavailableException} unless the ledger is writable. */
  public synchronized Future<Void> check() {
    return lastFailure == null
        ? Future.succeededFuture()
        : Future.failedFuture(
            new LedgerUnavailableException(
                "writes fail: " + lastFailure.getMessage(), lastFailure));
  }

  /** Ends the probing for good. */
  public synchronized void stop() {
    isStopped = true;
  }
}
