package dev.paymeter.payment.service;

import dev.paymeter.payment.ExchangeRates;
import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentIds;
import dev.paymeter.payment.PaymentOrder;
import dev.paymeter.payment.RequestRefusedException;
import dev.paymeter.payment.port.CleanupStore;
import dev.paymeter.payment.port.Futures;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.payment.port.IdempotencyRecord;
import dev.paymeter.payment.port.LedgerSegments;
import dev.paymeter.payment.port.LedgerUnavailableException;
import dev.paymeter.payment.port.PaymentGateway;
import dev.paymeter.payment.port.PaymentLedger;
import dev.paymeter.payment.port.PaymentMetrics;
import dev.paymeter.payment.port.PaymentMetrics.KeyOutcome;
import dev.paymeter.payment.port.PaymentMetrics.Via;
import dev.paymeter.payment.port.PaymentStepListener;
import dev.paymeter.payment.port.PaymentStepListener.Step;
import dev.paymeter.payment.port.Scheduler;
import dev.paymeter.payment.query.PaymentFilter;
import dev.paymeter.payment.query.PaymentPage;
import io.vertx.core.Future;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Optional;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The use cases. A payment is committed as pending before the gateway is asked; its final state is
 * committed before it is counted, and counted before the client is answered. Safe from any thread.
 */
public final class PaymentService {
  private static final Logger log = LoggerFactory.getLogger(PaymentService.class);

  private final PaymentLedger paymentLedger;
  private final PaymentMetrics paymentMetrics;
  private final UnconfirmedInserts refused;
  private final PaymentGateway paymentGateway;
  private final ExchangeRates exchangeRates;
  private final TransferProcessor<Payment> transferProcessor;
  private final IdempotentReplay idempotentReplay;
  private final PaymentStepListener paymentStepListener;

  /** What is done with payments in the ledger and the counters. */
  private record Account(PaymentLedger paymentLedger, PaymentMetrics paymentMetrics)
      implements SettlementWriter.Account<Payment> {
    @Override
    public Future<Payment> settle(Payment settled) {
      return paymentLedger.settle(settled);
    }

    @Override
    public Future<Payment> doubt(Payment unknown) {
      return paymentLedger.doubt(unknown);
    }

    @Override
    public void count(Payment settled, Payment stands) {
      paymentMetrics.settled(settled);
      stands.doubted().ifPresent(doubt -> countResolved(settled, doubt.since()));
    }

    private void countResolved(Payment settled, Instant since) {
      Duration age = Duration.between(since, settled.settled().orElseThrow().at());
      paymentMetrics.resolved(
          settled.order().gateway(),
          settled.doubted().isPresent() ? Via.INQUIRY : Via.ANSWER,
          age.isNegative() ? Duration.ZERO : age); // Clocks differ.
    }
  }

  /**
   * @param nanoTime a monotonic clock in nanoseconds, for durations
   */
  public PaymentService(
      PaymentLedger paymentLedger,
      PaymentGateway paymentGateway,
      ExchangeRates exchangeRates,
      PaymentMetrics paymentMetrics,
      Scheduler scheduler,
      LedgerSegments ledgerSegments,
      Clock clock,
      LongSupplier nanoTime) {
    this(
        paymentLedger,
        paymentGateway,
        exchangeRates,
        paymentMetrics,
        scheduler,
        ledgerSegments,
        clock,
        nanoTime,
        PaymentStepListener.UNWATCHED);
  }

  /** The same, watched. */
  public PaymentService(
      PaymentLedger paymentLedger,
      PaymentGateway paymentGateway,
      ExchangeRates exchangeRates,
      PaymentMetrics paymentMetrics,
      Scheduler scheduler,
      LedgerSegments ledgerSegments,
      Clock clock,
      LongSupplier nanoTime,
      PaymentStepListener paymentStepListener) {
    this.paymentLedger = paymentLedger;
    this.paymentMetrics = paymentMetrics;
    this.refused = new UnconfirmedInserts(clock);
    this.paymentGateway = paymentGateway;
    this.exchangeRates = exchangeRates;
    this.transferProcessor =
        new TransferProcessor<>(
            new Account(paymentLedger, paymentMetrics),
            paymentMetrics,
            scheduler,
            ledgerSegments,
            clock,
            nanoTime,
            paymentStepListener);
    this.idempotentReplay = new IdempotentReplay(paymentMetrics);
    this.paymentStepListener = paymentStepListener;
  }

  /**
   * Carries out one payment; under an idempotency key only if that was not done before.
   *
   * @return the payment: settled; unknown, where the gateway gave no answer; or still pending,
   *     where the ledger went away after the gateway was asked. Fails with {@link
   *     RequestRefusedException} when the ledger is away, or closed to this process, before the
   *     gateway is asked, and when the key is in use or another request's.
   */
  public Future<PaymentResult> pay(PaymentOrder order, Optional<IdempotencyKey> key) {
    long accepted = transferProcessor.accepted();
    return transferProcessor.inFlight(
        () -> {
          Payment pending = pending(order);
          paymentStepListener.done(Step.ACCEPTED);
          return open(pending, key)
              .compose(
                  kept ->
                      kept.isPresent()
                          ? idempotentReplay
                              .answer(key.orElseThrow(), kept.get())
                              .map(payment -> new PaymentResult(payment.beforeRefunds(), true))
                          : charge(pending, accepted)
                              .map(payment -> new PaymentResult(payment, false)));
        });
  }

  /**
   * Asks its gateway what became of a payment that is unknown, and writes what it says.
   *
   * @return the payment as it stands then; fails while there is no evidence
   */
  Future<Payment> resolve(Payment unknown) {
    return transferProcessor.inFlight(
        () ->
            paymentGateway
                .resolve(unknown)
                .onSuccess(answer -> paymentStepListener.done(Step.RESOLVED))
                .compose(answer -> transferProcessor.resolve(unknown, answer)));
  }

  /**
   * Looks one payment up.
   *
   * @return fails with {@link RequestRefusedException} when there is none, or the ledger is away
   */
  public Future<Payment> find(UUID id) {
    return Futures.attempt(() -> paymentLedger.find(id))
        .map(found -> found.orElseThrow(() -> RequestRefusedException.noSuchPayment(id)))
        .recover(Futures::rejectWithoutLedger);
  }

  /**
   * A part of a list. Who goes on from part to part sees each payment that was there at the first
   * one once, whatever is added meanwhile and by whose clock: places never change.
   *
   * @param after where the part before ended; null for the first
   * @return fails with {@link RequestRefusedException} when the ledger is away
   */
  public Future<PaymentPage> list(
      PaymentFilter filter, PaymentPage.@Nullable Position after, int limit) {
    return Futures.attempt(() -> paymentLedger.list(filter, after, limit + 1))
        .map(found -> PaymentPage.of(found, limit))
        .recover(Futures::rejectWithoutLedger);
  }

  /** Succeeds once no payment is in flight and every known outcome is written. */
  public Future<Void> drained() {
    return transferProcessor.drained();
  }

  /** Removes from the ledger what is left there of payments that were refused. */
  Future<Void> withdrawRefused(CleanupStore cleanupStore) {
    return refused.withdraw(cleanupStore::withdraw);
  }

  /** Outcomes that are known and not written: what would be lost if the process ended now. */
  public Collection<Payment> unwritten() {
    return transferProcessor.unwritten();
  }

  private Payment pending(PaymentOrder order) {
    ExchangeRates.Rate rate = exchangeRates.of(order.amount().currency());
    Instant now = transferProcessor.now();
    return new Payment(PaymentIds.next(now), order, rate.convert(order.amount()), rate, now, null);
  }

  /** What stands there under the key; nothing where the payment is open now. */
  private Future<Optional<IdempotencyRecord<Payment>>> open(
      Payment pending, Optional<IdempotencyKey> key) {
    return Futures.attempt(
            () ->
                key.isPresent()
                    ? paymentLedger.open(pending, key.get())
                    : paymentLedger.open(pending).map(Optional.<IdempotencyRecord<Payment>>empty()))
        .onSuccess(
            kept -> {
              if (kept.isEmpty()) {
                paymentStepListener.done(Step.OPENED);
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

  private Future<Payment> charge(Payment pending, long accepted) {
    return Futures.attempt(() -> ask(pending))
        .onSuccess(answer -> paymentStepListener.done(Step.ANSWERED))
        .compose(
            answer ->
                answer.mayGoElsewhere() && !pending.order().fallbacks().isEmpty()
                    ? goElsewhere(pending, answer, accepted)
                    : transferProcessor.end(pending, answer, accepted),
            noAnswer ->
                transferProcessor.doubt(pending, noAnswer, "no answer from the gateway", accepted));
  }

  private Future<GatewayResult> ask(Payment pending) {
    Future<GatewayResult> answer = paymentGateway.charge(pending);
    paymentStepListener.done(Step.ASKED);
    return answer;
  }

  /**
   * Asks the next gateway, once the ledger says that it is that one which is asked: whoever finds
   * the payment after a crash inquires there. Where the ledger does not say so, nobody is asked any
   * more. It may name either gateway then; neither has charged, and each will say so.
   */
  private Future<Payment> goElsewhere(Payment pending, GatewayResult answer, long accepted) {
    String left = pending.order().gateway();
    Payment next = pending.goElsewhere();
    return Futures.attempt(() -> paymentLedger.reroute(next, left))
        .compose(
            rerouted -> {
              if (!rerouted) {
                // Another instance took it for abandoned, and finds out what this one knows.
                return transferProcessor.end(pending, answer, accepted);
              }
              paymentStepListener.done(Step.REROUTED);
              paymentMetrics.failedOver(left);
              TransferLog.describe(log.atWarn(), next)
                  .addKeyValue("failed_gateway", left)
                  .log("Payment goes to another gateway");
              return charge(next, accepted);
            },
            ledgerAway ->
                transferProcessor.doubt(
                    pending, ledgerAway, "the ledger did not say which gateway it is", accepted));
  }
}
