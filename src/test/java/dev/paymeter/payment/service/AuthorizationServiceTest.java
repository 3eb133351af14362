package dev.paymeter.payment.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.payment.Access;
import dev.paymeter.payment.Authorization;
import dev.paymeter.payment.FailureCode;
import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentStatus;
import dev.paymeter.payment.RequestRejectedException;
import dev.paymeter.payment.RequestRejectedException.Reason;
import dev.paymeter.payment.VoidReason;
import dev.paymeter.payment.port.CleanupStore;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.payment.port.GatewayTimeoutException;
import dev.paymeter.payment.port.LedgerSegments;
import dev.paymeter.payment.port.LedgerUnavailableException;
import dev.paymeter.payment.port.PaymentStepListener;
import dev.paymeter.support.ledger.InMemoryPaymentLedger;
import dev.paymeter.support.payment.ChargeOnlyGateway;
import dev.paymeter.support.payment.ManualClock;
import dev.paymeter.support.payment.ManualScheduler;
import dev.paymeter.support.payment.NoOpPaymentMetrics;
import dev.paymeter.support.payment.TestCounters;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AuthorizationServiceTest {
  private static final Duration VALIDITY = Duration.ofDays(7);
  private static final Instant EXPIRY = TestOrders.CREATED_AT.plus(VALIDITY);
  private static final GatewayResult AUTHORIZED = new GatewayResult.Authorized("auth_1", EXPIRY);
  private static final GatewayResult CANCELED = new GatewayResult.Canceled("auth_1", false);
  private static final GatewayResult EXPIRED = new GatewayResult.Canceled("auth_1", true);
  private static final GatewayResult DECLINED =
      GatewayResult.rejected(FailureCode.PROCESSING_ERROR, "no");
  private static final Optional<IdempotencyKey> KEY =
      Optional.of(new IdempotencyKey("", "POST /c", "k-1", "aa"));
  private static final Optional<IdempotencyKey> NO_KEY = Optional.empty();

  private final HeldLedger ledger = new HeldLedger();
  private final HoldingGateway gateway = new HoldingGateway();
  private final RecordingMetrics metrics = new RecordingMetrics();
  private final ManualScheduler scheduler = new ManualScheduler();
  private final ManualClock clock = new ManualClock();
  private final LedgerSegments ledgerSegments = new LedgerSegments();
  private PaymentService paymentService;
  private AuthorizationService service;

  @BeforeEach
  void build() {
    paymentService =
        new PaymentService(
            ledger,
            gateway,
            TestOrders.RATES,
            new TransferProcessor.Context(
                metrics,
                scheduler,
                TestCounters.of(ledgerSegments),
                clock,
                clock,
                TestOrders.GATEWAY_KEYS),
            PaymentStepListener.NONE);
    service = new AuthorizationService(paymentService, ledger, gateway);
  }

  private static GatewayResult captured(String amount, String currency) {
    return new GatewayResult.Approved("auth_1", TestOrders.money(amount, currency));
  }

  private Payment authorized(String amount, String currency) {
    gateway.charge = Future.succeededFuture(AUTHORIZED);
    clock.advance(Duration.ZERO);
    return paymentService
        .pay(TestOrders.order().of(amount, currency).manual().build(), NO_KEY, Access.ALL)
        .result()
        .payment();
  }

  private Payment authorized() {
    return authorized("100.00", "USD");
  }

  private Future<AuthorizationResult> capture(Payment payment, @Nullable String amount) {
    return service.capture(
        payment.id(), amount == null ? null : new BigDecimal(amount), NO_KEY, Access.ALL);
  }

  private Future<AuthorizationResult> cancel(Payment payment) {
    return service.cancel(payment.id(), NO_KEY, Access.ALL);
  }

  private Payment found(Payment payment) {
    return ledger.find(payment.id()).result().orElseThrow();
  }

  private static Reason reason(Future<?> rejected) {
    return ((RequestRejectedException) rejected.cause()).reason();
  }

  @Test
  void pay_manual_isAuthorizedAndNotCounted() {
    Payment payment = authorized();

    assertThat(payment.status()).isEqualTo(PaymentStatus.AUTHORIZED);
    Authorization held = payment.authorized().orElseThrow();
    assertThat(held.amount()).isEqualTo(payment.amount());
    assertThat(held.reference()).isEqualTo("auth_1");
    assertThat(held.expiresAt()).isEqualTo(EXPIRY);
    assertThat(found(payment)).isEqualTo(payment);
    assertThat(metrics.settled).isEmpty();
    assertThat(metrics.voided).isEmpty();
    assertThat(paymentService.drained().isComplete()).isTrue();
  }

  @Test
  void pay_manualAndDeclined_hasFailedAndIsCounted() {
    gateway.charge = Future.succeededFuture(DECLINED);

    Payment payment =
        paymentService
            .pay(TestOrders.order().manual().build(), NO_KEY, Access.ALL)
            .result()
            .payment();

    assertThat(payment.status()).isEqualTo(PaymentStatus.FAILED);
    assertThat(payment.authorized()).isEmpty();
    assertThat(metrics.settled).containsExactly(payment);
  }

  /** A gateway without a statement of the amount would have captured at once. */
  @Test
  void pay_automaticAndGatewayAuthorizes_isUnknown() {
    gateway.charge = Future.succeededFuture(AUTHORIZED);

    Payment payment =
        paymentService.pay(TestOrders.order().build(), NO_KEY, Access.ALL).result().payment();

    assertThat(payment.status()).isEqualTo(PaymentStatus.UNKNOWN);
  }

  @ParameterizedTest
  @CsvSource({
    "100.00, USD, , 100.00, 100.00",
    "100.00, USD, 30.5, 30.50, 30.50",
    "100.00, EUR, 0.01, 0.01, 0.01",
    "100.00, EUR, 99.99, 99.99, 103.20",
    "1000, JPY, 999, 999, 6.35",
    "1.234, KWD, 1.233, 1.233, 4.00"
  })
  void capture_allOrPart_isCountedWithItsAmount(
      String amount, String currency, @Nullable String part, String expected, String usd) {
    clock.advance(Duration.ofHours(1));
    Payment payment = authorized(amount, currency);
    clock.advance(Duration.ofDays(3));
    gateway.step = Future.succeededFuture(captured(expected, currency));

    Payment captured = capture(payment, part).result().payment();

    assertThat(captured.status()).isEqualTo(PaymentStatus.SUCCESS);
    assertThat(captured.amount()).isEqualTo(TestOrders.money(expected, currency));
    assertThat(captured.amountUsd()).isEqualTo(new BigDecimal(usd));
    assertThat(captured.submittedAmount()).isEqualTo(TestOrders.money(amount, currency));
    assertThat(gateway.steps.get(0).openStep().orElseThrow().amount()).isEqualTo(captured.amount());
    assertThat(metrics.settled).containsExactly(captured);
    assertThat(found(payment)).isEqualTo(captured);
    ledgerSegments.roll();
    assertThat(ledgerSegments.lastClosed(0)).isEqualTo(1);
  }

  /** The capture may be days after the gateway's response to the order. */
  @Test
  void capture_duration_isThatOfTheAuthorization() {
    Promise<GatewayResult> response = Promise.promise();
    gateway.charge = response.future();
    Future<PaymentResult> answer =
        paymentService.pay(TestOrders.order().manual().build(), NO_KEY, Access.ALL);
    clock.advance(Duration.ofMillis(300));
    response.complete(AUTHORIZED);
    clock.advance(Duration.ofDays(2));
    gateway.step = Future.succeededFuture(captured("12.50", "USD"));

    Payment captured = capture(answer.result().payment(), null).result().payment();

    assertThat(captured.settled().orElseThrow().duration()).isEqualTo(Duration.ofMillis(300));
    assertThat(captured.settled().orElseThrow().at())
        .isEqualTo(TestOrders.CREATED_AT.plusMillis(300).plus(Duration.ofDays(2)));
  }

  @Test
  void capture_step_isCommittedBeforeTheGatewayIsCalled() {
    Payment payment = authorized();
    gateway.step = Promise.<GatewayResult>promise().future();

    capture(payment, "40");

    Payment pending = gateway.steps.get(0);
    assertThat(pending.status()).isEqualTo(PaymentStatus.PENDING);
    assertThat(found(payment)).isEqualTo(pending);
    assertThat(paymentService.drained().isComplete()).isFalse();
    assertThat(reason(capture(payment, "40"))).isEqualTo(Reason.WRONG_STATE);
    assertThat(reason(cancel(payment))).isEqualTo(Reason.WRONG_STATE);
  }

  @Test
  void cancel_authorized_isABusinessEventAndNoPayment() {
    Payment payment = authorized();
    gateway.step = Future.succeededFuture(CANCELED);

    Payment voided = cancel(payment).result().payment();

    assertThat(voided.status()).isEqualTo(PaymentStatus.VOIDED);
    assertThat(voided.authorized().orElseThrow().voided()).isEqualTo(VoidReason.REQUESTED);
    assertThat(voided.amount()).isEqualTo(payment.amount());
    assertThat(metrics.voided).containsExactly(voided);
    assertThat(metrics.settled).isEmpty();
    assertThat(found(payment)).isEqualTo(voided);
    assertThat(reason(capture(payment, null))).isEqualTo(Reason.WRONG_STATE);
  }

  @Test
  void capture_gatewayDeclines_isAuthorizedAgain() {
    Payment payment = authorized();
    gateway.step = Future.succeededFuture(DECLINED);

    AuthorizationResult result = service.capture(payment.id(), null, KEY, Access.ALL).result();

    assertThat(result.payment()).isEqualTo(payment);
    assertThat(result.rejection()).isEqualTo(DECLINED.error());
    assertThat(found(payment)).isEqualTo(payment);
    assertThat(metrics.settled).isEmpty();

    gateway.step = Future.succeededFuture(captured("100.00", "USD"));
    AuthorizationResult again = service.capture(payment.id(), null, KEY, Access.ALL).result();
    assertThat(again.payment().status()).isEqualTo(PaymentStatus.SUCCESS);
    assertThat(again.replayed()).isFalse();
  }

  @Test
  void capture_gatewayNotCalled_isAuthorizedAgain() {
    Payment payment = authorized();
    gateway.step =
        Future.succeededFuture(GatewayResult.notSubmitted(FailureCode.GATEWAY_BUSY, "busy"));

    AuthorizationResult result = capture(payment, null).result();

    assertThat(result.rejection().code()).isEqualTo(FailureCode.GATEWAY_BUSY);
    assertThat(found(payment).status()).isEqualTo(PaymentStatus.AUTHORIZED);
  }

  @ParameterizedTest
  @CsvSource({"false, CANCELED_BY_GATEWAY", "true, EXPIRED"})
  void capture_gatewayHasCanceled_isVoided(boolean isExpired, VoidReason reason) {
    Payment payment = authorized();
    gateway.step = Future.succeededFuture(isExpired ? EXPIRED : CANCELED);

    assertThat(reason(capture(payment, null))).isEqualTo(Reason.WRONG_STATE);

    assertThat(found(payment).authorized().orElseThrow().voided()).isEqualTo(reason);
    assertThat(metrics.voided).hasSize(1);
  }

  /** Someone has captured it at the gateway. */
  @Test
  void cancel_gatewayHasCaptured_isASuccess() {
    Payment payment = authorized();
    gateway.step = Future.succeededFuture(captured("30.00", "USD"));

    assertThat(reason(cancel(payment))).isEqualTo(Reason.WRONG_STATE);

    assertThat(found(payment).status()).isEqualTo(PaymentStatus.SUCCESS);
    assertThat(metrics.settled)
        .extracting(Payment::amountUsd)
        .containsExactly(new BigDecimal("30.00"));
  }

  @Test
  void capture_sameKey_isReplayed() {
    Payment payment = authorized();
    gateway.step = Future.succeededFuture(captured("40.00", "USD"));
    Payment captured =
        service.capture(payment.id(), new BigDecimal("40"), KEY, Access.ALL).result().payment();

    AuthorizationResult again =
        service.capture(payment.id(), new BigDecimal("40"), KEY, Access.ALL).result();

    assertThat(again.payment()).isEqualTo(captured);
    assertThat(again.replayed()).isTrue();
    assertThat(gateway.steps).hasSize(1);
    assertThat(metrics.settled).hasSize(1);
  }

  @Test
  void capture_sameKeyInFlight_isRejected() {
    Payment payment = authorized();
    gateway.step = Promise.<GatewayResult>promise().future();
    service.capture(payment.id(), null, KEY, Access.ALL);

    assertThat(reason(service.capture(payment.id(), null, KEY, Access.ALL)))
        .isEqualTo(Reason.KEY_IN_FLIGHT);
  }

  @ParameterizedTest
  @CsvSource({
    "100.01, EUR, 100.00, CAPTURE_TOO_LARGE",
    "0.001, EUR, 100.00, INVALID",
    "0.5, JPY, 100, INVALID",
    "999999999999999999, USD, 100.00, CAPTURE_TOO_LARGE"
  })
  void capture_amountThatCannotBe_isRejected(
      String amount, String currency, String authorized, Reason reason) {
    Payment payment = authorized(authorized, currency);

    assertThat(reason(capture(payment, amount))).isEqualTo(reason);

    assertThat(gateway.steps).isEmpty();
    assertThat(found(payment)).isEqualTo(payment);
  }

  @Test
  void capture_afterTheExpiry_isRejected() {
    Payment payment = authorized();
    clock.advance(VALIDITY);

    assertThat(reason(capture(payment, null))).isEqualTo(Reason.WRONG_STATE);
    assertThat(gateway.steps).isEmpty();
  }

  @Test
  void capture_ofAnotherMerchant_doesNotExist() {
    Payment payment = authorized();

    assertThat(reason(service.capture(payment.id(), null, NO_KEY, Access.of("acme"))))
        .isEqualTo(Reason.NOT_FOUND);
  }

  @Test
  void capture_otherAccount_isRejectedBeforeItIsStored() {
    Payment payment = authorized();
    gateway.account = "another";

    assertThat(reason(capture(payment, null))).isEqualTo(Reason.ACCOUNT_UNAVAILABLE);
    assertThat(found(payment)).isEqualTo(payment);
  }

  @Test
  void capture_ledgerDown_isRejectedAndCanceled() {
    Payment payment = authorized();
    ledger.loseNextRequest();

    assertThat(reason(service.capture(payment.id(), null, KEY, Access.ALL)))
        .isEqualTo(Reason.LEDGER_UNAVAILABLE);

    assertThat(gateway.steps).isEmpty();
    List<CleanupStore.UnconfirmedInsert> canceled = new ArrayList<>();
    paymentService.unconfirmedSteps.cancel(
        inserts -> {
          canceled.addAll(inserts);
          return Future.succeededFuture(inserts.size());
        });
    assertThat(canceled)
        .containsExactly(
            new CleanupStore.UnconfirmedInsert(found(payment).openStep().orElseThrow().id(), KEY));
  }

  @Test
  void capture_ledgerDownAfterTheGatewayCall_isCommittedLater() {
    Payment payment = authorized();
    Promise<GatewayResult> response = Promise.promise();
    gateway.step = response.future();
    Future<AuthorizationResult> answer = capture(payment, null);
    ledger.becomeUnavailable();
    response.complete(captured("100.00", "USD"));
    assertThat(answer.result().payment().status()).isEqualTo(PaymentStatus.PENDING);

    ledger.becomeAvailable();
    scheduler.pass();

    assertThat(found(payment).status()).isEqualTo(PaymentStatus.SUCCESS);
    assertThat(metrics.settled).hasSize(1);
  }

  private Payment unknownCapture(Payment payment) {
    gateway.step = Future.failedFuture("connection reset");
    return capture(payment, "40").result().payment();
  }

  @Test
  void capture_noResponse_isUnknownWithTheDurationOfTheAuthorization() {
    Payment unknown = unknownCapture(authorized());

    assertThat(unknown.status()).isEqualTo(PaymentStatus.UNKNOWN);
    assertThat(unknown.unknownOutcome().orElseThrow().duration()).isZero();
    assertThat(unknown.openStep()).isPresent();
  }

  @Test
  void resolve_captured_isASuccess() {
    Payment unknown = unknownCapture(authorized());
    gateway.evidence = Future.succeededFuture(captured("40.00", "USD"));

    Payment resolved = paymentService.resolve(unknown).result();

    assertThat(resolved.status()).isEqualTo(PaymentStatus.SUCCESS);
    assertThat(resolved.amount()).isEqualTo(TestOrders.money("40.00", "USD"));
    assertThat(gateway.steps).hasSize(1);
    assertThat(metrics.settled).containsExactly(resolved);
  }

  /** The first request may still arrive: the payment must not be thought to be authorized. */
  @Test
  void resolve_stillAuthorized_repeatsTheSameStep() {
    Payment unknown = unknownCapture(authorized());
    gateway.evidence = Future.succeededFuture(AUTHORIZED);
    gateway.step = Future.succeededFuture(captured("40.00", "USD"));

    Payment resolved = paymentService.resolve(unknown).result();

    assertThat(resolved.status()).isEqualTo(PaymentStatus.SUCCESS);
    assertThat(gateway.steps).hasSize(2);
    assertThat(gateway.steps.get(1).openStep()).isEqualTo(gateway.steps.get(0).openStep());
  }

  @Test
  void resolve_stepCannotBeRepeatedNow_staysUnknown() {
    Payment unknown = unknownCapture(authorized());
    gateway.evidence = Future.succeededFuture(AUTHORIZED);
    gateway.step =
        Future.succeededFuture(GatewayResult.notSubmitted(FailureCode.GATEWAY_BUSY, "busy"));

    assertThat(paymentService.resolve(unknown).failed()).isTrue();

    assertThat(found(unknown).status()).isEqualTo(PaymentStatus.UNKNOWN);
  }

  @Test
  void resolve_repeatedStepIsDeclined_isAuthorizedAgain() {
    Payment payment = authorized();
    Payment unknown = unknownCapture(payment);
    gateway.evidence = Future.succeededFuture(AUTHORIZED);
    gateway.step = Future.succeededFuture(DECLINED);

    assertThat(paymentService.resolve(unknown).result()).isEqualTo(payment);
    assertThat(metrics.resolved).hasSize(1);
  }

  @Test
  void resolve_canceled_isVoided() {
    Payment unknown = unknownCapture(authorized());
    gateway.evidence = Future.succeededFuture(EXPIRED);

    Payment resolved = paymentService.resolve(unknown).result();

    assertThat(resolved.authorized().orElseThrow().voided()).isEqualTo(VoidReason.EXPIRED);
    assertThat(metrics.voided).containsExactly(resolved);
  }

  /** Past defect: such a void had the reason expired. */
  @ParameterizedTest
  @CsvSource({"true", "false"})
  void resolve_acceptedVoidAfterTheExpiry_keepsItsReason(boolean isExpired) {
    Payment payment = authorized();
    gateway.step = Future.failedFuture("connection reset");
    Payment unknown = cancel(payment).result().payment();
    assertThat(unknown.status()).isEqualTo(PaymentStatus.UNKNOWN);
    clock.advance(VALIDITY);
    gateway.evidence = Future.succeededFuture(isExpired ? EXPIRED : CANCELED);

    Payment resolved = paymentService.resolve(unknown).result();

    assertThat(resolved.status()).isEqualTo(PaymentStatus.VOIDED);
    assertThat(resolved.authorized().orElseThrow().voided()).isEqualTo(VoidReason.REQUESTED);
    assertThat(found(payment)).isEqualTo(resolved);
  }

  /** As the reconciler takes it: unknown, with a void to be carried out. */
  @ParameterizedTest
  @CsvSource({"true", "false"})
  void resolve_expired_isCanceledAtTheGatewayUnlessItIs(boolean isHeld) {
    Payment payment = authorized();
    clock.advance(VALIDITY);
    Payment due =
        payment
            .requestVoid(UUID.randomUUID(), VoidReason.EXPIRED)
            .markUnknown(new Payment.UnknownOutcome(Duration.ZERO, clock.instant()));
    ledger.request(
        payment.requestVoid(due.openStep().orElseThrow().id(), VoidReason.EXPIRED), NO_KEY);
    ledger.markUnknown(due);
    gateway.evidence = Future.succeededFuture(isHeld ? AUTHORIZED : EXPIRED);
    gateway.step = Future.succeededFuture(CANCELED);

    Payment resolved = paymentService.resolve(due).result();

    assertThat(resolved.status()).isEqualTo(PaymentStatus.VOIDED);
    assertThat(resolved.authorized().orElseThrow().voided()).isEqualTo(VoidReason.EXPIRED);
    assertThat(gateway.steps).hasSize(isHeld ? 1 : 0);
    assertThat(metrics.voided).containsExactly(resolved);
  }

  @Test
  void resolve_unknownAuthorization_isAuthorizedAndItsTimeIsRecorded() {
    gateway.charge = Future.failedFuture("connection reset");
    Payment unknown =
        paymentService
            .pay(TestOrders.order().manual().build(), NO_KEY, Access.ALL)
            .result()
            .payment();
    clock.advance(Duration.ofMinutes(2));
    gateway.evidence = Future.succeededFuture(AUTHORIZED);

    Payment resolved = paymentService.resolve(unknown).result();

    assertThat(resolved.status()).isEqualTo(PaymentStatus.AUTHORIZED);
    assertThat(found(unknown)).isEqualTo(resolved);
    assertThat(metrics.settled).isEmpty();
    assertThat(metrics.resolved).containsExactly("stripe INQUIRY PT2M");
  }

  @Test
  void resolve_authorizationCanceledMeanwhile_isVoided() {
    gateway.charge = Future.failedFuture("connection reset");
    Payment unknown =
        paymentService
            .pay(TestOrders.order().manual().build(), NO_KEY, Access.ALL)
            .result()
            .payment();
    gateway.evidence = Future.succeededFuture(CANCELED);

    Payment resolved = paymentService.resolve(unknown).result();

    assertThat(resolved.status()).isEqualTo(PaymentStatus.VOIDED);
    assertThat(resolved.authorized().orElseThrow().voided())
        .isEqualTo(VoidReason.CANCELED_BY_GATEWAY);
  }

  /** A late decline of an earlier capture must not end a later one. */
  @Test
  void capture_lateResponseToAnEarlierOne_doesNotEndThisOne() {
    Payment payment = authorized();
    Promise<GatewayResult> late = Promise.promise();
    gateway.step =
        Future.failedFuture(
            new GatewayTimeoutException("stripe", Duration.ofSeconds(15), late.future()));
    Payment unknown = capture(payment, "40").result().payment();
    gateway.evidence = Future.succeededFuture(AUTHORIZED);
    gateway.step = Future.succeededFuture(DECLINED);
    paymentService.resolve(unknown);
    gateway.step = Promise.<GatewayResult>promise().future();
    capture(payment, "50");

    late.complete(DECLINED);

    assertThat(found(payment).status()).isEqualTo(PaymentStatus.PENDING);
    assertThat(found(payment).openStep().orElseThrow().amount())
        .isEqualTo(TestOrders.money("50.00", "USD"));
    assertThat(metrics.conflicts).isEmpty();
  }

  /** A ledger that may lose a response. */
  private static final class HeldLedger extends InMemoryPaymentLedger {
    private boolean losesRequest;

    void loseNextRequest() {
      losesRequest = true;
    }

    @Override
    public synchronized Future<Boolean> request(Payment pending, Optional<IdempotencyKey> key) {
      boolean isLost = losesRequest;
      losesRequest = false;
      return super.request(pending, key)
          .compose(
              committed ->
                  isLost
                      ? Future.failedFuture(new LedgerUnavailableException("not confirmed"))
                      : Future.succeededFuture(committed));
    }
  }

  /** A gateway with responses that the test sets. */
  private static final class HoldingGateway implements ChargeOnlyGateway {
    final List<Payment> steps = new ArrayList<>();
    @Nullable String account;
    Future<GatewayResult> charge = Future.failedFuture("unexpected gateway call");
    Future<GatewayResult> step = Future.failedFuture("unexpected gateway call");
    Future<GatewayResult> evidence = Future.failedFuture("unexpected gateway call");

    @Override
    public Optional<String> account(String gateway) {
      return Optional.of(account == null ? TestOrders.account(gateway) : account);
    }

    @Override
    public Future<GatewayResult> charge(Payment payment) {
      return charge;
    }

    @Override
    public Future<GatewayResult> resolve(Payment payment) {
      return evidence;
    }

    @Override
    public Future<GatewayResult> capture(Payment payment) {
      assertThat(payment.openStep().orElseThrow().isCapture()).isTrue();
      steps.add(payment);
      return step;
    }

    @Override
    public Future<GatewayResult> cancel(Payment payment) {
      assertThat(payment.openStep().orElseThrow().isCapture()).isFalse();
      steps.add(payment);
      return step;
    }
  }

  private static final class RecordingMetrics extends NoOpPaymentMetrics {
    final List<Payment> settled = new ArrayList<>();
    final List<Payment> voided = new ArrayList<>();
    final Collection<String> resolved = new ArrayList<>();
    final List<String> conflicts = new ArrayList<>();

    @Override
    public void settled(Payment payment) {
      settled.add(payment);
    }

    @Override
    public void voided(Payment payment) {
      voided.add(payment);
    }

    @Override
    public void settlementConflict(String gateway) {
      conflicts.add(gateway);
    }

    @Override
    public void resolved(String gateway, Via via, Duration age) {
      resolved.add(gateway + " " + via + " " + age);
    }
  }
}
