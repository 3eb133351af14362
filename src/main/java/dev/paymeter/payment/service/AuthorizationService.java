package dev.paymeter.payment.service;

import dev.paymeter.payment.Access;
import dev.paymeter.payment.Authorization;
import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.payment.Money;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentIds;
import dev.paymeter.payment.PaymentStatus;
import dev.paymeter.payment.RequestRejectedException;
import dev.paymeter.payment.VoidReason;
import dev.paymeter.payment.port.Futures;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.payment.port.IdempotencyRecord;
import dev.paymeter.payment.port.LedgerUnavailableException;
import dev.paymeter.payment.port.PaymentGateway;
import dev.paymeter.payment.port.PaymentLedger;
import dev.paymeter.payment.port.PaymentMetrics.KeyOutcome;
import dev.paymeter.payment.port.PaymentStepListener.Step;
import io.vertx.core.Future;
import java.math.BigDecimal;
import java.util.Currency;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Captures and voids authorized payments. A capture or void is committed as the payment's step
 * before the gateway is called; then its outcome is committed and counted like that of any payment.
 * If the process ends in between, the payment has an unknown outcome: an inquiry finds out whether
 * the step was carried out, and repeats it otherwise, because its request may still arrive. Safe
 * from any thread.
 */
public final class AuthorizationService {
  private static final Logger log = LoggerFactory.getLogger(AuthorizationService.class);

  /** Attempts are repeated only if a concurrent request changed the payment or the key. */
  private static final int MAX_ATTEMPTS = 100;

  private final PaymentService paymentService;
  private final PaymentLedger ledger;
  private final PaymentGateway paymentGateway;

  public AuthorizationService(
      PaymentService paymentService, PaymentLedger ledger, PaymentGateway paymentGateway) {
    this.paymentService = paymentService;
    this.ledger = ledger;
    this.paymentGateway = paymentGateway;
  }

  /** A request; all attempts use the same values. */
  private record Request(
      UUID payment,
      Authorization.Kind kind,
      @Nullable BigDecimal amount,
      Optional<IdempotencyKey> key,
      Access access,
      long accepted) {}

  /**
   * Captures all or part of an authorized payment, once.
   *
   * @param amount above zero, in major units of the payment's currency; null for the whole amount
   * @return the payment: captured; authorized, if the gateway did not carry it out; unknown, if the
   *     gateway did not respond; or pending, if the ledger was unavailable after the gateway was
   *     called. Fails with {@link RequestRejectedException} if the payment does not exist, or not
   *     for the client, if its state or amount does not allow the capture, if this instance does
   *     not have the payment's account, if the ledger is unavailable before the gateway is called,
   *     or if the key is in use or belongs to another request.
   */
  public Future<AuthorizationResult> capture(
      UUID payment, @Nullable BigDecimal amount, Optional<IdempotencyKey> key, Access access) {
    return run(
        new Request(
            payment, Authorization.Kind.CAPTURE, amount, key, access, paymentService.startNanos()));
  }

  /**
   * Voids an authorized payment.
   *
   * @return as {@link #capture}
   */
  public Future<AuthorizationResult> cancel(
      UUID payment, Optional<IdempotencyKey> key, Access access) {
    return run(
        new Request(
            payment, Authorization.Kind.VOID, null, key, access, paymentService.startNanos()));
  }

  private Future<AuthorizationResult> run(Request request) {
    return paymentService.inFlight(() -> attempt(request, 1));
  }

  private Future<AuthorizationResult> attempt(Request request, int number) {
    if (number > MAX_ATTEMPTS) {
      return Future.failedFuture(
          new IllegalStateException("too many concurrent requests about " + request.payment()));
    }
    return findRecord(request)
        .compose(
            existing ->
                existing.isPresent()
                    ? paymentService
                        .replay(request.key().orElseThrow(), existing.get())
                        .map(
                            payment ->
                                new AuthorizationResult(
                                    requireDone(request, payment.withoutRefunds()), true, null))
                    : request(request, number));
  }

  private Future<Optional<IdempotencyRecord<Payment>>> findRecord(Request request) {
    return request.key().isEmpty()
        ? Future.succeededFuture(Optional.empty())
        : Futures.attemptOrReject(() -> ledger.findRecord(request.key().get()));
  }

  private Future<AuthorizationResult> request(Request request, int number) {
    return paymentService
        .find(request.payment(), request.access())
        .map(found -> pending(found, request))
        .compose(
            pending ->
                commit(pending, request.key())
                    .compose(
                        isCommitted ->
                            isCommitted ? submit(pending, request) : attempt(request, number + 1)));
  }

  /** Commits the step. If it may be committed nevertheless, it is canceled. */
  private Future<Boolean> commit(Payment pending, Optional<IdempotencyKey> key) {
    UUID step = pending.openStep().orElseThrow().id();
    return Futures.attempt(() -> ledger.request(pending, key))
        .onSuccess(
            isCommitted -> {
              if (isCommitted) {
                paymentService.done(Step.REQUESTED);
                key.ifPresent(
                    used -> paymentService.context.paymentMetrics().keyUsed(KeyOutcome.NEW));
                TransferLog.started(log, pending);
              }
            })
        .onFailure(
            failure -> {
              if (failure instanceof LedgerUnavailableException) {
                paymentService.unconfirmedSteps.add(step, key);
              }
            })
        .recover(Futures::rejectWithoutLedger);
  }

  private Future<AuthorizationResult> submit(Payment pending, Request request) {
    return paymentService
        .submit(pending, () -> carryOut(paymentGateway, pending))
        .compose(
            response ->
                paymentService
                    .settle(pending, response, request.accepted())
                    .map(
                        stored ->
                            new AuthorizationResult(
                                requireDone(request, stored),
                                false,
                                stored.status() == PaymentStatus.AUTHORIZED
                                    ? response.error()
                                    : null)),
            noResponse ->
                paymentService
                    .markUnknown(
                        pending, noResponse, "no response from the gateway", request.accepted())
                    .map(stored -> new AuthorizationResult(stored, false, null)));
  }

  private static Future<GatewayResult> carryOut(PaymentGateway gateway, Payment payment) {
    return payment.openStep().orElseThrow().isCapture()
        ? gateway.capture(payment)
        : gateway.cancel(payment);
  }

  /**
   * Inquires about a payment. If its open step was not carried out, repeats it: its request may
   * still arrive, and then the payment must not be thought to be authorized. Likewise, cancels a
   * payment whose payer did not act in time.
   */
  static Future<GatewayResult> resolve(PaymentGateway gateway, Payment payment) {
    Future<GatewayResult> found = gateway.resolve(payment);
    if (payment.isToBeCanceled()) {
      return found.compose(
          result ->
              result instanceof GatewayResult.Authorized
                      || result instanceof GatewayResult.ActionRequired
                  ? gateway.cancel(payment).compose(AuthorizationService::requireSubmitted)
                  : Future.succeededFuture(result));
    }
    return payment.openStep().isEmpty()
        ? found
        : found.compose(
            result ->
                result instanceof GatewayResult.Authorized
                    ? carryOut(gateway, payment).compose(AuthorizationService::requireSubmitted)
                    : Future.succeededFuture(result));
  }

  /** If this attempt was not submitted, an earlier one may have been. */
  private static Future<GatewayResult> requireSubmitted(GatewayResult repeated) {
    return repeated instanceof GatewayResult.NotSubmitted rejected
        ? Future.failedFuture(rejected.error())
        : Future.succeededFuture(repeated);
  }

  private Payment pending(Payment payment, Request request) {
    if (payment.status() != PaymentStatus.AUTHORIZED) {
      throw wrongState(payment);
    }
    Authorization held = payment.authorized().orElseThrow();
    UUID step = PaymentIds.next(paymentService.now());
    Payment pending;
    if (request.kind() == Authorization.Kind.CAPTURE) {
      if (!paymentService.now().isBefore(held.expiresAt())) {
        throw RequestRejectedException.wrongState("The authorization has expired.");
      }
      pending = payment.requestCapture(step, amount(request.amount(), held.amount()));
    } else {
      pending = payment.requestVoid(step, VoidReason.REQUESTED);
    }
    checkAccount(payment);
    return pending;
  }

  private static Money amount(@Nullable BigDecimal requested, Money authorized) {
    if (requested == null) {
      return authorized;
    }
    Currency currency = authorized.currency();
    if (Money.hasTooManyDecimals(requested, currency)) {
      throw RequestRejectedException.invalid(
          List.of(
              new RequestRejectedException.FieldError(
                  "amount",
                  "at most " + currency.getDefaultFractionDigits() + " decimals for " + currency,
                  requested.toString())));
    }
    Money amount = Money.of(requested, currency);
    if (amount.amount().compareTo(authorized.amount()) > 0) {
      throw RequestRejectedException.captureTooLarge(amount, authorized);
    }
    return amount;
  }

  /** Another account of the same gateway does not have the authorization. */
  private void checkAccount(Payment payment) {
    String gateway = payment.order().gateway();
    if (!paymentGateway.account(gateway).equals(Optional.ofNullable(payment.account()))) {
      throw RequestRejectedException.accountUnavailable(gateway);
    }
  }

  /**
   * Returns a payment that may be in the requested state, now or later.
   *
   * @throws RequestRejectedException if it is in another one
   */
  private static Payment requireDone(Request request, Payment payment) {
    PaymentStatus other =
        request.kind() == Authorization.Kind.CAPTURE ? PaymentStatus.VOIDED : PaymentStatus.SUCCESS;
    if (payment.status() == other) {
      throw wrongState(payment);
    }
    return payment;
  }

  private static RequestRejectedException wrongState(Payment payment) {
    return RequestRejectedException.wrongState(
        "Expected an authorized payment, found "
            + payment.status().label()
            + payment
                .authorized()
                .map(Authorization::voided)
                .map(reason -> " (" + reason.label() + ")")
                .orElse("")
            + ".");
  }
}
