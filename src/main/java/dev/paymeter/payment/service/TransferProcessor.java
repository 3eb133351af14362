package dev.paymeter.payment.service;

import dev.paymeter.payment.FailureCode;
import dev.paymeter.payment.GatewayKeyFactory;
import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentException;
import dev.paymeter.payment.RequestRejectedException;
import dev.paymeter.payment.Transfer;
import dev.paymeter.payment.port.Futures;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.payment.port.GatewayTimeoutException;
import dev.paymeter.payment.port.IdempotencyRecord;
import dev.paymeter.payment.port.LedgerUnavailableException;
import dev.paymeter.payment.port.PaymentMetrics;
import dev.paymeter.payment.port.PaymentMetrics.KeyOutcome;
import dev.paymeter.payment.port.PaymentStepListener;
import dev.paymeter.payment.port.PaymentStepListener.Step;
import dev.paymeter.payment.port.Scheduler;
import io.vertx.core.Future;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The steps that payments and refunds have in common: inserts, replays, outcomes and unknown
 * outcomes, and the count of the transfers in flight. Safe from any thread.
 */
public abstract sealed class TransferProcessor<T extends Transfer<T>>
    permits PaymentService, RefundService {
  private static final GatewayResult KEY_USED_BEFORE =
      GatewayResult.rejected(
          FailureCode.IDEMPOTENCY_KEY_REUSED, "The idempotency key was used before");

  final Context context;
  final UnconfirmedInserts unconfirmedInserts;

  private final Logger log = LoggerFactory.getLogger(getClass());
  private final PaymentStepListener paymentStepListener;
  private final Function<T, Future<GatewayResult>> inquire;
  private final SettlementWriter<T> settlementWriter;
  private final AtomicInteger inFlight = new AtomicInteger();

  /** The environment of the services. */
  public record Context(
      PaymentMetrics paymentMetrics,
      Scheduler scheduler,
      SettlementCounter settlementCounter,
      Clock clock,
      LongSupplier nanoTime,
      GatewayKeyFactory gatewayKeys) {}

  /**
   * @param inquire inquires about an unknown outcome at the gateway
   * @param settle commits an outcome, as {@code PaymentLedger.settle}
   * @param markUnknown commits an unknown outcome, as {@code PaymentLedger.markUnknown}
   */
  TransferProcessor(
      Context context,
      PaymentStepListener paymentStepListener,
      Function<T, Future<GatewayResult>> inquire,
      Function<T, Future<T>> settle,
      Function<T, Future<T>> markUnknown) {
    this.context = context;
    this.paymentStepListener = paymentStepListener;
    this.inquire = inquire;
    this.unconfirmedInserts = new UnconfirmedInserts(context.clock());
    this.settlementWriter =
        new SettlementWriter<>(context, paymentStepListener, settle, markUnknown, this::count);
  }

  /** Counts a committed outcome, once. */
  abstract void count(T settled, T stored);

  /** Reports a step to the listener. */
  final void done(Step step) {
    paymentStepListener.done(step);
  }

  /** Runs work that a shutdown waits for. */
  final <R> Future<R> inFlight(Supplier<Future<R>> work) {
    inFlight.incrementAndGet();
    return Futures.attempt(work).onComplete(done -> inFlight.decrementAndGet());
  }

  /** Succeeds when nothing is in flight and every known outcome is committed. */
  public final Future<Void> drained() {
    return Futures.until(
        () -> inFlight.get() == 0 && settlementWriter.unwritten().isEmpty(), context.scheduler());
  }

  /** Returns transfers with a known outcome that is not committed; the outcomes exist only here. */
  public final Collection<T> unwritten() {
    return settlementWriter.unwritten();
  }

  /** Waits for the outcomes of a transfer that are being committed; false if one is not. */
  final Future<Boolean> outcomesCommitted(UUID transfer) {
    return settlementWriter.firstAttempts(transfer);
  }

  /** Returns the monotonic time at which a transfer is accepted, from which its duration counts. */
  final long startNanos() {
    return context.nanoTime().getAsLong();
  }

  /** Returns true if the ledger has another payment, or another refund of the same payment. */
  abstract Future<Boolean> exists(T transfer, UUID other);

  /**
   * Submits a committed transfer to its gateway.
   *
   * @param call sends the request
   * @return the response, which is evidence of the outcome; fails if there is none
   */
  final Future<GatewayResult> submit(T pending, Supplier<Future<GatewayResult>> call) {
    return Futures.attempt(
            () -> {
              Future<GatewayResult> response = call.get();
              done(Step.SUBMITTED);
              return response;
            })
        .onSuccess(response -> done(Step.RESPONDED))
        .compose(response -> evidence(pending, response));
  }

  /**
   * Returns a gateway's response as evidence about a transfer. A response that the gateway has for
   * another transfer with the same key is evidence if the ledger has lost that one. Otherwise the
   * client has used its key again after the idempotency record had expired.
   */
  final Future<GatewayResult> evidence(T transfer, GatewayResult response) {
    Future<GatewayResult> own =
        response instanceof GatewayResult.Earlier earlier
            ? Futures.attempt(() -> exists(transfer, earlier.id()))
                .map(exists -> exists ? KEY_USED_BEFORE : takeOver(transfer, earlier))
            : Future.succeededFuture(response);
    return own.compose(
        result ->
            isEvidence(transfer, result)
                ? Future.succeededFuture(result)
                : Future.failedFuture("the response is no evidence of the outcome"));
  }

  /** Returns whether a result determines the state of a transfer. */
  abstract boolean isEvidence(T transfer, GatewayResult result);

  /**
   * Returns a transfer in the state that a result determines.
   *
   * @param duration from accepting it to the response
   */
  abstract T after(T before, GatewayResult result, Duration duration);

  /** Reports a committed state; by default, nothing is left to do. */
  void written(T before, T stored) {}

  private GatewayResult takeOver(T transfer, GatewayResult.Earlier earlier) {
    TransferLog.identify(log.atWarn(), transfer)
        .addKeyValue("gateway", transfer.order().gateway())
        .addKeyValue("earlier_id", earlier.id())
        .log("{} gets the result of one that the ledger has lost", TransferLog.noun(transfer));
    return earlier.result();
  }

  /** Returns the current time, to the microsecond. */
  final Instant now() {
    return context.clock().instant().truncatedTo(ChronoUnit.MICROS);
  }

  /** Inserts a pending transfer. If the insert may be committed nevertheless, it is canceled. */
  final <R> Future<R> insert(
      T pending,
      Optional<IdempotencyKey> key,
      Supplier<Future<R>> insert,
      Predicate<R> isInserted) {
    return Futures.attempt(insert)
        .onSuccess(
            result -> {
              if (isInserted.test(result)) {
                done(Step.INSERTED);
                key.ifPresent(used -> context.paymentMetrics().keyUsed(KeyOutcome.NEW));
                TransferLog.started(log, pending);
              }
            })
        .onFailure(
            failure -> {
              if (failure instanceof LedgerUnavailableException) {
                unconfirmedInserts.add(pending.id(), key);
              }
            })
        .recover(Futures::rejectWithoutLedger);
  }

  /**
   * Returns the transfer of an existing idempotency record.
   *
   * @return fails with {@link RequestRejectedException} when the first request is in progress, or
   *     differs from this one
   */
  final Future<T> replay(IdempotencyKey key, IdempotencyRecord<T> existing) {
    PaymentMetrics paymentMetrics = context.paymentMetrics();
    if (!existing.fingerprint().equals(key.fingerprint())) {
      paymentMetrics.keyUsed(KeyOutcome.MISMATCH);
      return Future.failedFuture(RequestRejectedException.keyMismatch());
    }
    if (existing.inFlight() || existing.transfer().isEmpty()) {
      paymentMetrics.keyUsed(KeyOutcome.IN_FLIGHT);
      return Future.failedFuture(RequestRejectedException.keyInFlight());
    }
    paymentMetrics.keyUsed(KeyOutcome.REPLAYED);
    T transfer = existing.transfer().get();
    TransferLog.identify(log.atInfo(), transfer)
        .log("{} replayed from its idempotency record", TransferLog.noun(transfer));
    return Future.succeededFuture(transfer);
  }

  /**
   * Commits the outcome of a transfer that this process accepted.
   *
   * @param accepted the result of {@link #startNanos}
   */
  final Future<T> settle(T pending, GatewayResult response, long accepted) {
    return write(pending, response, elapsedSince(accepted));
  }

  /**
   * Commits an unknown outcome; a late response settles the transfer.
   *
   * @param reason the reason, for the log
   */
  final Future<T> markUnknown(T pending, Throwable cause, String reason, long accepted) {
    TransferLog.describe(log.atWarn(), pending)
        .setCause(cause)
        .log("{} outcome unknown: {}", TransferLog.noun(pending), reason);
    Payment.UnknownOutcome outcome = new Payment.UnknownOutcome(elapsedSince(accepted), now());
    return settlementWriter
        .markUnknown(pending, pending.markUnknown(outcome))
        .onComplete(marked -> settleLate(pending, cause, outcome.duration()));
  }

  /**
   * Commits the outcome that a response reports after the timeout, if it ever arrives. Meanwhile,
   * an inquiry may have settled the transfer; another outcome than its own is a conflict.
   *
   * @param duration until the timeout: the client did not wait any longer
   */
  private void settleLate(T before, Throwable cause, Duration duration) {
    if (cause instanceof GatewayTimeoutException timeout) {
      timeout
          .lateResponse()
          .compose(response -> evidence(before, response))
          .onSuccess(
              response -> {
                TransferLog.identify(log.atWarn(), before)
                    .addKeyValue("gateway", before.order().gateway())
                    .log("{} got its response after the timeout", TransferLog.noun(before));
                write(before, response, duration);
              });
    }
  }

  /** Returns the duration of an unresolved transfer, which its outcome will not change. */
  Duration duration(T unresolved) {
    return unresolved.unknownOutcome().orElseThrow().duration();
  }

  /**
   * Inquires about an unresolved transfer at its gateway, and commits the outcome.
   *
   * @return the resulting transfer; fails while there is no evidence
   */
  final Future<T> resolve(T unknown) {
    Duration duration = duration(unknown);
    return inFlight(
        () ->
            inquire
                .apply(unknown)
                .onSuccess(response -> done(Step.RESOLVED))
                .onFailure(noEvidence -> settleLate(unknown, noEvidence, duration))
                .compose(response -> evidence(unknown, response))
                .compose(response -> write(unknown, response, duration)));
  }

  /**
   * Commits the outcome of an unknown transfer that operators have decided. Evidence that is
   * committed before takes precedence.
   *
   * @return the resulting transfer; the unknown one if the outcome is not committed
   */
  final Future<T> settleManually(T unknown, @Nullable PaymentException error, UUID settlement) {
    Duration duration = unknown.unknownOutcome().orElseThrow().duration();
    return inFlight(
        () ->
            write(
                unknown,
                unknown.settle(
                    new Payment.Settlement(
                        duration, now(), error, context.settlementCounter().begin(), settlement))));
  }

  /**
   * Inquires about a settled transfer at its gateway, and commits a later state. Evidence that
   * contradicts its outcome otherwise is reported, and the outcome does not change.
   *
   * @return fails if there is no evidence, or the later state is not committed yet
   */
  final Future<Void> verify(T settled) {
    return inFlight(
        () ->
            inquire
                .apply(settled)
                .compose(response -> evidence(settled, response))
                .compose(response -> verified(settled, response)));
  }

  private Future<Void> verified(T settled, GatewayResult response) {
    Optional<T> later = later(settled, response);
    if (later.isPresent()) {
      done(Step.FAILURE_FOUND);
      return write(settled, later.get())
          .compose(
              stored ->
                  stored.equals(settled)
                      ? Future.failedFuture("the later state is not committed yet")
                      : Future.succeededFuture());
    }
    if (response instanceof GatewayResult.Approved != settled.status().isPaid()) {
      settlementWriter.reportContradiction(settled, response);
    }
    return Future.succeededFuture();
  }

  /** Returns a settled transfer in a later state that a result determines; empty if it has none. */
  Optional<T> later(T settled, GatewayResult result) {
    return Optional.empty();
  }

  private Future<T> write(T before, GatewayResult response, Duration duration) {
    T after = after(before, response, duration);
    return after == before ? Future.succeededFuture(before) : write(before, after);
  }

  private Future<T> write(T before, T after) {
    return settlementWriter
        .write(after)
        .map(written -> written.orElse(before))
        .onSuccess(stored -> written(before, stored));
  }

  /** Returns the settlement of an outcome, in the open segment. */
  final Payment.Settlement settlement(GatewayResult response, Duration duration) {
    return new Payment.Settlement(
        duration, now(), response.error(), context.settlementCounter().begin());
  }

  private Duration elapsedSince(long accepted) {
    return Duration.ofNanos(startNanos() - accepted).truncatedTo(ChronoUnit.MICROS);
  }
}
