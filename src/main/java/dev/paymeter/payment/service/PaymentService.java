package dev.paymeter.payment.service;

import dev.paymeter.payment.Access;
import dev.paymeter.payment.Authorization;
import dev.paymeter.payment.ExchangeRates;
import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.payment.PayerAction;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentIds;
import dev.paymeter.payment.PaymentOrder;
import dev.paymeter.payment.PaymentStatus;
import dev.paymeter.payment.RequestRejectedException;
import dev.paymeter.payment.port.CleanupStore;
import dev.paymeter.payment.port.Futures;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.payment.port.IdempotencyRecord;
import dev.paymeter.payment.port.PaymentGateway;
import dev.paymeter.payment.port.PaymentLedger;
import dev.paymeter.payment.port.PaymentMetrics.Via;
import dev.paymeter.payment.port.PaymentOutcome;
import dev.paymeter.payment.port.PaymentStepListener;
import dev.paymeter.payment.port.PaymentStepListener.Step;
import dev.paymeter.payment.query.PaymentFilter;
import dev.paymeter.payment.query.PaymentPage;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Creates, resolves and lists payments. A payment is committed as pending before the gateway is
 * called; its outcome is committed before it is counted, and counted before the response to the
 * client. Safe from any thread.
 */
public final class PaymentService extends TransferProcessor<Payment> {
  private static final Logger log = LoggerFactory.getLogger(PaymentService.class);

  /** Long enough to find a phone, and short enough for a shop that reserves its stock. */
  public static final Duration DEFAULT_AUTHENTICATION_TIMEOUT = Duration.ofMinutes(15);

  private final PaymentLedger paymentLedger;
  private final PaymentGateway paymentGateway;
  private final ExchangeRates exchangeRates;
  private final Duration authenticationTimeout;

  /** Captures and voids that may be committed although their requests were rejected. */
  final UnconfirmedInserts unconfirmedSteps;

  /** Creates a service with the default time-out of authentications. */
  public PaymentService(
      PaymentLedger paymentLedger,
      PaymentGateway paymentGateway,
      ExchangeRates exchangeRates,
      Context context,
      PaymentStepListener paymentStepListener) {
    this(
        paymentLedger,
        paymentGateway,
        exchangeRates,
        DEFAULT_AUTHENTICATION_TIMEOUT,
        context,
        paymentStepListener);
  }

  /**
   * @param authenticationTimeout time from accepting an order, in which the payer has to act
   */
  public PaymentService(
      PaymentLedger paymentLedger,
      PaymentGateway paymentGateway,
      ExchangeRates exchangeRates,
      Duration authenticationTimeout,
      Context context,
      PaymentStepListener paymentStepListener) {
    super(
        context,
        paymentStepListener,
        payment -> AuthorizationService.resolve(paymentGateway, payment),
        paymentLedger::settle,
        paymentLedger::markUnknown);
    this.paymentLedger = paymentLedger;
    this.paymentGateway = paymentGateway;
    this.exchangeRates = exchangeRates;
    this.authenticationTimeout = authenticationTimeout;
    this.unconfirmedSteps = new UnconfirmedInserts(context.clock());
  }

  @Override
  boolean isEvidence(Payment payment, GatewayResult result) {
    return PaymentOutcome.isEvidence(payment, result);
  }

  @Override
  Payment after(Payment before, GatewayResult result, Duration duration) {
    if (result instanceof GatewayResult.ActionRequired required) {
      return before.status() == PaymentStatus.REQUIRES_ACTION
          ? before
          : PaymentOutcome.requiresAction(
              before, required, duration, before.createdAt().plus(authenticationTimeout));
    }
    if (before.status() == PaymentStatus.AUTHORIZED && result instanceof GatewayResult.Authorized) {
      return before; // Still.
    }
    return PaymentOutcome.isAuthorized(before, result)
        ? PaymentOutcome.authorized(before, result, duration)
        : PaymentOutcome.of(before, result, settlement(result, duration));
  }

  @Override
  void count(Payment settled, Payment stored) {
    if (!settled.status().isSettled()) {
      return; // Counted when it is captured, or has failed.
    }
    if (settled.status() == PaymentStatus.VOIDED) {
      context.paymentMetrics().voided(settled);
    } else {
      context.paymentMetrics().settled(settled);
    }
    stored.unknownOutcome().ifPresent(unknown -> countResolved(settled, unknown.since()));
  }

  /**
   * The row of a payment that is authorized, or requires an action, does not have the time since
   * which it was unknown.
   */
  @Override
  void written(Payment before, Payment stored) {
    if (stored.status() == PaymentStatus.AUTHORIZED
        || stored.status() == PaymentStatus.REQUIRES_ACTION) {
      before
          .unknownOutcome()
          .ifPresent(unknown -> countResolved(stored, unknown.since(), now(), Via.INQUIRY));
    }
  }

  @Override
  Duration duration(Payment unresolved) {
    return unresolved
        .payerAction()
        .map(PayerAction::duration)
        .or(() -> unresolved.authorized().map(Authorization::duration))
        .orElseGet(() -> super.duration(unresolved));
  }

  private void countResolved(Payment settled, Instant since) {
    Payment.Settlement settlement = settled.settled().orElseThrow();
    Via via = settled.unknownOutcome().isPresent() ? Via.INQUIRY : Via.ANSWER;
    countResolved(settled, since, settlement.at(), settlement.isManual() ? Via.OPERATOR : via);
  }

  private void countResolved(Payment payment, Instant since, Instant until, Via via) {
    Duration age = Duration.between(since, until);
    context
        .paymentMetrics()
        .resolved(
            payment.order().gateway(),
            via,
            age.isNegative() ? Duration.ZERO : age); // Clocks differ.
  }

  @Override
  Future<Boolean> exists(Payment payment, UUID other) {
    return paymentLedger.find(other).map(Optional::isPresent);
  }

  /**
   * Carries out one payment, at most once per idempotency key.
   *
   * @return the payment: settled, authorized, or requiring an action; unknown, if the gateway did
   *     not respond; or pending, if the ledger was unavailable after the gateway was called. Fails
   *     with {@link RequestRejectedException} if the ledger is unavailable, or does not accept
   *     writes of this process, before the gateway is called, or if the key is in use or belongs to
   *     another request.
   */
  public Future<PaymentResult> pay(
      PaymentOrder order, Optional<IdempotencyKey> key, Access access) {
    long accepted = startNanos();
    return inFlight(
            () -> {
              Payment pending = pending(order, key).withMerchant(access.merchant());
              done(Step.ACCEPTED);
              return insert(pending, key)
                  .compose(
                      existing ->
                          existing.isPresent()
                              ? replay(key.orElseThrow(), existing.get())
                                  .map(payment -> new PaymentResult(payment.withoutRefunds(), true))
                              : charge(pending, accepted)
                                  .map(payment -> new PaymentResult(payment, false)));
            })
        .onFailure(this::countIfUnavailable);
  }

  private void countIfUnavailable(Throwable failure) {
    if (!(failure instanceof RequestRejectedException rejected)
        || rejected.reason() == RequestRejectedException.Reason.LEDGER_UNAVAILABLE) {
      context.paymentMetrics().unavailable();
    }
  }

  /**
   * Returns one payment.
   *
   * @return fails with {@link RequestRejectedException} when the payment does not exist, or not for
   *     the client, or the ledger is unavailable
   */
  public Future<Payment> find(UUID id, Access access) {
    return Futures.attemptOrReject(() -> paymentLedger.find(id))
        .map(found -> found.filter(access::includes))
        .map(found -> found.orElseThrow(() -> RequestRejectedException.noSuchPayment(id)));
  }

  /**
   * Returns a page of a list. A client that reads page by page gets each payment that existed at
   * the first page exactly once, whatever is added meanwhile, because positions never change.
   *
   * @param after the end of the previous page; null for the first page
   * @return fails with {@link RequestRejectedException} when the ledger is unavailable
   */
  public Future<PaymentPage<Payment>> list(
      PaymentFilter filter, PaymentPage.@Nullable Position after, int limit) {
    return Futures.attemptOrReject(() -> paymentLedger.list(filter, after, limit + 1))
        .map(found -> PaymentPage.of(found, limit));
  }

  /** Cancels inserts of rejected payments that may be committed nevertheless. */
  Future<Void> cancelUnconfirmedInserts(CleanupStore cleanupStore) {
    return unconfirmedInserts
        .cancel(cleanupStore::cancelInserts)
        .compose(canceled -> unconfirmedSteps.cancel(cleanupStore::cancelSteps));
  }

  private Payment pending(PaymentOrder order, Optional<IdempotencyKey> key) {
    ExchangeRates.Rate rate = exchangeRates.of(order.amount().currency());
    Instant now = now();
    UUID id = PaymentIds.next(now);
    return withAccount(
        new Payment(id, order, rate.convert(order.amount()), rate, now, null, null, null)
            .withGatewayKey(context.gatewayKeys().create(id, key)));
  }

  /** Returns the payment with the account of its gateway, in which it will be charged. */
  private Payment withAccount(Payment payment) {
    return payment.withAccount(paymentGateway.account(payment.order().gateway()).orElse(null));
  }

  /** Inserts a pending payment; returns the existing idempotency record if there is one. */
  private Future<Optional<IdempotencyRecord<Payment>>> insert(
      Payment pending, Optional<IdempotencyKey> key) {
    return insert(
        pending,
        key,
        () ->
            key.isPresent()
                ? paymentLedger.insert(pending, key.get())
                : paymentLedger.insert(pending).map(inserted -> Optional.empty()),
        Optional::isEmpty);
  }

  private Future<Payment> charge(Payment pending, long accepted) {
    return submit(pending, () -> paymentGateway.charge(pending))
        .compose(
            response ->
                response.canFailOver() && !pending.order().fallbacks().isEmpty()
                    ? failOver(pending, response, accepted)
                    : settle(pending, response, accepted),
            noResponse ->
                markUnknown(pending, noResponse, "no response from the gateway", accepted));
  }

  /**
   * Submits the payment to the next gateway, after that gateway is committed to the ledger:
   * inquiries after a crash must go there. If the commit is uncertain, no gateway is called. The
   * ledger may then name either gateway; neither has charged, and an inquiry at either one will
   * show that.
   */
  private Future<Payment> failOver(Payment pending, GatewayResult response, long accepted) {
    String failed = pending.order().gateway();
    Payment next = withAccount(pending.failOver());
    return Futures.attempt(() -> paymentLedger.reroute(next, failed))
        .compose(
            rerouted -> {
              if (!rerouted) {
                // Another instance took it over, and will inquire at the gateway that is stored.
                return settle(pending, response, accepted);
              }
              done(Step.REROUTED);
              context.paymentMetrics().failedOver(failed);
              TransferLog.describe(log.atWarn(), next)
                  .addKeyValue("failed_gateway", failed)
                  .log("Payment failed over to another gateway");
              return charge(next, accepted);
            },
            ledgerUnavailable ->
                markUnknown(
                    pending,
                    ledgerUnavailable,
                    "uncertain which gateway the ledger names",
                    accepted));
  }
}
