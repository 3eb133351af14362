package dev.paymeter.payment.service;

import dev.paymeter.payment.Access;
import dev.paymeter.payment.FailureCode;
import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.payment.Money;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentStatus;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.RefundOrder;
import dev.paymeter.payment.RequestRejectedException;
import dev.paymeter.payment.RequestRejectedException.FieldError;
import dev.paymeter.payment.port.CleanupStore;
import dev.paymeter.payment.port.Futures;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.payment.port.IdempotencyRecord;
import dev.paymeter.payment.port.PaymentGateway;
import dev.paymeter.payment.port.PaymentStepListener;
import dev.paymeter.payment.port.RefundLedger;
import dev.paymeter.payment.port.RefundLedger.Refundable;
import dev.paymeter.payment.port.SettlementConflictException;
import dev.paymeter.payment.query.PaymentPage;
import io.vertx.core.Future;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Currency;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Creates, resolves and lists refunds. As in {@link PaymentService}, a refund is committed as
 * pending, and its amount reserved, before the gateway is called; its outcome is committed before
 * it is counted, and counted before the response to the client. Safe from any thread.
 */
public final class RefundService extends TransferProcessor<Refund> {
  private static final Logger log = LoggerFactory.getLogger(RefundService.class);

  /** Attempts are repeated only if a concurrent request changed the payment or the key. */
  private static final int MAX_ATTEMPTS = 100;

  private final RefundLedger ledger;
  private final PaymentGateway paymentGateway;

  public RefundService(
      RefundLedger ledger,
      PaymentGateway paymentGateway,
      Context context,
      PaymentStepListener paymentStepListener) {
    super(
        context,
        paymentStepListener,
        paymentGateway::resolveRefund,
        settled -> settle(ledger, settled),
        ledger::markUnknown);
    this.ledger = ledger;
    this.paymentGateway = paymentGateway;
  }

  /**
   * Commits an outcome. If an approval was committed after the gateway was asked, a failure of its
   * refund is a later state: the gateway had approved the refund before.
   */
  private static Future<Refund> settle(RefundLedger ledger, Refund settled) {
    return ledger
        .settle(settled)
        .recover(
            failure ->
                failure instanceof SettlementConflictException && hasFailedAtTheGateway(settled)
                    ? ledger
                        .find(settled.payment().id(), settled.id())
                        .compose(
                            found ->
                                found
                                    .filter(stored -> stored.status() == PaymentStatus.SUCCESS)
                                    .map(stored -> failLater(ledger, stored, settled))
                                    .orElseGet(() -> Future.failedFuture(failure)))
                    : Future.failedFuture(failure));
  }

  private static boolean hasFailedAtTheGateway(Refund settled) {
    return !settled.hasFailedLater()
        && settled.error().filter(error -> error.code() == FailureCode.REFUND_FAILED).isPresent();
  }

  private static Future<Refund> failLater(RefundLedger ledger, Refund stored, Refund failed) {
    return ledger.settle(stored.failLater(failed.settled().orElseThrow()));
  }

  @Override
  void count(Refund settled, Refund stored) {
    context.paymentMetrics().settled(stored);
  }

  @Override
  boolean isEvidence(Refund refund, GatewayResult result) {
    return !(result instanceof GatewayResult.Authorized)
        && !(result instanceof GatewayResult.Canceled);
  }

  @Override
  Refund after(Refund before, GatewayResult result, Duration duration) {
    return before.settle(settlement(result, duration));
  }

  /** Only a refund that the gateway has on record can fail later; others are a contradiction. */
  @Override
  Optional<Refund> later(Refund settled, GatewayResult result) {
    return settled.status() == PaymentStatus.SUCCESS && GatewayResult.isFailedRefund(result)
        ? Optional.of(
            settled.failLater(settlement(result, settled.settled().orElseThrow().duration())))
        : Optional.empty();
  }

  @Override
  Future<Boolean> exists(Refund refund, UUID other) {
    return ledger.find(refund.payment().id(), other).map(Optional::isPresent);
  }

  /**
   * Refunds all or part of a payment, at most once per idempotency key.
   *
   * @return the refund: settled; unknown, if the gateway did not respond; or pending, if the ledger
   *     was unavailable after the gateway was called. Fails with {@link RequestRejectedException}
   *     if the payment does not exist, or not for the client, if its state or remaining amount does
   *     not allow the refund, if this instance does not have the payment's account, if the ledger
   *     is unavailable before the gateway is called, or if the key is in use or belongs to another
   *     request.
   */
  public Future<RefundResult> refund(
      UUID payment, RefundOrder order, Optional<IdempotencyKey> key, Access access) {
    Request request = new Request(payment, order, key, access, startNanos());
    return inFlight(() -> attempt(request, 1));
  }

  /** A request; all attempts use the same values. */
  private record Request(
      UUID payment,
      RefundOrder order,
      Optional<IdempotencyKey> key,
      Access access,
      long accepted) {}

  private Future<RefundResult> attempt(Request request, int number) {
    if (number > MAX_ATTEMPTS) {
      return Future.failedFuture(
          new IllegalStateException("too many concurrent refunds of payment " + request.payment()));
    }
    return findRecord(request)
        .compose(
            existing ->
                existing.isPresent()
                    ? replay(request.key().orElseThrow(), existing.get())
                        .map(refund -> new RefundResult(refund.withoutLaterFailure(), true))
                    : insert(request, number));
  }

  private Future<Optional<IdempotencyRecord<Refund>>> findRecord(Request request) {
    return request.key().isEmpty()
        ? Future.succeededFuture(Optional.empty())
        : Futures.attemptOrReject(() -> ledger.findRecord(request.key().get()));
  }

  private Future<RefundResult> insert(Request request, int number) {
    return refundable(request.payment(), request.access())
        .map(found -> pending(found, request.order()))
        .map(refund -> withGatewayKey(refund, request.key()))
        .compose(
            pending ->
                insert(
                        pending,
                        request.key(),
                        () -> ledger.insert(pending, request.key()),
                        Boolean::booleanValue)
                    .compose(
                        isInserted ->
                            isInserted
                                ? submit(pending, request.accepted())
                                : attempt(request, number + 1)));
  }

  private Future<RefundResult> submit(Refund pending, long accepted) {
    return submit(pending, () -> paymentGateway.refund(pending))
        .compose(
            response -> settle(pending, response, accepted),
            noResponse ->
                markUnknown(pending, noResponse, "no response from the gateway", accepted))
        .map(refund -> new RefundResult(refund, false));
  }

  private Refund pending(Refundable found, RefundOrder order) {
    Payment payment = found.payment();
    if (payment.source() != null) {
      throw RequestRejectedException.wrongState(
          payment.source().publisher() + " processed this payment and must refund it.");
    }
    PaymentStatus status = payment.withoutRefunds().status();
    if (status != PaymentStatus.SUCCESS) {
      throw RequestRejectedException.wrongState(
          "Expected a successful payment, found " + status.label() + ".");
    }
    Money amount = amount(order.amount(), found.remaining());
    checkAccount(payment);
    checkCapabilities(payment, amount);
    return Refund.of(payment, amount, order.reason(), now());
  }

  /** Another account of the same gateway could not refund the payment. */
  private void checkAccount(Payment payment) {
    String gateway = payment.order().gateway();
    if (!paymentGateway.account(gateway).equals(Optional.ofNullable(payment.account()))) {
      TransferLog.identify(log.atWarn(), payment)
          .addKeyValue("gateway", gateway)
          .addKeyValue("account", payment.account())
          .log("Refund rejected: this instance does not have the payment's account");
      throw RequestRejectedException.accountUnavailable(gateway);
    }
  }

  private void checkCapabilities(Payment payment, Money amount) {
    String gateway = payment.order().gateway();
    paymentGateway
        .capabilities(gateway)
        .amountViolation(amount, gateway)
        .ifPresent(
            violation -> {
              throw RequestRejectedException.invalid(List.of(violation));
            });
  }

  private Refund withGatewayKey(Refund refund, Optional<IdempotencyKey> key) {
    return refund.withGatewayKey(context.gatewayKeys().create(refund.id(), key));
  }

  private static Money amount(@Nullable BigDecimal requested, Money remaining) {
    Currency currency = remaining.currency();
    if (requested != null && Money.hasTooManyDecimals(requested, currency)) {
      throw RequestRejectedException.invalid(
          List.of(
              new FieldError(
                  "amount",
                  "at most " + currency.getDefaultFractionDigits() + " decimals for " + currency,
                  requested.toString())));
    }
    Money amount = requested == null ? remaining : Money.of(requested, currency);
    if (amount.amount().signum() == 0 || amount.amount().compareTo(remaining.amount()) > 0) {
      throw RequestRejectedException.refundTooLarge(amount, remaining);
    }
    return amount;
  }

  /**
   * Returns one refund.
   *
   * @return fails with {@link RequestRejectedException} when the payment has no such refund, or
   *     does not exist for the client, or the ledger is unavailable
   */
  public Future<Refund> find(UUID payment, UUID id, Access access) {
    return Futures.attemptOrReject(() -> ledger.find(payment, id))
        .map(found -> found.filter(refund -> access.includes(refund.payment())))
        .map(found -> found.orElseThrow(() -> noSuchRefund(payment, id)));
  }

  private static RequestRejectedException noSuchRefund(UUID payment, UUID id) {
    return RequestRejectedException.notFound("Payment " + payment + " has no refund " + id + ".");
  }

  /**
   * Returns a page of the list of a payment's refunds, as {@link PaymentService#list}.
   *
   * @param after the end of the previous page; null for the first page
   * @return fails with {@link RequestRejectedException} when the payment does not exist, or not for
   *     the client, or the ledger is unavailable
   */
  public Future<PaymentPage<Refund>> list(
      UUID payment, PaymentPage.@Nullable Position after, int limit, Access access) {
    return refundable(payment, access)
        .compose(found -> Futures.attemptOrReject(() -> ledger.list(payment, after, limit + 1)))
        .map(found -> PaymentPage.of(found, limit));
  }

  private Future<Refundable> refundable(UUID payment, Access access) {
    return Futures.attemptOrReject(() -> ledger.findRefundable(payment))
        .map(found -> found.filter(refundable -> access.includes(refundable.payment())))
        .map(found -> found.orElseThrow(() -> RequestRejectedException.noSuchPayment(payment)));
  }

  /** Cancels inserts of rejected refunds that may be committed nevertheless. */
  Future<Void> cancelUnconfirmedInserts(CleanupStore cleanupStore) {
    return unconfirmedInserts.cancel(cleanupStore::cancelRefundInserts);
  }
}
