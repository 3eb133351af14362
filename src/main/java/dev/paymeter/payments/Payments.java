package dev.paymeter.payments;

import io.vertx.core.Future;
import java.time.Clock;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
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
  private final Gateway gateway;
  private final Rates rates;
  private final Settlements settlements;
  private final Pauses pauses;
  private final Pages pages;
  private final Clock clock;
  private final LongSupplier nanoTime;
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
    this.ledger = ledger;
    this.gateway = gateway;
    this.rates = rates;
    this.settlements = new Settlements(ledger, observations, pauses, pages);
    this.pauses = pauses;
    this.pages = pages;
    this.clock = clock;
    this.nanoTime = nanoTime;
  }

  /**
   * Carries out one payment.
   *
   * @return the payment: settled; or still pending, where the ledger went away after the gateway
   *     was asked or the gateway gave no answer. Fails with {@link RequestRefusedException} when
   *     the ledger is away, or closed to this process, before the gateway is asked.
   */
  public Future<Payment> pay(PaymentOrder order) {
    long accepted = nanoTime.getAsLong();
    inFlight.incrementAndGet();
    return attempt(() -> open(order))
        .compose(pending -> charge(pending, accepted))
        .onComplete(done -> inFlight.decrementAndGet());
  }

  /**
   * Looks one payment up.
   *
   * @return fails with {@link RequestRefusedException} when there is none, or the ledger is away
   */
  public Future<Payment> find(UUID id) {
    return attempt(() -> ledger.find(id))
        .map(
            found ->
                found.orElseThrow(
                    () -> RequestRefusedException.notFound("There is no payment " + id + ".")))
        .recover(Payments::refuseWithoutLedger);
  }

  /** Succeeds once no payment is in flight and every known outcome is written. */
  public Future<Void> drained() {
    if (inFlight.get() > 0) {
      return pauses.pause(Repetition.FIRST_PAUSE).compose(passed -> drained());
    }
    return settlements.allWritten();
  }

  /** Outcomes that are known and not written: what would be lost if the process ended now. */
  public Collection<Payment> unwritten() {
    return settlements.unwritten();
  }

  private Future<Payment> open(PaymentOrder order) {
    Rates.Rate rate = rates.of(order.amount().currency());
    var now = clock.instant().truncatedTo(ChronoUnit.MICROS);
    Payment pending =
        new Payment(PaymentIds.next(now), order, rate.convert(order.amount()), rate, now, null);
    describe(log.atInfo(), pending).log("Payment processing started");
    return ledger.open(pending).map(pending).recover(Payments::refuseWithoutLedger);
  }

  private Future<Payment> charge(Payment pending, long accepted) {
    return attempt(() -> gateway.charge(pending))
        .map(answer -> pending.settle(settlement(answer, accepted)))
        .compose(
            settled -> settlements.write(settled).map(written -> written ? settled : pending),
            noAnswer -> {
              describe(log.atError(), pending)
                  .setCause(noAnswer)
                  .log("Payment outcome unknown: no answer from the gateway");
              return Future.succeededFuture(pending);
            });
  }

  private Payment.Settlement settlement(Authorization answer, long accepted) {
    Duration took =
        Duration.ofNanos(nanoTime.getAsLong() - accepted).truncatedTo(ChronoUnit.MICROS);
    return new Payment.Settlement(
        took, clock.instant().truncatedTo(ChronoUnit.MICROS), error(answer), pages.begin());
  }

  private static @Nullable PaymentException error(Authorization answer) {
    if (answer instanceof Authorization.Refused refused) {
      return refused.error();
    }
    return answer instanceof Authorization.NotAsked notAsked ? notAsked.error() : null;
  }

  /** Ports fail through their futures; a defect that throws instead takes the same way. */
  static <T> Future<T> attempt(Supplier<Future<T>> step) {
    return Future.succeededFuture().compose(now -> step.get());
  }

  private static <T> Future<T> refuseWithoutLedger(Throwable failure) {
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
