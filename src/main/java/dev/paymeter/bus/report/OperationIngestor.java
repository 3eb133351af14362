package dev.paymeter.bus.report;

import dev.paymeter.bus.dedup.SequenceDeduplicator;
import dev.paymeter.bus.dedup.SequenceRanges;
import dev.paymeter.payment.RequestRejectedException;
import dev.paymeter.payment.RequestRejectedException.FieldError;
import dev.paymeter.payment.port.Futures;
import dev.paymeter.payment.port.Scheduler;
import dev.paymeter.report.ReportMetrics;
import dev.paymeter.report.ReportMetrics.Reported;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts the rows of reported operations that no instance has accepted before, then replies to the
 * publisher. Safe from any thread.
 */
public final class OperationIngestor {
  public static final long CLAIM_TIMEOUT_MILLIS = 2000;

  private final SequenceDeduplicator sequenceDeduplicator;
  private final ReportMetrics metrics;
  private final long claimTimeoutMillis;
  private final AtomicInteger inFlight = new AtomicInteger();

  /**
   * @param claimTimeoutMillis after which the publisher is asked to retry; the rows may still be
   *     counted, but only once
   */
  public OperationIngestor(
      SequenceDeduplicator sequenceDeduplicator, ReportMetrics counts, long claimTimeoutMillis) {
    this.sequenceDeduplicator = sequenceDeduplicator;
    this.metrics = counts;
    this.claimTimeoutMillis = claimTimeoutMillis;
  }

  ReportMetrics metrics() {
    return metrics;
  }

  public Future<JsonObject> ingest(OperationReport batch) {
    inFlight.incrementAndGet();
    return sequenceDeduplicator
        .claim(batch.session(), batch.first(), batch.rows().rows())
        .map(claimResult -> count(batch, claimResult))
        .onComplete(done -> inFlight.decrementAndGet())
        .timeout(claimTimeoutMillis, TimeUnit.MILLISECONDS)
        .recover(failure -> rejection(batch, failure));
  }

  /** Completes when all accepted rows are counted. */
  public Future<Void> drained(Scheduler scheduler) {
    return Futures.until(() -> inFlight.get() == 0, scheduler);
  }

  private JsonObject count(OperationReport batch, SequenceRanges.ClaimResult claimResult) {
    int dropped = metrics.operations(batch.rows(), claimResult.ranges());
    metrics.duplicated(Reported.OPERATION, batch.rows().rows() - claimResult.rows());
    metrics.gaps(claimResult.missing(), claimResult.late());
    return ReportReply.of(batch, claimResult, dropped);
  }

  private Future<JsonObject> rejection(OperationReport batch, Throwable failure) {
    if (failure instanceof SequenceDeduplicator.GapTooLargeException) {
      metrics.rejected(Reported.OPERATION, 1);
      return Future.failedFuture(
          RequestRejectedException.invalid(
              List.of(
                  new FieldError(
                      "sequence",
                      "at most "
                          + SequenceDeduplicator.MAX_MISSING
                          + " beyond what was reported before",
                      String.valueOf(batch.first())))));
    }
    if (failure instanceof SequenceDeduplicator.OverloadedException) {
      return Future.succeededFuture(ReportReply.overloaded());
    }
    return failure instanceof SequenceDeduplicator.UnavailableException
            || failure instanceof TimeoutException
        ? Future.succeededFuture(ReportReply.unavailable())
        : Future.failedFuture(failure);
  }
}
