package dev.paymeter.bus.report;

import dev.paymeter.bus.dedup.SequenceDeduplicator;
import dev.paymeter.bus.dedup.SequenceRanges;
import dev.paymeter.payment.RequestRefusedException;
import dev.paymeter.payment.RequestRefusedException.Fault;
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
  public static final long LONGEST_CLAIM_MILLIS = 2000;

  private final SequenceDeduplicator sequenceDeduplicator;
  private final ReportMetrics counts;
  private final long claimTimeoutMillis;
  private final AtomicInteger inFlight = new AtomicInteger();

  /**
   * @param claimTimeoutMillis after which the publisher is asked to retry; the rows may still be
   *     counted, but only once
   */
  public OperationIngestor(
      SequenceDeduplicator sequenceDeduplicator, ReportMetrics counts, long claimTimeoutMillis) {
    this.sequenceDeduplicator = sequenceDeduplicator;
    this.counts = counts;
    this.claimTimeoutMillis = claimTimeoutMillis;
  }

  ReportMetrics counts() {
    return counts;
  }

  public Future<JsonObject> take(OperationReport batch) {
    inFlight.incrementAndGet();
    return sequenceDeduplicator
        .claim(batch.session(), batch.first(), batch.rows().rows())
        .map(taken -> count(batch, taken))
        .onComplete(done -> inFlight.decrementAndGet())
        .timeout(claimTimeoutMillis, TimeUnit.MILLISECONDS)
        .recover(failure -> rejection(batch, failure));
  }

  /** Completes when all accepted rows are counted. */
  public Future<Void> drained(Scheduler scheduler) {
    return Futures.until(() -> inFlight.get() == 0, scheduler);
  }

  private JsonObject count(OperationReport batch, SequenceRanges.Taken taken) {
    int dropped = counts.operations(batch.rows(), taken.ranges());
    counts.repeated(Reported.OPERATION, batch.rows().rows() - taken.rows());
    counts.gaps(taken.missing(), taken.late());
    return ReportReply.of(batch, taken, dropped);
  }

  private Future<JsonObject> rejection(OperationReport batch, Throwable failure) {
    if (failure instanceof SequenceDeduplicator.TooFarException) {
      counts.refused(Reported.OPERATION, 1);
      return Future.failedFuture(
          RequestRefusedException.invalid(
              List.of(
                  new Fault(
                      "sequence",
                      "at most "
                          + SequenceDeduplicator.MOST_MISSING
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
