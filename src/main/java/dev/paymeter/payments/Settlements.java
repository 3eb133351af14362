package dev.paymeter.payments;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Collection;
import java.util.List;
import java.util.Map;
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
  private final Map<UUID, Payment> unwritten = new ConcurrentHashMap<>();

  Settlements(Ledger ledger, Observations observations, Pauses pauses, Pages pages) {
    this.ledger = ledger;
    this.observations = observations;
    this.pauses = pauses;
    this.pages = pages;
  }

  /**
   * Commits and counts a settled payment.
   *
   * @return whether it is committed now; if not, it will be as soon as the ledger is back
   */
  Future<Boolean> write(Payment settled) {
    unwritten.put(settled.id(), settled);
    return tryOnce(settled)
        .map(true)
        .otherwise(
            failure -> {
              log.atWarn()
                  .setCause(failure instanceof LedgerUnavailableException ? null : failure)
                  .addKeyValue("payment_id", settled.id())
                  .log("Payment outcome kept in memory until the ledger is back");
              keepTrying(settled, failure);
              return false;
            });
  }

  /** The payments whose outcome is known and not written yet. */
  Collection<Payment> unwritten() {
    return List.copyOf(unwritten.values());
  }

  private Future<Void> tryOnce(Payment settled) {
    return Payments.attempt(() -> ledger.settle(settled))
        .onSuccess(
            committed -> {
              observations.settled(settled);
              settled.settled().ifPresent(how -> pages.end(how.page()));
              unwritten.remove(settled.id());
              Payments.logSettled(settled);
            });
  }

  private void keepTrying(Payment settled, Throwable failure) {
    if (failure instanceof SupersededException) {
      giveUp(settled, failure);
    } else {
      Repetition.of(pauses, () -> tryOnce(settled), SupersededException.class::isInstance)
          .onFailure(superseded -> giveUp(settled, superseded));
    }
  }

  /** The identity is another's now; the payment stays pending, and its page stays open. */
  private void giveUp(Payment settled, Throwable why) {
    unwritten.remove(settled.id());
    log.atError()
        .addKeyValue("payment_id", settled.id())
        .addKeyValue("status", settled.status().word())
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
