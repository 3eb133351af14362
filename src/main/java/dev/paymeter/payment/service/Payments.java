package dev.paymeter.payment.service;

import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentIds;
import dev.paymeter.payment.PaymentOrder;
import dev.paymeter.payment.Rates;
import dev.paymeter.payment.RequestRefusedException;
import dev.paymeter.payment.port.Authorization;
import dev.paymeter.payment.port.Futures;
import dev.paymeter.payment.port.Gateway;
import dev.paymeter.payment.port.Kept;
import dev.paymeter.payment.port.Ledger;
import dev.paymeter.payment.port.LedgerUnavailableException;
import dev.paymeter.payment.port.Leftovers;
import dev.paymeter.payment.port.Observations;
import dev.paymeter.payment.port.Observations.KeyOutcome;
import dev.paymeter.payment.port.Observations.Via;
import dev.paymeter.payment.port.Pages;
import dev.paymeter.payment.port.Pauses;
import dev.paymeter.payment.port.Steps;
import dev.paymeter.payment.port.Steps.Step;
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
public final class Payments {
  private static final Logger log = LoggerFactory.getLogger(Payments.class);

  private final Ledger ledger;
  private final Observations observations;
  private final RefusedOpenings refused;
  private final Gateway gateway;
  private final Rates rates;
  private final Transfers<Payment> transfers;
  private final Replays replays;
  private final Steps steps;

  /** What is done with payments in the ledger and the counters. */
  private record Account(Ledger ledger, Observations observations)
      implements Settlements.Account<Payment> {
    @Override
    public Future<Payment> settle(Payment settled) {
      return ledger.settle(settled);
    }

    @Override
    public Future<Payment> doubt(Payment unknown) {
      return ledger.doubt(unknown);
    }

    @Override
    public void count(Payment settled, Payment stands) {
      observations.settled(settled);
      stands.doubted().ifPresent(doubt -> countResolved(settled, doubt.since()));
    }

    private void countResolved(Payment settled, Instant since) {
      Duration age = Duration.between(since, settled.settled().orElseThrow().at());
      observations.resolved(
          settled.order().gateway(),
          settled.doubted().isPresent() ? Via.INQUIRY : Via.ANSWER,
          age.isNegative() ? Duration.ZERO : age); // Clocks differ.
    }
  }

  /**
   * @param nanoTime a monotonic clock in nanoseconds, for durations
   */
  public Payments(
      Ledger ledger,
      Gateway gateway,
      Rates rates,
      Observations observations,
      Pauses pauses,
      Pages pages,
      Clock clock,
      LongSupplier nanoTime) {
    this(ledger, gateway, rates, observations, pauses, pages, clock, nanoTime, Steps.UNWATCHED);
  }

  /** The same, watched. */
  public Payments(
      Ledger ledger,
      Gateway gateway,
      Rates rates,
      Observations observations,
      Pauses pauses,
      Pages pages,
      Clock clock,
      LongSupplier nanoTime,
      Steps steps) {
    this.ledger = ledger;
    this.observations = observations;
    this.refused = new RefusedOpenings(clock);
    this.gateway = gateway;
    this.rates = rates;
    this.transfers =
        new Transfers<>(
            new Account(ledger, observations), observations, pauses, pages, clock, nanoTime, steps);
    this.replays = new Replays(observations);
    this.steps = steps;
  }

  /**
   * Carries out one payment; under an idempotency key only if that was not done before.
   *
   * @return the payment: settled; unknown, where the gateway gave no answer; or still pending,
   *     where the ledger went away after the gateway was asked. Fails with {@link
   *     RequestRefusedException} when the ledger is away, or closed to this process, before the
   *     gateway is asked, and when the key is in use or another request's.
   */
  public Future<Paid> pay(PaymentOrder order, Optional<IdempotencyKey> key) {
    long accepted = transfers.accepted();
    return transfers.inFlight(
        () -> {
          Payment pending = pending(order);
          steps.done(Step.ACCEPTED);
          return open(pending, key)
              .compose(
                  kept ->
                      kept.isPresent()
                          ? replays
                              .answer(key.orElseThrow(), kept.get())
                              .map(payment -> new Paid(payment.beforeRefunds(), true))
                          : charge(pending, accepted).map(payment -> new Paid(payment, false)));
        });
  }

  /**
   * Asks its gateway what became of a payment that is unknown, and writes what it says.
   *
   * @return the payment as it stands then; fails while there is no evidence
   */
  Future<Payment> resolve(Payment unknown) {
    return transfers.inFlight(
        () ->
            gateway
                .resolve(unknown)
                .onSuccess(answer -> steps.done(Step.RESOLVED))
                .compose(answer -> transfers.resolve(unknown, answer)));
  }

  /**
   * Looks one payment up.
   *
   * @return fails with {@link RequestRefusedException} when there is none, or the ledger is away
   */
  public Future<Payment> find(UUID id) {
    return Futures.attempt(() -> ledger.find(id))
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
    return Futures.attempt(() -> ledger.list(filter, after, limit + 1))
        .map(found -> PaymentPage.of(found, limit))
        .recover(Futures::rejectWithoutLedger);
  }

  /** Succeeds once no payment is in flight and every known outcome is written. */
  public Future<Void> drained() {
    return transfers.drained();
  }

  /** Removes from the ledger what is left there of payments that were refused. */
  Future<Void> withdrawRefused(Leftovers leftovers) {
    return refused.withdraw(leftovers::withdraw);
  }

  /** Outcomes that are known and not written: what would be lost if the process ended now. */
  public Collection<Payment> unwritten() {
    return transfers.unwritten();
  }

  private Payment pending(PaymentOrder order) {
    Rates.Rate rate = rates.of(order.amount().currency());
    Instant now = transfers.now();
    return new Payment(PaymentIds.next(now), order, rate.convert(order.amount()), rate, now, null);
  }

  /** What stands there under the key; nothing where the payment is open now. */
  private Future<Optional<Kept<Payment>>> open(Payment pending, Optional<IdempotencyKey> key) {
    return Futures.attempt(
            () ->
                key.isPresent()
                    ? ledger.open(pending, key.get())
                    : ledger.open(pending).map(Optional.<Kept<Payment>>empty()))
        .onSuccess(
            kept -> {
              if (kept.isEmpty()) {
                steps.done(Step.OPENED);
                key.ifPresent(its -> observations.keyed(KeyOutcome.NEW));
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
        .onSuccess(answer -> steps.done(Step.ANSWERED))
        .compose(
            answer ->
                answer.mayGoElsewhere() && !pending.order().fallbacks().isEmpty()
                    ? goElsewhere(pending, answer, accepted)
                    : transfers.end(pending, answer, accepted),
            noAnswer -> transfers.doubt(pending, noAnswer, "no answer from the gateway", accepted));
  }

  private Future<Authorization> ask(Payment pending) {
    Future<Authorization> answer = gateway.charge(pending);
    steps.done(Step.ASKED);
    return answer;
  }

  /**
   * Asks the next gateway, once the ledger says that it is that one which is asked: whoever finds
   * the payment after a crash inquires there. Where the ledger does not say so, nobody is asked any
   * more. It may name either gateway then; neither has charged, and each will say so.
   */
  private Future<Payment> goElsewhere(Payment pending, Authorization answer, long accepted) {
    String left = pending.order().gateway();
    Payment next = pending.goElsewhere();
    return Futures.attempt(() -> ledger.reroute(next, left))
        .compose(
            rerouted -> {
              if (!rerouted) {
                // Another instance took it for abandoned, and finds out what this one knows.
                return transfers.end(pending, answer, accepted);
              }
              steps.done(Step.REROUTED);
              observations.failedOver(left);
              TransferLog.describe(log.atWarn(), next)
                  .addKeyValue("failed_gateway", left)
                  .log("Payment goes to another gateway");
              return charge(next, accepted);
            },
            ledgerAway ->
                transfers.doubt(
                    pending, ledgerAway, "the ledger did not say which gateway it is", accepted));
  }
}
