package dev.paymeter.payments;

import dev.paymeter.payments.Observations.KeyOutcome;
import dev.paymeter.payments.Steps.Step;
import io.vertx.core.Future;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

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
  private final Settlements settlements;
  private final Pauses pauses;
  private final Pages pages;
  private final Clock clock;
  private final LongSupplier nanoTime;
  private final Steps steps;
  private final AtomicInteger inFlight = new AtomicInteger();

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
    this.settlements = new Settlements(ledger, observations, pauses, pages, steps);
    this.pauses = pauses;
    this.pages = pages;
    this.clock = clock;
    this.nanoTime = nanoTime;
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
    long accepted = nanoTime.getAsLong();
    return inFlight(
        () -> {
          Payment pending = pending(order);
          steps.done(Step.ACCEPTED);
          return open(pending, key)
              .compose(
                  kept ->
                      kept.isPresent()
                          ? replay(key.orElseThrow(), kept.get())
                          : charge(pending, accepted).map(payment -> new Paid(payment, false)));
        });
  }

  /**
   * Asks its gateway what became of a payment that is unknown, and writes what it says.
   *
   * @return the payment as it stands then; fails while there is no evidence
   */
  Future<Payment> resolve(Payment unknown) {
    Duration duration = unknown.doubted().orElseThrow().duration();
    return inFlight(
        () ->
            gateway
                .resolve(unknown)
                .onSuccess(answer -> steps.done(Step.RESOLVED))
                .compose(answer -> write(unknown, settlement(answer, duration))));
  }

  private <T> Future<T> inFlight(Supplier<Future<T>> work) {
    inFlight.incrementAndGet();
    return attempt(work).onComplete(done -> inFlight.decrementAndGet());
  }

  /**
   * Looks one payment up.
   *
   * @return fails with {@link RequestRefusedException} when there is none, or the ledger is away
   */
  public Future<Payment> find(UUID id) {
    return attempt(() -> ledger.find(id))
        .map(found -> found.orElseThrow(() -> RequestRefusedException.noSuchPayment(id)))
        .recover(Payments::refuseWithoutLedger);
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
    return attempt(() -> ledger.list(filter, after, limit + 1))
        .map(found -> PaymentPage.of(found, limit))
        .recover(Payments::refuseWithoutLedger);
  }

  /** Succeeds once no payment is in flight and every known outcome is written. */
  public Future<Void> drained() {
    if (inFlight.get() > 0) {
      return pauses.pause(Repetition.FIRST_PAUSE).compose(passed -> drained());
    }
    return settlements.allWritten();
  }

  /** Removes from the ledger what is left there of payments that were refused. */
  Future<Void> withdrawRefused(Leftovers leftovers) {
    return refused.withdraw(leftovers);
  }

  /** Outcomes that are known and not written: what would be lost if the process ended now. */
  public Collection<Payment> unwritten() {
    return settlements.unwritten();
  }

  private Payment pending(PaymentOrder order) {
    Rates.Rate rate = rates.of(order.amount().currency());
    Instant now = now();
    return new Payment(PaymentIds.next(now), order, rate.convert(order.amount()), rate, now, null);
  }

  /** What stands there under the key; nothing where the payment is open now. */
  private Future<Optional<Ledger.Kept>> open(Payment pending, Optional<IdempotencyKey> key) {
    return attempt(
            () ->
                key.isPresent()
                    ? ledger.open(pending, key.get())
                    : ledger.open(pending).map(Optional.<Ledger.Kept>empty()))
        .onSuccess(
            kept -> {
              if (kept.isEmpty()) {
                steps.done(Step.OPENED);
                key.ifPresent(its -> observations.keyed(KeyOutcome.NEW));
                describe(log.atInfo(), pending).log("Payment processing started");
              }
            })
        .onFailure(
            failure -> {
              if (failure instanceof LedgerUnavailableException) {
                refused.add(pending.id(), key);
              }
            })
        .recover(Payments::refuseWithoutLedger);
  }

  private Future<Paid> replay(IdempotencyKey key, Ledger.Kept kept) {
    if (!kept.fingerprint().equals(key.fingerprint())) {
      observations.keyed(KeyOutcome.MISMATCH);
      return Future.failedFuture(RequestRefusedException.keyMismatch());
    }
    if (kept.inFlight() || kept.payment().isEmpty()) {
      observations.keyed(KeyOutcome.IN_FLIGHT);
      return Future.failedFuture(RequestRefusedException.keyInFlight());
    }
    observations.keyed(KeyOutcome.REPLAYED);
    log.atInfo()
        .addKeyValue("payment_id", kept.payment().get().id())
        .log("Payment was carried out before");
    return Future.succeededFuture(new Paid(kept.payment().get(), true));
  }

  private Future<Payment> charge(Payment pending, long accepted) {
    return attempt(() -> ask(pending))
        .onSuccess(answer -> steps.done(Step.ANSWERED))
        .compose(
            answer ->
                answer.mayGoElsewhere() && !pending.order().fallbacks().isEmpty()
                    ? goElsewhere(pending, answer, accepted)
                    : write(pending, settlement(answer, since(accepted))),
            noAnswer -> doubt(pending, accepted, noAnswer, "no answer from the gateway"));
  }

  private Future<Authorization> ask(Payment pending) {
    Future<Authorization> answer = gateway.charge(pending);
    steps.done(Step.ASKED);
    return answer;
  }

  private Future<Payment> doubt(Payment pending, long accepted, Throwable cause, String why) {
    describe(log.atError(), pending).setCause(cause).log("Payment outcome unknown: {}", why);
    return settlements.doubt(pending, pending.doubt(new Payment.Doubt(since(accepted), now())));
  }

  /**
   * Asks the next gateway, once the ledger says that it is that one which is asked: whoever finds
   * the payment after a crash inquires there. Where the ledger does not say so, nobody is asked any
   * more. It may name either gateway then; neither has charged, and each will say so.
   */
  private Future<Payment> goElsewhere(Payment pending, Authorization answer, long accepted) {
    String left = pending.order().gateway();
    Payment next = pending.goElsewhere();
    return attempt(() -> ledger.reroute(next, left))
        .compose(
            rerouted -> {
              if (!rerouted) {
                // Another instance took it for abandoned, and finds out what this one knows.
                return write(pending, settlement(answer, since(accepted)));
              }
              steps.done(Step.REROUTED);
              observations.failedOver(left);
              describe(log.atWarn(), next)
                  .addKeyValue("failed_gateway", left)
                  .log("Payment goes to another gateway");
              return charge(next, accepted);
            },
            ledgerAway ->
                doubt(pending, accepted, ledgerAway, "the ledger did not say which gateway it is"));
  }

  private Future<Payment> write(Payment before, Payment.Settlement how) {
    return settlements.write(before.settle(how)).map(written -> written.orElse(before));
  }

  private Payment.Settlement settlement(Authorization answer, Duration duration) {
    return new Payment.Settlement(duration, now(), error(answer), pages.begin());
  }

  private static @Nullable PaymentException error(Authorization answer) {
    if (answer instanceof Authorization.Refused refused) {
      return refused.error();
    }
    return answer instanceof Authorization.NotAsked notAsked ? notAsked.error() : null;
  }

  private Duration since(long accepted) {
    return Duration.ofNanos(nanoTime.getAsLong() - accepted).truncatedTo(ChronoUnit.MICROS);
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MICROS);
  }

  /** Ports fail through their futures; a defect that throws instead takes the same way. */
  static <T> Future<T> attempt(Supplier<Future<T>> step) {
    return Future.succeededFuture().compose(now -> step.get());
  }

  static <T> Future<T> refuseWithoutLedger(Throwable failure) {
    if (failure instanceof LedgerUnavailableException || failure instanceof SupersededException) {
      log.warn("Refused: {}", failure.getMessage());
      return Future.failedFuture(RequestRefusedException.ledgerUnavailable());
    }
    return Future.failedFuture(failure);
  }

  static void logSettled(Payment payment) {
    payment
        .error()
        .ifPresentOrElse(
            error ->
                describe(log.atInfo(), payment)
                    .addKeyValue("error_type", error.type())
                    .addKeyValue("error", error.reason())
                    .log("Payment failed"),
            () -> describe(log.atInfo(), payment).log("Payment completed successfully"));
  }

  private static LoggingEventBuilder describe(LoggingEventBuilder line, Payment payment) {
    PaymentOrder order = payment.order();
    LoggingEventBuilder described =
        line.addKeyValue("payment_id", payment.id())
            .addKeyValue("amount", order.amount().amount().toPlainString())
            .addKeyValue("currency", order.amount().currency().getCurrencyCode())
            .addKeyValue("user_tier", order.tier())
            .addKeyValue("payment_method", order.method())
            .addKeyValue("gateway", order.gateway());
    return payment
        .settled()
        .map(how -> described.addKeyValue("duration", seconds(how.duration())))
        .orElse(described);
  }

  private static double seconds(Duration duration) {
    return duration.toNanos() / 1e9;
  }
}
