package dev.paymeter.payment.service;

import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentException;
import dev.paymeter.payment.Transfer;
import dev.paymeter.payment.port.Futures;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.payment.port.LedgerSegments;
import dev.paymeter.payment.port.PaymentMetrics;
import dev.paymeter.payment.port.PaymentStepListener;
import dev.paymeter.payment.port.Scheduler;
import io.vertx.core.Future;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The processing of transfers of one kind after the gateway was called: it stores outcomes and
 * unknown outcomes, and counts the transfers in flight. Safe from any thread.
 */
final class TransferProcessor<T extends Transfer<T>> {
  private static final Logger log = LoggerFactory.getLogger(TransferProcessor.class);

  private final SettlementWriter<T> settlementWriter;
  private final Scheduler scheduler;
  private final LedgerSegments ledgerSegments;
  private final Clock clock;
  private final LongSupplier nanoTime;
  private final AtomicInteger inFlight = new AtomicInteger();

  /**
   * @param nanoTime a monotonic clock in nanoseconds, for durations
   */
  TransferProcessor(
      SettlementWriter.TransferStore<T> transferStore,
      PaymentMetrics paymentMetrics,
      Scheduler scheduler,
      LedgerSegments ledgerSegments,
      Clock clock,
      LongSupplier nanoTime,
      PaymentStepListener paymentStepListener) {
    this.settlementWriter =
        new SettlementWriter<>(
            transferStore, paymentMetrics, scheduler, ledgerSegments, paymentStepListener);
    this.scheduler = scheduler;
    this.ledgerSegments = ledgerSegments;
    this.clock = clock;
    this.nanoTime = nanoTime;
  }

  /** Runs work that a shutdown waits for. */
  <R> Future<R> inFlight(Supplier<Future<R>> work) {
    inFlight.incrementAndGet();
    return Futures.attempt(work).onComplete(done -> inFlight.decrementAndGet());
  }

  /** Succeeds when nothing is in flight and every known outcome is committed. */
  Future<Void> drained() {
    return Futures.until(
        () -> inFlight.get() == 0 && settlementWriter.unwritten().isEmpty(), scheduler);
  }

  /** Returns transfers with a known outcome that is not committed; the outcomes exist only here. */
  Collection<T> unwritten() {
    return settlementWriter.unwritten();
  }

  /** Returns the monotonic time at which a transfer is accepted, from which its duration counts. */
  long startNanos() {
    return nanoTime.getAsLong();
  }

  /** Returns the current time, to the microsecond. */
  Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MICROS);
  }

  /**
   * Commits the outcome of a transfer that this process accepted.
   *
   * @param accepted the result of {@link #startNanos}
   */
  Future<T> settle(T pending, GatewayResult response, long accepted) {
    return write(pending, settlement(response, elapsedSince(accepted)));
  }

  /**
   * Commits an unknown outcome.
   *
   * @param reason the reason, for the log
   */
  Future<T> markUnknown(T pending, Throwable cause, String reason, long accepted) {
    TransferLog.describe(log.atError(), pending)
        .setCause(cause)
        .log("{} outcome unknown: {}", TransferLog.noun(pending), reason);
    return settlementWriter.markUnknown(
        pending, pending.markUnknown(new Payment.UnknownOutcome(elapsedSince(accepted), now())));
  }

  /** Commits the outcome of an unknown transfer. */
  Future<T> resolve(T unknown, GatewayResult response) {
    return write(unknown, settlement(response, unknown.unknownOutcome().orElseThrow().duration()));
  }

  private Future<T> write(T before, Payment.Settlement outcome) {
    return settlementWriter.write(before.settle(outcome)).map(written -> written.orElse(before));
  }

  private Payment.Settlement settlement(GatewayResult response, Duration duration) {
    return new Payment.Settlement(duration, now(), error(response), ledgerSegments.begin());
  }

  private static @Nullable PaymentException error(GatewayResult response) {
    if (response instanceof GatewayResult.Rejected rejected) {
      return rejected.error();
    }
    return response instanceof GatewayResult.NotSubmitted notSubmitted
        ? notSubmitted.error()
        : null;
  }

  private Duration elapsedSince(long accepted) {
    return Duration.ofNanos(nanoTime.getAsLong() - accepted).truncatedTo(ChronoUnit.MICROS);
  }
}
