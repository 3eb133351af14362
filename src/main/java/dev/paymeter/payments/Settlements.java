package dev.paymeter.payments;

import dev.paymeter.payments.Observations.Via;
import dev.paymeter.payments.Steps.Step;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes how payments ended, and counts them. While the ledger is away it keeps the outcomes in
 * memory and tries again with growing pauses: the money has moved, so giving up is no choice. New
 * payments are refused meanwhile, so what is kept is bounded by what was in flight. Safe from any
 * thread.
 */
final class Settlements {
  private static final Logger log = LoggerFactory.getLogger(Settlements.class);

  private final Ledger ledger;
  private final Observations observations;
  private final Pauses pauses;
  private final Pages pages;
  private final Steps steps;
  private final Map<UUID, Payment> unwritten = new ConcurrentHashMap<>();

  Settlements(Ledger ledger, Observations observations, Pauses pauses, Pages pages, Steps steps) {
    this.ledger = ledger;
    this.observations = observations;
    this.pauses = pauses;
    this.pages = pages;
    this.steps = steps;
  }

  /**
   * Commits and counts a settled payment.
   *
   * @return the payment as it stands, once it is committed; nothing where it is not yet: it will be
   *     as soon as the ledger is back, unless the ledger never can take it
   */
  Future<Optional<Payment>> write(Payment settled) {
    unwritten.put(settled.id(), settled);
    return tryOnce(settled)
        .map(Optional::of)
        .otherwise(
            failure -> {
              if (isFinal(failure)) {
                giveUp(settled, failure);
              } else {
                keepTrying(settled, failure);
              }
              return Optional.empty();
            });
  }

  /** The payments whose outcome is known and not written yet. */
  Collection<Payment> unwritten() {
    return List.copyOf(unwritten.values());
  }

  /**
   * Commits that nobody knows how a payment ended.
   *
   * @return the payment as it stands; as it was where the ledger is away: it will be written when
   *     that is back
   */
  Future<Payment> doubt(Payment pending, Payment unknown) {
    return Payments.attempt(() -> ledger.doubt(unknown))
        .onSuccess(written -> steps.done(Step.DOUBTED))
        .otherwise(
            failure -> {
              // Where it cannot be written now or ever, the end of this process says the same.
              Repetition.of(
                  pauses,
                  () -> Payments.attempt(() -> ledger.doubt(unknown)),
                  again -> !(again instanceof LedgerUnavailableException));
              return pending;
            });
  }

  private Future<Payment> tryOnce(Payment settled) {
    return Payments.attempt(() -> ledger.settle(settled))
        .onSuccess(
            stands -> {
              steps.done(Step.SETTLED);
              if (stands.settled().equals(settled.settled())) {
                count(settled, stands);
                steps.done(Step.COUNTED);
              } // Else whoever wrote it counts it.
              settled.settled().ifPresent(how -> pages.end(how.page()));
              unwritten.remove(settled.id());
            });
  }

  private void count(Payment settled, Payment stands) {
    observations.settled(settled);
    stands.doubted().ifPresent(doubt -> countResolved(settled, doubt.since()));
    Payments.logSettled(settled);
  }

  private void countResolved(Payment settled, Instant since) {
    Duration age = Duration.between(since, settled.settled().orElseThrow().at());
    observations.resolved(
        settled.order().gateway(),
        settled.doubted().isPresent() ? Via.INQUIRY : Via.ANSWER,
        age.isNegative() ? Duration.ZERO : age); // Clocks differ.
  }

  private void keepTrying(Payment settled, Throwable failure) {
    log.atWarn()
        .setCause(failure instanceof LedgerUnavailableException ? null : failure)
        .addKeyValue("payment_id", settled.id())
        .log("Payment outcome kept in memory until the ledger is back");
    Repetition.of(pauses, () -> tryOnce(settled), Settlements::isFinal)
        .onFailure(never -> giveUp(settled, never));
  }

  private static boolean isFinal(Throwable failure) {
    return failure instanceof SupersededException || failure instanceof SettlementConflictException;
  }

  /**
   * The money has moved, and the ledger will never say so: people must. Where the identity is
   * another's now, the page stays open, for that one's books decide; else it can be closed, for
   * there is nothing of this payment on it.
   */
  private void giveUp(Payment settled, Throwable why) {
    unwritten.remove(settled.id());
    if (why instanceof SettlementConflictException) {
      settled.settled().ifPresent(how -> pages.end(how.page()));
      observations.failed("ledger", why.getClass().getSimpleName(), Observations.Severity.HIGH);
    }
    log.atError()
        .addKeyValue("payment_id", settled.id())
        .addKeyValue("status", settled.status().word())
        .addKeyValue("gateway", settled.order().gateway())
        .addKeyValue("amount", settled.order().amount().toString())
        .log("Payment outcome cannot be written: {}", why.getMessage());
  }

  /** Succeeds once every known outcome is written; looks now and then. */
  Future<Void> allWritten() {
    Promise<Void> done = Promise.promise();
    awaitAllWritten(done);
    return done.future();
  }

  private void awaitAllWritten(Promise<Void> done) {
    if (unwritten.isEmpty()) {
      done.complete();
      return;
    }
    pauses.pause(Repetition.FIRST_PAUSE).onComplete(passed -> awaitAllWritten(done), done::fail);
  }
}
