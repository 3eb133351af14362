package dev.paymeter.payment.service;

import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.payment.Money;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentStatus;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.RefundOrder;
import dev.paymeter.payment.RequestRefusedException;
import dev.paymeter.payment.RequestRefusedException.Fault;
import dev.paymeter.payment.port.CleanupStore;
import dev.paymeter.payment.port.Futures;
import dev.paymeter.payment.port.IdempotencyRecord;
import dev.paymeter.payment.port.LedgerSegments;
import dev.paymeter.payment.port.LedgerUnavailableException;
import dev.paymeter.payment.port.PaymentGateway;
import dev.paymeter.payment.port.PaymentMetrics;
import dev.paymeter.payment.port.PaymentMetrics.KeyOutcome;
import dev.paymeter.payment.port.PaymentStepListener;
import dev.paymeter.payment.port.RefundLedger;
import dev.paymeter.payment.port.RefundLedger.Refundable;
import dev.paymeter.payment.port.Scheduler;
import dev.paymeter.payment.query.PaymentPage;
import dev.paymeter.payment.query.RefundPage;
import io.vertx.core.Future;
import java.math.BigDecimal;
import java.time.Clock;
import java.util.Collection;
import java.util.Currency;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The use cases of refunds, beside {@link PaymentService}, and like those: a refund is committed as
 * pending, its amount set aside, before the gateway is asked; its outcome is committed before it is
 * counted, and counted before the client is answered. Safe from any thread.
 */
public final class RefundService {
  private static final Logger log = LoggerFactory.getLogger(RefundService.class);

  /** Each further one means that another request changed the payment, or the key, in between. */
  private static final int MOST_ATTEMPTS = 100;

  private final RefundLedger ledger;
  private final PaymentGateway paymentGateway;
  private final PaymentMetrics paymentMetrics;
  private final UnconfirmedInserts refused;
  private final TransferProcessor<Refund> transferProcessor;
  private final IdempotentReplay idempotentReplay;

  /** What is done with refunds in the ledger and the counters. */
  private record Account(RefundLedger ledger, PaymentMetrics paymentMetrics)
      implements SettlementWriter.Account<Refund> {
    @Override
    public Future<Refund> settle(Refund settled) {
      return ledger.settle(settled);
    }

    @Override
    public Future<Refund> doubt(Refund unknown) {
      return ledger.doubt(unknown);
    }

    @Override
    public void count(Refund settled, Refund stands) {
      paymentMetrics.settled(settled);
    }
  }

  /**
   * @param nanoTime a monotonic clock in nanoseconds, for durations
   */
  public RefundService(
      RefundLedger ledger,
      PaymentGateway paymentGateway,
      PaymentMetrics paymentMetrics,
      Scheduler scheduler,
      LedgerSegments ledgerSegments,
      Clock clock,
      LongSupplier nanoTime) {
    this.ledger = ledger;
    this.paymentGateway = paymentGateway;
    this.paymentMetrics = paymentMetrics;
    this.refused = new UnconfirmedInserts(clock);
    this.transferProcessor =
        new TransferProcessor<>(
            new Account(ledger, paymentMetrics),
            paymentMetrics,
            scheduler,
            ledgerSegments,
            clock,
            nanoTime,
            PaymentStepListener.UNWATCHED);
    this.idempotentReplay = new IdempotentReplay(paymentMetrics);
  }

  /**
   * Gives back all or a part of a payment; under an idempotency key only if that was not done
   * before.
   *
   * @return the refund: settled; unknown, where the gateway gave no answer; or still pending, where
   *     the ledger went away after the gateway was asked. Fails with {@link
   *     RequestRefusedException} when there is no such payment, it cannot be refunded or not so
   *     much of it, the ledger is away before the gateway is asked, and when the key is in use or
   *     another request's.
   */
  public Future<RefundResult> refund(
      UUID payment, RefundOrder order, Optional<IdempotencyKey> key) {
    Request request = new Request(payment, order, key, transferProcessor.accepted());
    return transferProcessor.inFlight(() -> attempt(request, 1));
  }

  /** One request, however often it is tried. */
  private record Request(
      UUID payment, RefundOrder order, Optional<IdempotencyKey> key, long accepted) {}

  private Future<RefundResult> attempt(Request request, int number) {
    if (number > MOST_ATTEMPTS) {
      return Future.failedFuture(
          new IllegalStateException("refunds of " + request.payment() + " find no end"));
    }
    return kept(request)
        .compose(
            kept ->
                kept.isPresent()
                    ? idempotentReplay
                        .answer(request.key().orElseThrow(), kept.get())
                        .map(refund -> new RefundResult(refund, true))
                    : open(request, number));
  }

  private Future<Optional<IdempotencyRecord<Refund>>> kept(Request request) {
    return request.key().isEmpty()
        ? Future.succeededFuture(Optional.empty())
        : Futures.attempt(() -> ledger.kept(request.key().get()))
            .recover(Futures::rejectWithoutLedger);
  }

  private Future<RefundResult> open(Request request, int number) {
    return refundable(request.payment())
        .map(found -> pending(found, request.order()))
        .compose(
            pending ->
                open(pending, request.key())
                    .compose(
                        isOpen ->
                            isOpen
                                ? ask(pending, request.accepted())
                                : attempt(request, number + 1)));
  }

  private Future<Boolean> open(Refund pending, Optional<IdempotencyKey> key) {
    return Futures.attempt(() -> ledger.open(pending, key))
        .onSuccess(
            isOpen -> {
              if (isOpen) {
                key.ifPresent(its -> paymentMetrics.keyed(KeyOutcome.NEW));
                TransferLog.started(log, pending);
              }
            })
        .onFailure(
            failure -> {
              if (failure instanceof LedgerUnavailableException) {
                refused.add(pending.id(), key);
              }
            })
        .recover(Futures::rejectWithoutLedger);
  }

  private Future<RefundResult> ask(Refund pending, long accepted) {
    return Futures.attempt(() -> paymentGateway.refund(pending))
        .compose(
            answer -> transferProcessor.end(pending, answer, accepted),
            noAnswer ->
                transferProcessor.doubt(pending, noAnswer, "no answer from the gateway", accepted))
        .map(refund -> new RefundResult(refund, false));
  }

  private Refund pending(Refundable found, RefundOrder order) {
    Payment payment = found.payment();
    payment
        .toldBy()
        .ifPresent(
            who -> {
              throw RequestRefusedException.wrongState(
                  "The payment was carried out by " + who.publisher() + ": it is refunded there.");
            });
    PaymentStatus status = payment.beforeRefunds().status();
    if (status != PaymentStatus.SUCCESS) {
      throw RequestRefusedException.wrongState(
          "Wanted a payment that has succeeded, found one that is " + status.label() + ".");
    }
    return Refund.of(
        payment, amount(order.amount(), found.left()), order.reason(), transferProcessor.now());
  }

  private static Money amount(@Nullable BigDecimal asked, Money left) {
    Currency currency = left.currency();
    if (asked != null && Money.isFinerThan(asked, currency)) {
      throw RequestRefusedException.invalid(
          List.of(
              new Fault(
                  "amount",
                  "at most "
                      + currency.getDefaultFractionDigits()
                      + " decimals, as "
                      + currency
                      + " has",
                  asked.toString())));
    }
    Money amount = asked == null ? left : Money.of(asked, currency);
    if (amount.amount().signum() == 0 || amount.amount().compareTo(left.amount()) > 0) {
      throw RequestRefusedException.refundTooLarge(amount, left);
    }
    return amount;
  }

  /**
   * Asks its gateway what became of a refund that is unknown, and writes what it says.
   *
   * @return the refund as it stands then; fails while there is no evidence
   */
  Future<Refund> resolve(Refund unknown) {
    return transferProcessor.inFlight(
        () ->
            paymentGateway
                .resolveRefund(unknown)
                .compose(answer -> transferProcessor.resolve(unknown, answer)));
  }

  /**
   * Looks one refund up.
   *
   * @return fails with {@link RequestRefusedException} when that payment has no such refund, or the
   *     ledger is away
   */
  public Future<Refund> find(UUID payment, UUID id) {
    return Futures.attempt(() -> ledger.find(payment, id))
        .map(
            found ->
                found.orElseThrow(
                    () ->
                        RequestRefusedException.notFound(
                            "There is no refund " + id + " of a payment " + payment + ".")))
        .recover(Futures::rejectWithoutLedger);
  }

  /**
   * A part of the list of a payment's refunds, as {@link PaymentService#list}.
   *
   * @param after where the part before ended; null for the first
   * @return fails with {@link RequestRefusedException} when there is no such payment, or the ledger
   *     is away
   */
  public Future<RefundPage> list(UUID payment, PaymentPage.@Nullable Position after, int limit) {
    return refundable(payment)
        .compose(found -> ledger.list(payment, after, limit + 1))
        .map(found -> RefundPage.of(found, limit))
        .recover(Futures::rejectWithoutLedger);
  }

  private Future<Refundable> refundable(UUID payment) {
    return Futures.attempt(() -> ledger.refundable(payment))
        .map(found -> found.orElseThrow(() -> RequestRefusedException.noSuchPayment(payment)))
        .recover(Futures::rejectWithoutLedger);
  }

  /** Succeeds once no refund is in flight and every known outcome is written. */
  public Future<Void> drained() {
    return transferProcessor.drained();
  }

  /** Outcomes that are known and not written: what would be lost if the process ended now. */
  public Collection<Refund> unwritten() {
    return transferProcessor.unwritten();
  }

  /** Removes from the ledger what is left there of refunds that were refused. */
  Future<Void> withdrawRefused(CleanupStore cleanupStore) {
    return refused.withdraw(cleanupStore::withdrawRefunds);
  }
}
