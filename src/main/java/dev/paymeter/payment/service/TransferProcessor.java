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
 * What becomes of transfers of one kind once their gateway is asked: their ends and doubts are
 * written, and those in flight are known. Safe from any thread.
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
      SettlementWriter.Account<T> account,
      PaymentMetrics paymentMetrics,
      Scheduler scheduler,
      LedgerSegments ledgerSegments,
      Clock clock,
      LongSupplier nanoTime,
      PaymentStepListener paymentStepListener) {
    this.settlementWriter =
        new SettlementWriter<>(
            account, paymentMetrics, scheduler, ledgerSegments, paymentStepListener);
    this.scheduler = scheduler;
    this.ledgerSegments = ledgerSegments;
    this.clock = clock;
    this.nanoTime = nanoTime;
  }

  /** Does what a shutdown has to wait for. */
  <R> Future<R> inFlight(Supplier<Future<R>> work) {
    inFlight.incrementAndGet();
    return Futures.attempt(work).onComplete(done -> inFlight.decrementAndGet());
  }

  /** Succeeds once nothing is in flight and every known outcome is written. */
  Future<Void> drained() {
    return Futures.until(
        () -> inFlight.get() == 0 && settlementWriter.unwritten().isEmpty(), scheduler);
  }

  /** Outcomes that are known and not written: what would be lost if the process ended now. */
  Collection<T> unwritten() {
    return settlementWriter.unwritten();
  }

  /** When something is accepted: the beginning of its duration. */
  long accepted() {
    return nanoTime.getAsLong();
  }

  /** To the microsecond. */
  Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MICROS);
  }

  /**
   * Writes how a transfer ended that was accepted here.
   *
   * @param accepted what {@link #accepted} said then
   */
  Future<T> end(T pending, GatewayResult answer, long accepted) {
    return write(pending, settlement(answer, since(accepted)));
  }

  /**
   * Writes that nobody knows how a transfer ended.
   *
   * @param why for the log
   */
  Future<T> doubt(T pending, Throwable cause, String why, long accepted) {
    TransferLog.describe(log.atError(), pending)
        .setCause(cause)
        .log("{} outcome unknown: {}", TransferLog.noun(pending), why);
    return settlementWriter.doubt(
        pending, pending.doubt(new Payment.Doubt(since(accepted), now())));
  }

  /** Writes what came out about a transfer that is unknown. */
  Future<T> resolve(T unknown, GatewayResult answer) {
    return write(unknown, settlement(answer, unknown.doubted().orElseThrow().duration()));
  }

  private Future<T> write(T before, Payment.Settlement how) {
    return settlementWriter.write(before.settle(how)).map(written -> written.orElse(before));
  }

  private Payment.Settlement settlement(GatewayResult answer, Duration duration) {
    return new Payment.Settlement(duration, now(), error(answer), ledgerSegments.begin());
  }

  private static @Nullable PaymentException error(GatewayResult answer) {
    if (answer instanceof GatewayResult.Refused refused) {
      return refused.error();
    }
    return answer instanceof GatewayResult.NotAsked notAsked ? notAsked.error() : null;
  }

  private Duration since(long accepted) {
    return Duration.ofNanos(nanoTime.getAsLong() - accepted).truncatedTo(ChronoUnit.MICROS);
  }
}
