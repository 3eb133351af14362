package dev.paymeter.payment.service;

import dev.paymeter.payment.Severity;
import dev.paymeter.payment.Transfer;
import dev.paymeter.payment.port.Futures;
import dev.paymeter.payment.port.LedgerSegments;
import dev.paymeter.payment.port.LedgerUnavailableException;
import dev.paymeter.payment.port.PaymentMetrics;
import dev.paymeter.payment.port.PaymentStepListener;
import dev.paymeter.payment.port.PaymentStepListener.Step;
import dev.paymeter.payment.port.Scheduler;
import dev.paymeter.payment.port.SettlementConflictException;
import dev.paymeter.payment.port.SupersededException;
import io.vertx.core.Future;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes how payments, or refunds, ended, and counts them. While the ledger is away it keeps the
 * outcomes in memory and tries again with growing pauses: the money has moved, so giving up is no
 * choice. New payments are refused meanwhile, so what is kept is bounded by what was in flight.
 * Safe from any thread.
 */
final class SettlementWriter<T extends Transfer<T>> {
  private static final Logger log = LoggerFactory.getLogger(SettlementWriter.class);

  private final Account<T> account;
  private final PaymentMetrics paymentMetrics;
  private final Scheduler scheduler;
  private final LedgerSegments ledgerSegments;
  private final PaymentStepListener paymentStepListener;
  private final Map<UUID, T> unwritten = new ConcurrentHashMap<>();

  /** What is particular to one kind of transfers. */
  interface Account<T> {
    /** As {@code Ledger.settle}. */
    Future<T> settle(T settled);

    /** As {@code Ledger.doubt}. */
    Future<T> doubt(T unknown);

    /** Counts one whose end is committed, once. */
    void count(T settled, T stands);
  }

  SettlementWriter(
      Account<T> account,
      PaymentMetrics paymentMetrics,
      Scheduler scheduler,
      LedgerSegments ledgerSegments,
      PaymentStepListener paymentStepListener) {
    this.account = account;
    this.paymentMetrics = paymentMetrics;
    this.scheduler = scheduler;
    this.ledgerSegments = ledgerSegments;
    this.paymentStepListener = paymentStepListener;
  }

  /**
   * Commits and counts a settled transfer.
   *
   * @return the transfer as it stands, once it is committed; nothing where it is not yet: it will
   *     be as soon as the ledger is back, unless the ledger never can take it
   */
  Future<Optional<T>> write(T settled) {
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

  /** Those whose outcome is known and not written yet. */
  Collection<T> unwritten() {
    return List.copyOf(unwritten.values());
  }

  /**
   * Commits that nobody knows how a transfer ended.
   *
   * @return the transfer as it stands; as it was where the ledger is away: it will be written when
   *     that is back
   */
  Future<T> doubt(T pending, T unknown) {
    return Futures.attempt(() -> account.doubt(unknown))
        .onSuccess(written -> paymentStepListener.done(Step.DOUBTED))
        .otherwise(
            failure -> {
              // Where it cannot be written now or ever, the end of this process says the same.
              Retry.of(
                  scheduler,
                  () -> Futures.attempt(() -> account.doubt(unknown)),
                  again -> !(again instanceof LedgerUnavailableException));
              return pending;
            });
  }

  private Future<T> tryOnce(T settled) {
    return Futures.attempt(() -> account.settle(settled))
        .onSuccess(
            stands -> {
              paymentStepListener.done(Step.SETTLED);
              if (stands.settled().equals(settled.settled())) {
                account.count(settled, stands);
                paymentStepListener.done(Step.COUNTED);
                TransferLog.settled(log, settled);
              } // Else whoever wrote it counts it.
              settled.settled().ifPresent(how -> ledgerSegments.end(how.page()));
              unwritten.remove(settled.id());
            });
  }

  private void keepTrying(T settled, Throwable failure) {
    TransferLog.name(log.atWarn(), settled)
        .setCause(failure instanceof LedgerUnavailableException ? null : failure)
        .log("{} outcome kept in memory until the ledger is back", TransferLog.noun(settled));
    Retry.of(scheduler, () -> tryOnce(settled), SettlementWriter::isFinal)
        .onFailure(never -> giveUp(settled, never));
  }

  private static boolean isFinal(Throwable failure) {
    return failure instanceof SupersededException || failure instanceof SettlementConflictException;
  }

  /**
   * The money has moved, and the ledger will never say so: people must. Where the identity is
   * another's now, the page stays open, for that one's books decide; else it can be closed, for
   * there is nothing of this transfer on it.
   */
  private void giveUp(T settled, Throwable why) {
    unwritten.remove(settled.id());
    if (why instanceof SettlementConflictException) {
      settled.settled().ifPresent(how -> ledgerSegments.end(how.page()));
      paymentMetrics.failed("ledger", why.getClass().getSimpleName(), Severity.HIGH);
    }
    TransferLog.name(log.atError(), settled)
        .addKeyValue("status", settled.status().label())
        .addKeyValue("gateway", settled.order().gateway())
        .addKeyValue("amount", settled.amount().toString())
        .log("{} outcome cannot be written: {}", TransferLog.noun(settled), why.getMessage());
  }
}
