package dev.paymeter.report;

import dev.paymeter.payment.Labeled;
import dev.paymeter.payment.RequestRefusedException;
import dev.paymeter.payment.port.Futures;
import dev.paymeter.payment.port.LedgerSegments;
import dev.paymeter.payment.port.LedgerUnavailableException;
import dev.paymeter.payment.port.Scheduler;
import dev.paymeter.payment.port.SupersededException;
import dev.paymeter.payment.service.Retry;
import dev.paymeter.report.ReportLedger.Recording;
import io.vertx.core.Future;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes what others report: each entry is committed under its publisher's id before it is counted,
 * and counted before the publisher is answered, so that it counts once, however often it is
 * reported. Safe from any thread.
 *
 * @param <R> what is reported
 * @param <E> what stands in the ledger of it
 */
public final class ReportIngestor<R, E> {
  private static final Logger log = LoggerFactory.getLogger(ReportIngestor.class);

  private final Account<R, E> account;
  private final Scheduler scheduler;
  private final LedgerSegments ledgerSegments;
  private final Semaphore capacity;
  private final Clock clock;

  /** Batches of which nobody knows yet whether they were committed. */
  private final AtomicInteger uncertain = new AtomicInteger();

  /** What reports of one kind become, and where they go. */
  public interface Account<R, E> {
    /** What these entries are, in the plural, for the log. */
    String name();

    /**
     * @param receipt tells this writing from another report of the same
     */
    E entry(R report, Instant now, UUID receipt, int page);

    /** As {@link ReportLedger} says of every kind. */
    Future<List<Recording>> commit(List<E> entries);

    /** Counts a new entry, which is committed. */
    void count(E entry);
  }

  /** What became of a report. */
  public enum Outcome implements Labeled {
    /** It is in the ledger, and counted. */
    ACCEPTED,
    /** It was there before. */
    DUPLICATE,
    /** Its id is that of another entry of the publisher's. */
    CONFLICTING
  }

  /**
   * @param capacity a permit for each report in memory, shared by all recorders of one ledger
   */
  public ReportIngestor(
      Account<R, E> account,
      Scheduler scheduler,
      LedgerSegments ledgerSegments,
      Semaphore capacity,
      Clock clock) {
    this.account = account;
    this.scheduler = scheduler;
    this.ledgerSegments = ledgerSegments;
    this.capacity = capacity;
    this.clock = clock;
  }

  /** Entries of one publisher that are committed together, on one page. */
  private record Batch<E>(List<E> entries, int page) {}

  /**
   * Records reports, all or none.
   *
   * @param reports of one publisher, at least one
   * @return what became of each, in their order; fails with {@link RequestRefusedException} while
   *     the ledger is away, or too much is on its way there. They may have been committed then, or
   *     be yet; they are to be reported again under the same ids.
   */
  public Future<List<Outcome>> record(List<R> reports) {
    if (uncertain.get() > 0) { // What is kept in memory is bounded by what was in flight.
      return Future.failedFuture(RequestRefusedException.reportUncertain());
    }
    if (!capacity.tryAcquire(reports.size())) {
      return Future.failedFuture(RequestRefusedException.tooManyReports());
    }
    Batch<E> batch = batch(reports, ledgerSegments.begin());
    return Futures.attempt(() -> account.commit(batch.entries()))
        .compose(
            recordings -> Future.succeededFuture(recorded(batch, recordings)),
            failure -> failed(batch, failure));
  }

  private Batch<E> batch(List<R> reports, int page) {
    Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
    return new Batch<>(
        reports.stream()
            .map(report -> account.entry(report, now, UUID.randomUUID(), page))
            .toList(),
        page);
  }

  private List<Outcome> recorded(Batch<E> batch, List<Recording> recordings) {
    List<Outcome> outcomes = new ArrayList<>(recordings.size());
    for (int i = 0; i < recordings.size(); i++) {
      if (recordings.get(i) == Recording.NEW) {
        account.count(batch.entries().get(i));
      }
      outcomes.add(outcome(recordings.get(i)));
    }
    ledgerSegments.end(batch.page());
    capacity.release(batch.entries().size());
    return outcomes;
  }

  private static Outcome outcome(Recording recording) {
    return switch (recording) {
      case NEW -> Outcome.ACCEPTED;
      case KNOWN -> Outcome.DUPLICATE;
      case OTHERWISE -> Outcome.CONFLICTING;
    };
  }

  private Future<List<Outcome>> failed(Batch<E> batch, Throwable failure) {
    if (failure instanceof LedgerUnavailableException) {
      log.warn("Refused: {}", failure.getMessage());
      keepTrying(batch);
      return Future.failedFuture(RequestRefusedException.reportUncertain());
    }
    end(batch, failure);
    return Future.failedFuture(
        failure instanceof SupersededException // Whoever took over will take them.
            ? RequestRefusedException.reportUncertain()
            : failure);
  }

  private void keepTrying(Batch<E> batch) {
    uncertain.incrementAndGet();
    Retry.of(
            scheduler,
            () -> Futures.attempt(() -> account.commit(batch.entries())),
            again -> !(again instanceof LedgerUnavailableException))
        .onComplete(recordings -> recorded(batch, recordings), again -> end(batch, again))
        .onComplete(known -> uncertain.decrementAndGet());
  }

  /** Not committed, and never will be. A superseded process' books are another's to close. */
  private void end(Batch<E> batch, Throwable why) {
    capacity.release(batch.entries().size());
    if (!(why instanceof SupersededException)) {
      ledgerSegments.end(batch.page());
    }
    log.error("{} {} cannot be written", batch.entries().size(), account.name(), why);
  }

  /** Succeeds once it is known of every entry whether it is written. */
  public Future<Void> drained() {
    return Futures.until(() -> uncertain.get() == 0, scheduler);
  }
}
