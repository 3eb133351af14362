package dev.paymeter.payment.service;

import dev.paymeter.payment.Payment;
import dev.paymeter.payment.Severity;
import dev.paymeter.payment.Transfer;
import dev.paymeter.payment.port.Futures;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.payment.port.LedgerUnavailableException;
import dev.paymeter.payment.port.PaymentStepListener;
import dev.paymeter.payment.port.PaymentStepListener.Step;
import dev.paymeter.payment.port.SettlementConflictException;
import dev.paymeter.payment.port.SupersededException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commits outcomes of payments or refunds, and counts them. While the ledger is unavailable, it
 * keeps the outcomes in memory and retries with exponential backoff, because the money has moved.
 * New payments are rejected meanwhile, so that memory is bounded by the transfers that were in
 * flight. Safe from any thread.
 */
final class SettlementWriter<T extends Transfer<T>> {
  private static final Logger log = LoggerFactory.getLogger(SettlementWriter.class);

  private final TransferProcessor.Context context;
  private final PaymentStepListener paymentStepListener;
  private final Function<T, Future<T>> settle;
  private final Function<T, Future<T>> markUnknown;
  private final BiConsumer<T, T> count;

  /**
   * The outcomes that are not committed yet, with the first attempt to commit each. A late response
   * and an inquiry may settle the same transfer at the same time.
   */
  private final Map<T, Future<Optional<T>>> unwritten = new ConcurrentHashMap<>();

  /**
   * @param count counts a settled transfer, once; the second argument is the stored transfer
   */
  SettlementWriter(
      TransferProcessor.Context context,
      PaymentStepListener paymentStepListener,
      Function<T, Future<T>> settle,
      Function<T, Future<T>> markUnknown,
      BiConsumer<T, T> count) {
    this.context = context;
    this.paymentStepListener = paymentStepListener;
    this.settle = settle;
    this.markUnknown = markUnknown;
    this.count = count;
  }

  /**
   * Commits and counts a settled transfer.
   *
   * @return the stored transfer; empty if it is not committed yet. Then it is retried until the
   *     ledger is available, or rejects it permanently
   */
  Future<Optional<T>> write(T settled) {
    Promise<Optional<T>> first = Promise.promise();
    unwritten.put(settled, first.future());
    return tryOnce(settled)
        .map(Optional::of)
        .otherwise(
            failure -> {
              if (isFinal(failure)) {
                abandon(settled, failure);
              } else {
                retry(settled, failure);
              }
              return Optional.empty();
            })
        .onComplete(first);
  }

  /** Returns transfers with a known outcome that is not committed yet. */
  Collection<T> unwritten() {
    return List.copyOf(unwritten.keySet());
  }

  /**
   * Waits for the first attempt to commit each known outcome of a transfer.
   *
   * @return false if the ledger does not have all of them
   */
  Future<Boolean> firstAttempts(UUID transfer) {
    Future<Boolean> all = Future.succeededFuture(true);
    for (Map.Entry<T, Future<Optional<T>>> each : unwritten.entrySet()) {
      if (each.getKey().id().equals(transfer)) {
        all = all.compose(before -> each.getValue().map(stored -> before && stored.isPresent()));
      }
    }
    return all;
  }

  /**
   * Commits an unknown outcome. If the ledger is unavailable, the commit is retried.
   *
   * @return the stored transfer; {@code pending} if the commit failed
   */
  Future<T> markUnknown(T pending, T unknown) {
    return Futures.attempt(() -> markUnknown.apply(unknown))
        .onSuccess(written -> paymentStepListener.done(Step.MARKED_UNKNOWN))
        .otherwise(
            failure -> {
              // Without the commit, the transfer counts as unknown when this process ends.
              Retry.of(
                      context.scheduler(),
                      () -> Futures.attempt(() -> markUnknown.apply(unknown)),
                      again -> !(again instanceof LedgerUnavailableException))
                  .onFailure(rejected -> abandonUnknown(unknown, rejected));
              return pending;
            });
  }

  /**
   * Reports an unknown outcome that the ledger rejects. The transfer stays pending, or has no row:
   * no inquiry follows while this process runs.
   */
  private void abandonUnknown(T unknown, Throwable failure) {
    context.paymentMetrics().outcomeAbandoned(unknown.order().gateway());
    TransferLog.identify(log.atError(), unknown)
        .addKeyValue("gateway", unknown.order().gateway())
        .addKeyValue("amount", unknown.amount().toString())
        .setCause(failure)
        .log("{} unknown outcome was rejected by the ledger", TransferLog.noun(unknown));
  }

  private Future<T> tryOnce(T settled) {
    return Futures.attempt(() -> settle.apply(settled))
        .compose(stored -> count(settled, stored).map(stored))
        .onSuccess(stored -> unwritten.remove(settled));
  }

  private Future<Void> count(T settled, T stored) {
    boolean isLaterFailure = stored.hasFailedLater();
    paymentStepListener.done(isLaterFailure ? Step.FAILURE_STORED : Step.SETTLED);
    if (stored.status() != settled.status() || !stored.settled().equals(settled.settled())) {
      end(settled); // The process that stored the outcome counts it.
      return Future.succeededFuture();
    }
    if (settled.settled().isEmpty()) {
      counted(settled, stored); // An authorization, which has no segment.
      return Future.succeededFuture();
    }
    return context
        .settlementCounter()
        .count(
            settled.settled().get().segment(),
            List.of(settled.receipt()),
            segment -> counted(settled.inSegment(segment), stored));
  }

  private void counted(T settled, T stored) {
    count.accept(settled, stored);
    paymentStepListener.done(stored.hasFailedLater() ? Step.FAILURE_COUNTED : Step.COUNTED);
    TransferLog.settled(log, settled);
  }

  private void end(T settled) {
    settled.settled().ifPresent(outcome -> context.settlementCounter().end(outcome.segment()));
  }

  private void retry(T settled, Throwable failure) {
    TransferLog.identify(log.atWarn(), settled)
        .setCause(failure instanceof LedgerUnavailableException ? null : failure)
        .log("{} outcome kept in memory until the ledger is available", TransferLog.noun(settled));
    Retry.of(context.scheduler(), () -> tryOnce(settled), SettlementWriter::isFinal)
        .onFailure(failed -> abandon(settled, failed));
  }

  private static boolean isFinal(Throwable failure) {
    return failure instanceof SupersededException || failure instanceof SettlementConflictException;
  }

  /**
   * Reports an outcome that can never be committed: operators must correct the ledger or the
   * gateway. After another process took over the identity, the segment stays open, because that
   * process audits it. Otherwise it can be closed, because it has no row of this transfer.
   */
  private void abandon(T settled, Throwable failure) {
    unwritten.remove(settled);
    if (failure instanceof SettlementConflictException) {
      end(settled);
      if (settled.settled().filter(Payment.Settlement::isManual).isPresent()) {
        // The gateway's evidence was faster: no contradiction of two gateways' statements.
        TransferLog.identify(log.atInfo(), settled)
            .log(
                "{} was not settled manually: {}", TransferLog.noun(settled), failure.getMessage());
        return;
      }
      countConflict(settled);
    }
    TransferLog.identify(log.atError(), settled)
        .addKeyValue("status", settled.status().label())
        .addKeyValue("gateway", settled.order().gateway())
        .addKeyValue("amount", settled.amount().toString())
        .log("{} outcome cannot be written: {}", TransferLog.noun(settled), failure.getMessage());
  }

  /** Reports evidence that contradicts an outcome in the ledger, as a conflict. */
  void reportContradiction(T settled, GatewayResult response) {
    countConflict(settled);
    TransferLog.identify(log.atError(), settled)
        .addKeyValue("status", settled.status().label())
        .addKeyValue("gateway", settled.order().gateway())
        .addKeyValue("amount", settled.amount().toString())
        .log(
            "{} outcome contradicts that of its gateway: {}",
            TransferLog.noun(settled),
            response instanceof GatewayResult.Approved
                ? "the money has moved"
                : "no money has moved");
  }

  private void countConflict(T settled) {
    context.paymentMetrics().settlementConflict(settled.order().gateway());
    context
        .paymentMetrics()
        .failed("ledger", SettlementConflictException.class.getSimpleName(), Severity.HIGH);
  }
}
