package dev.paymeter.audit;

import dev.paymeter.payment.Payment;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.Transfer;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.payment.port.PaymentOutcome;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Outcomes that the identity has counted and the ledger has lost, of payments and refunds whose
 * rows are older than that; also failures of refunds that are successful again. The gateways know
 * them.
 */
final class LostOutcomes {
  /** The number of inquiries at a time. */
  private static final int INQUIRIES = 20;

  private static final Logger log = LoggerFactory.getLogger(LostOutcomes.class);

  private final LedgerRecovery.Ports ports;

  /** Settled payments and refunds, in the segment that is not counted. */
  record Found(List<Payment> payments, List<Refund> refunds) {
    static final Found NOTHING = new Found(List.of(), List.of());
  }

  LostOutcomes(LedgerRecovery.Ports ports) {
    this.ports = ports;
  }

  /**
   * Asks the gateways for the outcomes of those payments and refunds that have none.
   *
   * @param counted ids of payments and refunds that the identity has counted
   * @return fails if a gateway has no evidence
   */
  Future<Found> find(Collection<UUID> counted) {
    return ports
        .generationStore()
        .unsettledPayments(counted)
        .compose(
            payments ->
                settle(
                    payments,
                    Payment::account,
                    ports.paymentGateway()::resolve,
                    (payment, result, outcome) ->
                        Optional.of(PaymentOutcome.of(payment, result, outcome))))
        .compose(
            payments ->
                ports
                    .generationStore()
                    .unsettledRefunds(counted)
                    .compose(
                        refunds ->
                            settle(
                                refunds,
                                refund -> refund.payment().account(),
                                ports.paymentGateway()::resolveRefund,
                                LostOutcomes::settle))
                    .map(refunds -> new Found(payments, refunds)));
  }

  /** Returns the settled transfer for a result; empty if it is settled so already. */
  private interface Settling<T> {
    Optional<T> settle(T unsettled, GatewayResult result, Payment.Settlement outcome);
  }

  private static Optional<Refund> settle(
      Refund refund, GatewayResult result, Payment.Settlement outcome) {
    if (refund.settled().isEmpty()) {
      return Optional.of(refund.settle(outcome));
    }
    return GatewayResult.isFailedRefund(result)
        ? Optional.of(refund.failLater(outcome))
        : Optional.empty();
  }

  /**
   * Leaves out payments that are authorized, or wait for their payer: what was counted is not their
   * outcome.
   */
  private <T extends Transfer<T>> Future<List<T>> settle(
      List<T> unsettled,
      Function<T, @Nullable String> account,
      Function<T, Future<GatewayResult>> inquire,
      Settling<T> settling) {
    List<T> here = unsettled.stream().filter(each -> isHere(each, account.apply(each))).toList();
    return inBatches(
            here,
            each ->
                inquire
                    .apply(each)
                    .map(
                        result ->
                            result instanceof GatewayResult.Authorized
                                    || result instanceof GatewayResult.ActionRequired
                                ? Optional.<T>empty()
                                : settling.settle(each, result, outcome(each, result))))
        .map(found -> found.stream().flatMap(Optional::stream).toList());
  }

  /** Returns whether this process has the account, which is the only one with evidence. */
  private boolean isHere(Transfer<?> transfer, @Nullable String account) {
    boolean isHere =
        account == null
            || ports
                .paymentGateway()
                .account(transfer.order().gateway())
                .equals(Optional.of(account));
    if (!isHere) {
      log.error(
          "{} was counted here, lost its outcome, and will be counted again: gateway {} does not have the account {}",
          transfer.id(),
          transfer.order().gateway(),
          account);
    }
    return isHere;
  }

  /** The duration that was counted is lost, too, unless the outcome was unknown before. */
  private Payment.Settlement outcome(Transfer<?> transfer, GatewayResult result) {
    return new Payment.Settlement(
        transfer.unknownOutcome().map(Payment.UnknownOutcome::duration).orElse(Duration.ZERO),
        ports.clock().instant().truncatedTo(ChronoUnit.MICROS),
        result.error(),
        0);
  }

  /** Commits the outcomes. */
  Future<Void> settle(Found found) {
    return inBatches(found.payments(), ports.payments()::settle)
        .compose(settled -> inBatches(found.refunds(), ports.refunds()::settle))
        .mapEmpty();
  }

  private static <T, R> Future<List<R>> inBatches(List<T> all, Function<T, Future<R>> step) {
    List<R> results = new ArrayList<>();
    Future<List<R>> done = Future.succeededFuture(results);
    for (int from = 0; from < all.size(); from += INQUIRIES) {
      List<T> batch = all.subList(from, Math.min(all.size(), from + INQUIRIES));
      done = done.compose(previous -> atOnce(batch, step)).onSuccess(results::addAll);
    }
    return done.map(last -> results);
  }

  private static <T, R> Future<List<R>> atOnce(List<T> batch, Function<T, Future<R>> step) {
    List<Future<R>> each = batch.stream().map(step).toList();
    Future<?> all = Future.all(each);
    return all.map(done -> each.stream().map(Future::result).toList());
  }
}
