package dev.paymeter.payments;

import io.vertx.core.Future;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes reports of business events: each is committed under its publisher's id before it is
 * counted, and counted before the publisher is answered, so that it counts once, however often it
 * is reported. Safe from any thread.
 */
public final class BusinessEvents {
  private static final Logger log = LoggerFactory.getLogger(BusinessEvents.class);

  private final Ledger ledger;
  private final Rates rates;
  private final Observations observations;
  private final UnaryOperator<String> labels;
  private final Pauses pauses;
  private final Pages pages;
  private final Clock clock;

  /** Events of which nobody knows yet whether they were committed. */
  private final AtomicInteger uncertain = new AtomicInteger();

  /** What became of a report. */
  public enum Outcome {
    /** It is in the ledger, and counted. */
    ACCEPTED("accepted"),
    /** It was there before. */
    DUPLICATE("duplicate"),
    /** Its id is that of another event of the publisher's. */
    CONFLICTING("rejected");

    private final String word;

    Outcome(String word) {
      this.word = word;
    }

    public String word() {
      return word;
    }
  }

  /**
   * @param labels what an event is counted as
   */
  public BusinessEvents(
      Ledger ledger,
      Rates rates,
      Observations observations,
      UnaryOperator<String> labels,
      Pauses pauses,
      Pages pages,
      Clock clock) {
    this.ledger = ledger;
    this.rates = rates;
    this.observations = observations;
    this.labels = labels;
    this.pauses = pauses;
    this.pages = pages;
    this.clock = clock;
  }

  /** Events of one publisher that are committed together, on one page. */
  private record Batch(List<BusinessEvent> events, int page) {}

  /**
   * Records events, all or none.
   *
   * @param reports of one publisher, at least one
   * @return what became of each, in their order; fails with {@link RequestRefusedException} while
   *     the ledger is away. The events may have been committed then, or be yet; they are to be
   *     reported again under the same ids.
   */
  public Future<List<Outcome>> record(List<EventReport> reports) {
    if (uncertain.get() > 0) { // What is kept in memory is bounded by what was in flight.
      return Future.failedFuture(RequestRefusedException.eventUncertain());
    }
    Batch batch = batch(reports, pages.begin());
    return Payments.attempt(() -> ledger.record(batch.events()))
        .compose(
            recordings -> Future.succeededFuture(recorded(batch, recordings)),
            failure -> failed(batch, failure));
  }

  private Batch batch(List<EventReport> reports, int page) {
    Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
    return new Batch(reports.stream().map(report -> event(report, now, page)).toList(), page);
  }

  private BusinessEvent event(EventReport report, Instant now, int page) {
    Rates.Rate rate = rates.of(report.amount().currency());
    return new BusinessEvent(
        report,
        labels.apply(report.event()),
        rate.convert(report.amount()),
        rate,
        now,
        UUID.randomUUID(),
        page);
  }

  private List<Outcome> recorded(Batch batch, List<Ledger.Recording> recordings) {
    List<Outcome> outcomes = new ArrayList<>(recordings.size());
    for (int i = 0; i < recordings.size(); i++) {
      if (recordings.get(i) == Ledger.Recording.NEW) {
        observations.recorded(batch.events().get(i));
      }
      outcomes.add(outcome(recordings.get(i)));
    }
    pages.end(batch.page());
    return outcomes;
  }

  private static Outcome outcome(Ledger.Recording recording) {
    return switch (recording) {
      case NEW -> Outcome.ACCEPTED;
      case KNOWN -> Outcome.DUPLICATE;
      case OTHERWISE -> Outcome.CONFLICTING;
    };
  }

  private Future<List<Outcome>> failed(Batch batch, Throwable failure) {
    if (failure instanceof LedgerUnavailableException) {
      log.warn("Refused: {}", failure.getMessage());
      keepTrying(batch);
      return Future.failedFuture(RequestRefusedException.eventUncertain());
    }
    end(batch, failure);
    return Future.failedFuture(
        failure instanceof SupersededException // Whoever took over will take the event.
            ? RequestRefusedException.eventUncertain()
            : failure);
  }

  private void keepTrying(Batch batch) {
    uncertain.incrementAndGet();
    Repetition.of(
            pauses,
            () -> Payments.attempt(() -> ledger.record(batch.events())),
            again -> !(again instanceof LedgerUnavailableException))
        .onComplete(recordings -> recorded(batch, recordings), again -> end(batch, again))
        .onComplete(known -> uncertain.decrementAndGet());
  }

  /** Not committed, and never will be. A superseded process' books are another's to close. */
  private void end(Batch batch, Throwable why) {
    if (!(why instanceof SupersededException)) {
      pages.end(batch.page());
    }
    log.error("{} business events cannot be written", batch.events().size(), why);
  }

  /** Succeeds once it is known of every event whether it is written. */
  public Future<Void> drained() {
    return uncertain.get() == 0
        ? Future.succeededFuture()
        : pauses.pause(Repetition.FIRST_PAUSE).compose(passed -> drained());
  }
}
