package dev.paymeter.payments;

import io.vertx.core.Future;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
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
    DUPLICATE("duplicate");

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

  /**
   * Records one event.
   *
   * @return fails with {@link RequestRefusedException} while the ledger is away. The event may have
   *     been committed then, or be yet; it is to be reported again under the same id.
   */
  public Future<Outcome> record(EventReport report) {
    if (uncertain.get() > 0) { // What is kept in memory is bounded by what was in flight.
      return Future.failedFuture(RequestRefusedException.eventUncertain());
    }
    Rates.Rate rate = rates.of(report.amount().currency());
    BusinessEvent event =
        new BusinessEvent(
            report,
            labels.apply(report.event()),
            rate.convert(report.amount()),
            rate,
            clock.instant().truncatedTo(ChronoUnit.MICROS),
            UUID.randomUUID(),
            pages.begin());
    return Payments.attempt(() -> ledger.record(event))
        .compose(
            isNew -> Future.succeededFuture(recorded(event, isNew)),
            failure -> failed(event, failure));
  }

  private Outcome recorded(BusinessEvent event, boolean isNew) {
    if (isNew) {
      observations.recorded(event);
    }
    pages.end(event.page());
    return isNew ? Outcome.ACCEPTED : Outcome.DUPLICATE;
  }

  private Future<Outcome> failed(BusinessEvent event, Throwable failure) {
    if (failure instanceof LedgerUnavailableException) {
      log.warn("Refused: {}", failure.getMessage());
      keepTrying(event);
      return Future.failedFuture(RequestRefusedException.eventUncertain());
    }
    end(event, failure);
    return Future.failedFuture(
        failure instanceof SupersededException // Whoever took over will take the event.
            ? RequestRefusedException.eventUncertain()
            : failure);
  }

  private void keepTrying(BusinessEvent event) {
    uncertain.incrementAndGet();
    Repetition.of(
            pauses,
            () -> Payments.attempt(() -> ledger.record(event)),
            again -> !(again instanceof LedgerUnavailableException))
        .onComplete(isNew -> recorded(event, isNew), again -> end(event, again))
        .onComplete(known -> uncertain.decrementAndGet());
  }

  /** Not committed, and never will be. A superseded process' books are another's to close. */
  private void end(BusinessEvent event, Throwable why) {
    if (!(why instanceof SupersededException)) {
      pages.end(event.page());
    }
    log.error("Business event cannot be written", why);
  }

  /** Succeeds once it is known of every event whether it is written. */
  public Future<Void> drained() {
    return uncertain.get() == 0
        ? Future.succeededFuture()
        : pauses.pause(Repetition.FIRST_PAUSE).compose(passed -> drained());
  }
}
