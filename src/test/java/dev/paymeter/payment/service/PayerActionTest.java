package dev.paymeter.payment.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.payment.Access;
import dev.paymeter.payment.FailureCode;
import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.payment.PayerAction;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentStatus;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.payment.port.LedgerSegments;
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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Payments that their payers have to authenticate. */
class PayerActionTest {
  private static final Duration TIMEOUT = Duration.ofMinutes(10);
  private static final GatewayResult WAITING = new GatewayResult.ActionRequired(TestOrders.ACTION);
  private static final GatewayResult APPROVED = new GatewayResult.Approved("ref");
  private static final GatewayResult AUTHORIZED =
      new GatewayResult.Authorized("auth_1", TestOrders.CREATED_AT.plus(TestOrders.VALIDITY));
  private static final GatewayResult TIMED_OUT =
      GatewayResult.rejected(FailureCode.AUTHENTICATION_TIMEOUT, "too late");

  private final InMemoryPaymentLedger ledger = new InMemoryPaymentLedger();
  private final ActionGateway gateway = new ActionGateway();
  private final RecordingMetrics metrics = new RecordingMetrics();
  private final ManualClock clock = new ManualClock();
  private PaymentService service;

  @BeforeEach
  void build() {
    service =
        new PaymentService(
            ledger,
            gateway,
            TestOrders.RATES,
            TIMEOUT,
            new TransferProcessor.Context(
                metrics,
                new ManualScheduler(),
                TestCounters.of(new LedgerSegments()),
                clock,
                clock,
                TestOrders.GATEWAY_KEYS),
            PaymentStepListener.NONE);
  }

  private Payment pay(TestOrders order) {
    return service.pay(order.build(), Optional.empty(), Access.ALL).result().payment();
  }

  private Payment waiting(TestOrders order) {
    gateway.charge = Future.succeededFuture(WAITING);
    return pay(order.returning());
  }

  private Payment waiting() {
    return waiting(TestOrders.order());
  }

  private Payment found(Payment payment) {
    return ledger.find(payment.id()).result().orElseThrow();
  }

  @Test
  void pay_actionRequired_isCommittedAndNotCounted() {
    Promise<GatewayResult> response = Promise.promise();
    gateway.charge = response.future();
    Future<PaymentResult> answer =
        service.pay(TestOrders.order().returning().build(), Optional.empty(), Access.ALL);
    clock.advance(Duration.ofMillis(300));
    response.complete(WAITING);

    Payment payment = answer.result().payment();

    assertThat(payment.status()).isEqualTo(PaymentStatus.REQUIRES_ACTION);
    PayerAction action = payment.payerAction().orElseThrow();
    assertThat(action.next()).isEqualTo(TestOrders.ACTION);
    assertThat(action.duration()).isEqualTo(Duration.ofMillis(300));
    assertThat(action.expiresAt()).isEqualTo(payment.createdAt().plus(TIMEOUT));
    assertThat(found(payment)).isEqualTo(payment);
    assertThat(metrics.settled).isEmpty();
    assertThat(metrics.resolved).isEmpty();
    assertThat(service.drained().isComplete()).isTrue();
  }

  /** The payer would have no page to return to. */
  @Test
  void pay_actionRequiredWithoutReturnAddress_isUnknown() {
    gateway.charge = Future.succeededFuture(WAITING);

    assertThat(pay(TestOrders.order()).status()).isEqualTo(PaymentStatus.UNKNOWN);
  }

  @Test
  void pay_sameKeyAgain_isTheWaitingPayment() {
    gateway.charge = Future.succeededFuture(WAITING);
    Optional<IdempotencyKey> key =
        Optional.of(new IdempotencyKey("", "POST /v1/payments", "k", "aa"));
    Payment first =
        service.pay(TestOrders.order().returning().build(), key, Access.ALL).result().payment();

    PaymentResult again =
        service.pay(TestOrders.order().returning().build(), key, Access.ALL).result();

    assertThat(again.replayed()).isTrue();
    assertThat(again.payment()).isEqualTo(first);
    assertThat(again.payment().payerAction().orElseThrow().next()).isEqualTo(TestOrders.ACTION);
  }

  @Test
  void resolve_payerHasPassed_isCountedWithTheDurationUntilTheAction() {
    Payment waiting = waiting();
    clock.advance(Duration.ofMinutes(3));
    gateway.evidence = Future.succeededFuture(APPROVED);

    Payment paid = service.resolve(waiting).result();

    assertThat(paid.status()).isEqualTo(PaymentStatus.SUCCESS);
    assertThat(paid.settled().orElseThrow().duration()).isZero();
    assertThat(paid.payerAction()).isEmpty();
    assertThat(metrics.settled).containsExactly(paid);
    assertThat(metrics.resolved).as("it was not unknown").isEmpty();
    assertThat(found(waiting)).isEqualTo(paid);
  }

  @Test
  void resolve_payerHasPassedAndCaptureIsManual_isAuthorized() {
    Payment waiting = waiting(TestOrders.order().manual());
    gateway.evidence = Future.succeededFuture(AUTHORIZED);

    Payment authorized = service.resolve(waiting).result();

    assertThat(authorized.status()).isEqualTo(PaymentStatus.AUTHORIZED);
    assertThat(found(waiting)).isEqualTo(authorized);
    assertThat(metrics.settled).isEmpty();
  }

  @Test
  void resolve_payerHasFailed_hasFailed() {
    Payment waiting = waiting();
    gateway.evidence =
        Future.succeededFuture(GatewayResult.rejected(FailureCode.AUTHENTICATION_FAILED, "no"));

    Payment failed = service.resolve(waiting).result();

    assertThat(failed.status()).isEqualTo(PaymentStatus.FAILED);
    assertThat(metrics.settled).containsExactly(failed);
  }

  @Test
  void resolve_stillWaiting_isNotChanged() {
    Payment waiting = waiting();
    gateway.evidence = Future.succeededFuture(WAITING);
    clock.advance(Duration.ofMinutes(1));

    assertThat(service.resolve(waiting).result()).isEqualTo(waiting);
    assertThat(found(waiting)).isEqualTo(waiting);
    assertThat(gateway.canceled).isEmpty();
  }

  /** A process may end after the gateway has responded, and before that is committed. */
  @Test
  void resolve_unknownAndWaiting_requiresTheAction() {
    gateway.charge = Future.failedFuture("connection reset");
    Payment unknown = pay(TestOrders.order().returning());
    clock.advance(Duration.ofMinutes(2));
    gateway.evidence = Future.succeededFuture(WAITING);

    Payment waiting = service.resolve(unknown).result();

    assertThat(waiting.status()).isEqualTo(PaymentStatus.REQUIRES_ACTION);
    assertThat(waiting.payerAction().orElseThrow().expiresAt())
        .isEqualTo(waiting.createdAt().plus(TIMEOUT));
    assertThat(found(unknown)).isEqualTo(waiting);
    assertThat(metrics.resolved).containsExactly("stripe INQUIRY PT2M");
  }

  private Payment expired(TestOrders order) {
    Payment waiting = waiting(order);
    clock.advance(TIMEOUT);
    return ledger.expireAction(waiting, clock.instant());
  }

  @Test
  void resolve_expiredAndWaiting_isCanceledBeforeItHasFailed() {
    Payment expired = expired(TestOrders.order());
    gateway.evidence = Future.succeededFuture(WAITING);
    Promise<GatewayResult> canceled = Promise.promise();
    gateway.cancel = canceled.future();

    Future<Payment> resolved = service.resolve(expired);

    assertThat(gateway.canceled).containsExactly(expired);
    assertThat(found(expired).status()).isEqualTo(PaymentStatus.UNKNOWN);
    canceled.complete(TIMED_OUT);
    assertThat(resolved.result().status()).isEqualTo(PaymentStatus.FAILED);
    assertThat(resolved.result().error().orElseThrow().code())
        .isEqualTo(FailureCode.AUTHENTICATION_TIMEOUT);
    assertThat(resolved.result().settled().orElseThrow().duration()).isZero();
    assertThat(metrics.settled).containsExactly(resolved.result());
  }

  @Test
  void resolve_expiredAndPayerWasFaster_isASuccess() {
    Payment expired = expired(TestOrders.order());
    gateway.evidence = Future.succeededFuture(APPROVED);

    assertThat(service.resolve(expired).result().status()).isEqualTo(PaymentStatus.SUCCESS);
    assertThat(gateway.canceled).isEmpty();
  }

  /** A request to cancel it may still arrive: it must not be thought to be authorized. */
  @Test
  void resolve_expiredAndAuthorized_isCanceled() {
    Payment expired = expired(TestOrders.order().manual());
    gateway.evidence = Future.succeededFuture(AUTHORIZED);
    gateway.cancel = Future.succeededFuture(new GatewayResult.Canceled("auth_1", false));

    Payment failed = service.resolve(expired).result();

    assertThat(failed.status()).isEqualTo(PaymentStatus.FAILED);
    assertThat(failed.error().orElseThrow().code()).isEqualTo(FailureCode.AUTHENTICATION_TIMEOUT);
    assertThat(metrics.voided).isEmpty();
  }

  @Test
  void resolve_expiredAndNotCanceled_isUnknown() {
    Payment expired = expired(TestOrders.order());
    gateway.evidence = Future.succeededFuture(WAITING);
    gateway.cancel =
        Future.succeededFuture(GatewayResult.notSubmitted(FailureCode.GATEWAY_BUSY, "busy"));

    assertThat(service.resolve(expired).failed()).isTrue();
    gateway.cancel = Future.succeededFuture(WAITING);
    assertThat(service.resolve(expired).failed()).isTrue();
    assertThat(found(expired)).isEqualTo(expired);
    assertThat(metrics.settled).isEmpty();
  }

  private static final class ActionGateway implements ChargeOnlyGateway {
    final List<Payment> canceled = new ArrayList<>();
    Future<GatewayResult> charge = Future.failedFuture("unexpected gateway call");
    Future<GatewayResult> evidence = Future.failedFuture("unexpected gateway call");
    Future<GatewayResult> cancel = Future.failedFuture("unexpected gateway call");

    @Override
    public Future<GatewayResult> charge(Payment payment) {
      return charge;
    }

    @Override
    public Future<GatewayResult> resolve(Payment payment) {
      return evidence;
    }

    @Override
    public Future<GatewayResult> cancel(Payment payment) {
      canceled.add(payment);
      return cancel;
    }
  }

  private static final class RecordingMetrics extends NoOpPaymentMetrics {
    final List<Payment> settled = new ArrayList<>();
    final List<Payment> voided = new ArrayList<>();
    final List<String> resolved = new ArrayList<>();

    @Override
    public void settled(Payment payment) {
      settled.add(payment);
    }

    @Override
    public void voided(Payment payment) {
      voided.add(payment);
    }

    @Override
    public void resolved(String gateway, Via via, Duration age) {
      resolved.add(gateway + " " + via + " " + age);
    }
  }
}
