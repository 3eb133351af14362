package dev.paymeter.report;

import dev.paymeter.payment.RequestRejectedException;
import dev.paymeter.payment.port.Futures;
import dev.paymeter.payment.port.LedgerUnavailableException;
import dev.paymeter.payment.port.Scheduler;
import dev.paymeter.payment.port.SupersededException;
import dev.paymeter.payment.service.Retry;
import dev.paymeter.payment.service.SettlementCounter;
import dev.paymeter.report.ReportLedger.Recording;
import io.vertx.core.Future;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The ingestion of reports. Each entry is committed under its publisher's id before it is counted,
 * and counted before the response to the publisher, so that repeated reports are counted once. Safe
 * from any thread.
 *
 * @param <R> the report
 * @param <E> the ledger's entry for a report
 */
public final class ReportIngestor<R, E> {
  private static final Logger log = LoggerFactory.getLogger(ReportIngestor.class);

  private final ReportHandler<R, E> handler;
  private final Scheduler scheduler;
  private final SettlementCounter settlementCounter;
  private final Semaphore capacity;
  private final Clock clock;

  /** The number of batches for which it is unknown whether they were committed. */
  private final AtomicInteger uncertainBatches = new AtomicInteger();

  /**
   * @param capacity a permit per report in memory, shared by all ingestors of one ledger
   */
  public ReportIngestor(
      ReportHandler<R, E> reportHandler,
      Scheduler scheduler,
      SettlementCounter settlementCounter,
      Semaphore capacity,
      Clock clock) {
    this.handler = reportHandler;
    this.scheduler = scheduler;
    this.settlementCounter = settlementCounter;
    this.capacity = capacity;
    this.clock = clock;
  }

  /** Entries of one publisher that are committed together, in one segment. */
  private record Batch<E>(List<E> entries, int segment) {}

  /**
   * Records reports, all or none.
   *
   * @param reports the reports of one publisher, at least one
   * @return the outcome of each report, in order; fails with {@link RequestRejectedException} when
   *     the ledger is unavailable or the capacity is exhausted. The reports may be committed
   *     nevertheless; the publisher must repeat them under the same ids.
   */
  public Future<List<Recording>> record(List<R> reports) {
    if (uncertainBatches.get() > 0) { // Bounds the entries in memory by those that were in flight.
      return Future.failedFuture(RequestRejectedException.reportUncertain());
    }
    if (!capacity.tryAcquire(reports.size())) {
      return Future.failedFuture(RequestRejectedException.tooManyReports());
    }
    Batch<E> batch = batch(reports, settlementCounter.begin());
    return Futures.attempt(() -> handler.commit().apply(batch.entries()))
        .compose(recordings -> recorded(batch, recordings), failure -> failed(batch, failure));
  }

  private Batch<E> batch(List<R> reports, int segment) {
    Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
    return new Batch<>(
        reports.stream()
            .map(report -> handler.entryFactory().create(report, now, UUID.randomUUID(), segment))
            .toList(),
        segment);
  }

  private Future<List<Recording>> recorded(Batch<E> batch, List<Recording> recordings) {
    List<E> accepted =
        IntStream.range(0, recordings.size())
            .filter(i -> recordings.get(i) == Recording.ACCEPTED)
            .mapToObj(batch.entries()::get)
            .toList();
    return settlementCounter
        .count(
            batch.segment(),
            accepted.stream().map(handler.receipt()).toList(),
            segment -> accepted.forEach(entry -> handler.count().accept(entry, segment)))
        .map(
            counted -> {
              capacity.release(batch.entries().size());
              return recordings;
            });
  }

  private Future<List<Recording>> failed(Batch<E> batch, Throwable failure) {
    if (failure instanceof LedgerUnavailableException) {
      log.warn("Reports rejected: {}", failure.getMessage());
      retry(batch);
      return Future.failedFuture(RequestRejectedException.reportUncertain());
    }
    abandon(batch, failure);
    return Future.failedFuture(
        failure instanceof SupersededException // The new holder of the identity will accept them.
            ? RequestRejectedException.reportUncertain()
            : failure);
  }

  private void retry(Batch<E> batch) {
    uncertainBatches.incrementAndGet();
    Retry.of(
            scheduler,
            () -> Futures.attempt(() -> handler.commit().apply(batch.entries())),
            failure -> !(failure instanceof LedgerUnavailableException))
        .compose(
            recordings -> recorded(batch, recordings),
            failure -> {
              abandon(batch, failure);
              return Future.failedFuture(failure);
            })
        .onComplete(known -> uncertainBatches.decrementAndGet());
  }

  /** Drops a batch that is not committed. The segments of a superseded process stay open. */
  private void abandon(Batch<E> batch, Throwable failure) {
    capacity.release(batch.entries().size());
    if (!(failure instanceof SupersededException)) {
      settlementCounter.end(batch.segment());
    }
    log.error("{} {} cannot be written", batch.entries().size(), handler.name(), failure);
  }

  /** Succeeds when no batch is uncertain. */
  public Future<Void> drained() {
    return Futures.until(() -> uncertainBatches.get() == 0, scheduler);
  }
}
