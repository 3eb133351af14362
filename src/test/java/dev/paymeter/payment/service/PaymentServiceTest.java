package dev.paymeter.payment.service;

import static java.time.temporal.ChronoUnit.MICROS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.payment.Access;
import dev.paymeter.payment.FailureCode;
import dev.paymeter.payment.GatewayKey;
import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentException;
import dev.paymeter.payment.PaymentGatewayException;
import dev.paymeter.payment.PaymentOrder;
import dev.paymeter.payment.PaymentStatus;
import dev.paymeter.payment.PaymentToken;
import dev.paymeter.payment.PaymentValidationException;
import dev.paymeter.payment.RequestRejectedException;
import dev.paymeter.payment.Severity;
import dev.paymeter.payment.port.CleanupStore;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.payment.port.GatewayTimeoutException;
import dev.paymeter.payment.port.IdempotencyRecord;
import dev.paymeter.payment.port.LedgerSegments;
import dev.paymeter.payment.port.LedgerUnavailableException;
import dev.paymeter.payment.port.PaymentMetrics.KeyOutcome;
import dev.paymeter.payment.port.PaymentStepListener;
import dev.paymeter.payment.port.SettlementConflictException;
import dev.paymeter.payment.port.SupersededException;
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
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PaymentServiceTest {
  private static final PaymentOrder ORDER = TestOrders.order().of("100.00", "EUR").build();
  private static final GatewayResult APPROVED = new GatewayResult.Approved("ref");

  private static final Optional<IdempotencyKey> KEY =
      Optional.of(new IdempotencyKey("", "POST /p", "k-1", "aa"));

  private final HeldLedger ledger = new HeldLedger();
  private final ManualGateway gateway = new ManualGateway();
  private final RecordingMetrics metrics = new RecordingMetrics();
  private final ManualScheduler scheduler = new ManualScheduler();
  private final ManualClock clock = new ManualClock();
  private final LedgerSegments ledgerSegments = new LedgerSegments();
  private PaymentService paymentService;

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
  }

  private Future<Payment> pay() {
    return paymentService.pay(ORDER, Optional.empty(), Access.ALL).map(PaymentResult::payment);
  }

  @Test
  void pay_approved_isSettledWithEveryField() {
    Future<Payment> answer = pay();
    clock.advance(Duration.ofNanos(1_234_567_890));

    gateway.answer(APPROVED);

    Payment paid = answer.result();
    assertThat(paid.order()).isEqualTo(ORDER);
    assertThat(paid.amountUsd()).isEqualTo(new BigDecimal("103.21"));
    assertThat(paid.rate()).isEqualTo(TestOrders.rate("1.0321"));
    assertThat(paid.createdAt()).isEqualTo(TestOrders.CREATED_AT);
    assertThat(paid.status()).isEqualTo(PaymentStatus.SUCCESS);
    Payment.Settlement how = paid.settled().orElseThrow();
    assertThat(how.duration()).isEqualTo(Duration.of(1_234_567, MICROS));
    assertThat(how.at()).isEqualTo(TestOrders.CREATED_AT.plus(1_234_567, MICROS));
    assertThat(paid.id().version()).isEqualTo(7);
    assertThat(paid.transactionId()).isEqualTo("txn_" + paid.id());
    assertThat(ledger.find(paid.id()).result()).contains(paid);
    assertThat(metrics.settled).containsExactly(paid);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void pay_token_isSubmittedAndThenForgotten(boolean isAnswered) {
    PaymentOrder order = TestOrders.order().token("pm_secret").build();
    Future<PaymentResult> answer = paymentService.pay(order, Optional.empty(), Access.ALL);

    assertThat(tokenOf(gateway.asked.get(0)).require()).isEqualTo("pm_secret");
    if (isAnswered) {
      gateway.answer(APPROVED);
    } else {
      gateway.fail(new IllegalStateException("connection reset"));
    }

    Payment paid = answer.result().payment();
    assertThat(tokenOf(paid).value()).isEmpty();
    assertThat(paid.order()).isEqualTo(order);
  }

  private static PaymentToken tokenOf(Payment payment) {
    return payment.order().details().paymentToken().orElseThrow();
  }

  @Test
  void pay_withKey_isSubmittedUnderAKeyDerivedFromIt() {
    paymentService.pay(ORDER, KEY, Access.ALL);

    GatewayKey submitted = gateway.asked.get(0).gatewayKey();
    assertThat(submitted).isEqualTo(TestOrders.GATEWAY_KEYS.create(UUID.randomUUID(), KEY));
    assertThat(submitted.origin())
        .isEqualTo(new GatewayKey.Origin("test-instance", KEY.orElseThrow()));
  }

  @Test
  void pay_withoutKey_isSubmittedUnderItsId() {
    pay();

    Payment submitted = gateway.asked.get(0);
    assertThat(submitted.gatewayKey()).isEqualTo(GatewayKey.of(submitted.id()));
  }

  @Test
  void pay_gatewayHasChargedAPaymentThatTheLedgerHasLost_isSettledByThat() {
    Future<PaymentResult> answer = paymentService.pay(ORDER, KEY, Access.ALL);

    gateway.answer(new GatewayResult.Earlier(UUID.randomUUID(), APPROVED));

    Payment paid = answer.result().payment();
    assertThat(paid.status()).isEqualTo(PaymentStatus.SUCCESS);
    assertThat(paid.id()).isEqualTo(gateway.asked.get(0).id());
    assertThat(metrics.settled).containsExactly(paid);
  }

  @Test
  void pay_gatewayHasChargedAnotherPaymentOfTheLedger_isDeclined() {
    Payment other = TestOrders.order().pending();
    ledger.insert(other);
    Future<PaymentResult> answer = paymentService.pay(ORDER, KEY, Access.ALL);

    gateway.answer(new GatewayResult.Earlier(other.id(), APPROVED));

    assertThat(answer.result().payment().error())
        .contains(
            new PaymentValidationException(
                FailureCode.IDEMPOTENCY_KEY_REUSED, "The idempotency key was used before"));
  }

  @Test
  void resolve_gatewayHasChargedAPaymentThatTheLedgerHasLost_isSettledByThat() {
    Future<PaymentResult> answer = paymentService.pay(ORDER, KEY, Access.ALL);
    gateway.fail(new IllegalStateException("broken"));
    Payment unknown = answer.result().payment();
    gateway.evidence =
        Future.succeededFuture(new GatewayResult.Earlier(UUID.randomUUID(), APPROVED));

    assertThat(paymentService.resolve(unknown).result().status()).isEqualTo(PaymentStatus.SUCCESS);
  }

  @Test
  void resolve_gatewayHasChargedAnotherPaymentOfTheLedger_hasFailed() {
    Payment other = TestOrders.order().pending();
    ledger.insert(other);
    Future<PaymentResult> answer = paymentService.pay(ORDER, KEY, Access.ALL);
    gateway.fail(new IllegalStateException("broken"));
    gateway.evidence = Future.succeededFuture(new GatewayResult.Earlier(other.id(), APPROVED));

    assertThat(paymentService.resolve(answer.result().payment()).result().status())
        .isEqualTo(PaymentStatus.FAILED);
  }

  @Test
  void pay_wallClockSetBack_durationIsMonotonic() {
    Future<Payment> answer = pay();
    clock.advance(Duration.ofMillis(300));
    clock.setWallClock(Instant.EPOCH);

    gateway.answer(APPROVED);

    assertThat(answer.result().settled().orElseThrow().duration())
        .isEqualTo(Duration.ofMillis(300));
  }

  @Test
  void pay_ledgerSlow_durationIsFromAcceptedOrderToResponse() {
    ledger.hold();
    Future<Payment> answer = pay();
    clock.advance(Duration.ofMillis(10));
    ledger.release();
    clock.advance(Duration.ofMillis(20));
    ledger.hold();
    gateway.answer(APPROVED);
    clock.advance(Duration.ofMillis(40));

    ledger.release();

    assertThat(answer.result().settled().orElseThrow().duration()).isEqualTo(Duration.ofMillis(30));
  }

  @Test
  void pay_pendingNotCommitted_gatewayIsNotCalled() {
    ledger.hold();
    pay();
    assertThat(gateway.asked).isEmpty();

    ledger.release();

    assertThat(gateway.asked).hasSize(1);
    assertThat(gateway.asked.get(0).status()).isEqualTo(PaymentStatus.PENDING);
    assertThat(ledger.find(gateway.asked.get(0).id()).result()).contains(gateway.asked.get(0));
  }

  @Test
  void pay_outcomeNotCommitted_isNeitherCountedNorReturned() {
    Future<Payment> answer = pay();
    ledger.hold();
    gateway.answer(APPROVED);
    assertThat(metrics.settled).isEmpty();
    assertThat(answer.isComplete()).isFalse();

    ledger.release();

    assertThat(metrics.settled).hasSize(1);
    assertThat(answer.succeeded()).isTrue();
  }

  @Test
  void pay_settled_isCommittedThenCountedThenReturned() {
    Future<Payment> answer = pay();
    List<String> seen = new ArrayList<>();
    metrics.onSettled =
        payment -> {
          seen.add(ledger.find(payment.id()).result().orElseThrow().status().label());
          seen.add(answer.isComplete() ? "answered" : "not answered");
        };

    gateway.answer(APPROVED);

    assertThat(seen).containsExactly("success", "not answered");
    assertThat(answer.succeeded()).isTrue();
  }

  @Test
  void pay_declined_isAResult() {
    PaymentException declined = new PaymentValidationException("Invalid payment method");
    Future<Payment> answer = pay();

    gateway.answer(new GatewayResult.Rejected(declined));

    assertThat(answer.result().status()).isEqualTo(PaymentStatus.FAILED);
    assertThat(answer.result().error()).contains(declined);
    assertThat(ledger.find(answer.result().id()).result()).contains(answer.result());
    assertThat(metrics.settled).containsExactly(answer.result());
  }

  @Test
  void pay_gatewayFailure_isAResult() {
    PaymentException failure = new PaymentGatewayException("Gateway timeout");
    Future<Payment> answer = pay();

    gateway.answer(new GatewayResult.Rejected(failure));

    assertThat(answer.result().error()).contains(failure);
    assertThat(metrics.settled).containsExactly(answer.result());
  }

  @Test
  void pay_gatewayNotReached_isAResult() {
    PaymentGatewayException away = new PaymentGatewayException("Connection refused");
    Future<Payment> answer = pay();

    gateway.answer(new GatewayResult.NotSubmitted(away));

    assertThat(answer.result().status()).isEqualTo(PaymentStatus.FAILED);
    assertThat(answer.result().error()).contains(away);
    assertThat(metrics.settled).containsExactly(answer.result());
  }

  @Test
  void pay_ledgerUnavailable_isRejectedWithoutGatewayCall() {
    ledger.becomeUnavailable();

    Future<Payment> answer = pay();

    assertLedgerUnavailable(answer);
    assertThat(gateway.asked).isEmpty();
    assertThat(metrics.settled).isEmpty();
    assertThat(metrics.unavailable).isEqualTo(1);
    assertThat(paymentService.drained().succeeded()).isTrue();
  }

  private static void assertLedgerUnavailable(Future<?> answer) {
    assertRejected(answer, RequestRejectedException.Reason.LEDGER_UNAVAILABLE);
  }

  private static void assertRejected(Future<?> answer, RequestRejectedException.Reason reason) {
    assertThat(answer.cause())
        .isInstanceOfSatisfying(
            RequestRejectedException.class,
            rejection -> assertThat(rejection.reason()).isEqualTo(reason));
  }

  /** Regression: the gateway was called, although the payment could not be settled any more. */
  @Test
  void pay_superseded_isRejectedWithoutGatewayCall() {
    ledger.supersede();

    Future<Payment> answer = pay();

    assertLedgerUnavailable(answer);
    assertThat(gateway.asked).isEmpty();
    assertThat(paymentService.drained().succeeded()).isTrue();
  }

  @Test
  void pay_ledgerUnavailableAfterCharge_isPendingAndNotCounted() {
    Future<Payment> answer = pay();
    ledger.becomeUnavailable();

    gateway.answer(APPROVED);

    assertThat(answer.result().status()).isEqualTo(PaymentStatus.PENDING);
    assertThat(metrics.settled).isEmpty();
    assertThat(paymentService.unwritten()).hasSize(1);
    assertThat(paymentService.unwritten().iterator().next().status())
        .isEqualTo(PaymentStatus.SUCCESS);
  }

  @Test
  void pay_ledgerUnavailableAfterCharge_isRetriedWithBackoffAndCountedOnce() {
    Future<Payment> answer = pay();
    ledger.becomeUnavailable();
    gateway.answer(APPROVED);
    for (int i = 0; i < 6; i++) {
      scheduler.pass();
    }
    assertThat(scheduler.requested())
        .extracting(Duration::toMillis)
        .containsExactly(100L, 200L, 400L, 800L, 1600L, 2000L, 2000L);

    ledger.becomeAvailable();
    scheduler.pass();
    scheduler.pass();

    UUID id = answer.result().id();
    assertThat(ledger.find(id).result().orElseThrow().status()).isEqualTo(PaymentStatus.SUCCESS);
    assertThat(metrics.settled).extracting(Payment::id).containsExactly(id);
    assertThat(paymentService.unwritten()).isEmpty();
    assertThat(scheduler.requested()).hasSize(7);
    assertThat(gateway.asked).hasSize(1);
  }

  @Test
  void pay_ledgerUnavailableAfterCharge_durationEndsWithTheResponse() {
    Future<Payment> answer = pay();
    clock.advance(Duration.ofMillis(200));
    ledger.becomeUnavailable();
    gateway.answer(APPROVED);
    clock.advance(Duration.ofMinutes(5));
    ledger.becomeAvailable();

    scheduler.pass();

    Payment written = ledger.find(answer.result().id()).result().orElseThrow();
    assertThat(written.settled().orElseThrow().duration()).isEqualTo(Duration.ofMillis(200));
  }

  @Test
  void pay_responseOfCommitLost_isCountedOnce() {
    Future<Payment> answer = pay();
    ledger.loseNextResponse();
    gateway.answer(APPROVED);
    assertThat(answer.result().status()).isEqualTo(PaymentStatus.PENDING);

    scheduler.pass();

    assertThat(metrics.settled).hasSize(1);
    assertThat(paymentService.unwritten()).isEmpty();
  }

  /**
   * A row may be lost by a failover to a replica without it. Regression: the commit was retried for
   * ever, the segment stayed open, and the audit made no progress.
   */
  @Test
  void pay_outcomeNeverCommitted_isAbandonedAndSegmentsAreClosed() {
    Future<Payment> answer = pay();
    ledger.throwNext(new SettlementConflictException("gone"));

    gateway.answer(APPROVED);

    assertThat(answer.result().status()).isEqualTo(PaymentStatus.PENDING);
    assertThat(scheduler.requested()).isEmpty();
    assertThat(metrics.settled).isEmpty();
    assertThat(metrics.errors).containsExactly("ledger SettlementConflictException HIGH");
    assertThat(metrics.conflicts).containsExactly("stripe");
    assertThat(paymentService.drained().succeeded()).isTrue();
    ledgerSegments.roll();
    assertThat(ledgerSegments.lastClosed(0)).isEqualTo(1);
  }

  @Test
  void pay_gatewayNotResponding_isUnknownAndNotCounted() {
    Future<Payment> answer = pay();
    clock.advance(Duration.ofMillis(300));

    gateway.fail(new IllegalStateException("connection reset"));

    assertThat(answer.result().status()).isEqualTo(PaymentStatus.UNKNOWN);
    assertThat(answer.result().unknownOutcome())
        .contains(new Payment.UnknownOutcome(Duration.ofMillis(300), clock.instant()));
    assertThat(ledger.find(answer.result().id()).result()).contains(answer.result());
    assertThat(metrics.settled).isEmpty();
    assertThat(paymentService.unwritten()).isEmpty();
    assertThat(paymentService.drained().succeeded()).isTrue();
  }

  @Test
  void pay_gatewayThrows_isUnknown() {
    gateway.throwNext(new IllegalStateException("a defect"));

    Future<Payment> answer = pay();

    assertThat(answer.result().status()).isEqualTo(PaymentStatus.UNKNOWN);
    assertThat(metrics.settled).isEmpty();
    assertThat(paymentService.drained().succeeded()).isTrue();
  }

  @Test
  void pay_gatewayAndLedgerNotResponding_isMarkedUnknownLater() {
    Future<Payment> answer = pay();
    ledger.becomeUnavailable();
    gateway.fail(new IllegalStateException("connection reset"));
    assertThat(answer.result().status()).isEqualTo(PaymentStatus.PENDING);

    ledger.becomeAvailable();
    scheduler.pass();

    assertThat(ledger.find(answer.result().id()).result().orElseThrow().status())
        .isEqualTo(PaymentStatus.UNKNOWN);
  }

  @Test
  void pay_sameKeyAgain_isReplayedAndChargedOnce() {
    Future<PaymentResult> first = paymentService.pay(ORDER, KEY, Access.ALL);
    gateway.answer(APPROVED);

    Future<PaymentResult> second = paymentService.pay(ORDER, KEY, Access.ALL);

    assertThat(first.result().replayed()).isFalse();
    assertThat(second.result()).isEqualTo(new PaymentResult(first.result().payment(), true));
    assertThat(gateway.asked).hasSize(1);
    assertThat(metrics.settled).hasSize(1);
    assertThat(metrics.keyed).containsExactly(KeyOutcome.NEW, KeyOutcome.REPLAYED);
  }

  @Test
  void pay_sameKeyInFlight_isRejected() {
    paymentService.pay(ORDER, KEY, Access.ALL);

    assertRejected(
        paymentService.pay(ORDER, KEY, Access.ALL), RequestRejectedException.Reason.KEY_IN_FLIGHT);
    assertThat(gateway.asked).hasSize(1);
    assertThat(metrics.keyed).containsExactly(KeyOutcome.NEW, KeyOutcome.IN_FLIGHT);
  }

  @Test
  void pay_sameKeyWithOtherBody_isRejectedAlsoInFlight() {
    paymentService.pay(ORDER, KEY, Access.ALL);
    Optional<IdempotencyKey> other = Optional.of(new IdempotencyKey("", "POST /p", "k-1", "ff"));

    assertRejected(
        paymentService.pay(ORDER, other, Access.ALL), RequestRejectedException.Reason.KEY_MISMATCH);
    assertThat(gateway.asked).hasSize(1);
    assertThat(metrics.keyed).containsExactly(KeyOutcome.NEW, KeyOutcome.MISMATCH);
    assertThat(metrics.unavailable).as("the request is wrong, not the service").isZero();
  }

  @Test
  void pay_sameKeyOfUnknownPayment_replaysItsCurrentState() {
    paymentService.pay(ORDER, KEY, Access.ALL);
    gateway.fail(new IllegalStateException("connection reset"));
    Payment unknown = paymentService.pay(ORDER, KEY, Access.ALL).result().payment();
    assertThat(unknown.status()).isEqualTo(PaymentStatus.UNKNOWN);

    gateway.evidence = Future.succeededFuture(APPROVED);
    paymentService.resolve(unknown);

    assertThat(paymentService.pay(ORDER, KEY, Access.ALL).result().payment().status())
        .isEqualTo(PaymentStatus.SUCCESS);
    assertThat(gateway.asked).hasSize(1);
  }

  /** The key must be free for the next attempt. */
  @Test
  void pay_ledgerUnavailable_isCanceledUntilInsertCannotCommit() {
    ledger.becomeUnavailable();
    paymentService.pay(ORDER, KEY, Access.ALL);
    List<CleanupStore.UnconfirmedInsert> canceled = new ArrayList<>();
    CleanupStore cleanupStore = cleanupStore(canceled);

    paymentService.cancelUnconfirmedInserts(cleanupStore);
    clock.advance(UnconfirmedInserts.MAX_INSERT_DURATION);
    paymentService.cancelUnconfirmedInserts(cleanupStore);
    paymentService.cancelUnconfirmedInserts(cleanupStore);

    assertThat(canceled).hasSize(2);
    assertThat(canceled.get(0)).isEqualTo(canceled.get(1));
    assertThat(canceled.get(0).key()).isEqualTo(KEY);
  }

  private static CleanupStore cleanupStore(List<CleanupStore.UnconfirmedInsert> canceled) {
    return new CleanupStore() {
      @Override
      public Future<Integer> erasePersonalValues(Duration age, int limit) {
        throw new AssertionError("erases nothing");
      }

      @Override
      public Future<Integer> cancelInserts(Collection<UnconfirmedInsert> inserts) {
        canceled.addAll(inserts);
        return Future.succeededFuture(0);
      }

      @Override
      public Future<Integer> cancelRefundInserts(Collection<UnconfirmedInsert> inserts) {
        throw new AssertionError("unexpected cancellation of refunds");
      }

      @Override
      public Future<Integer> cancelSteps(Collection<UnconfirmedInsert> steps) {
        throw new AssertionError("unexpected cancellation of steps");
      }

      @Override
      public Future<Integer> deleteExpiredKeys(Duration age, int most) {
        throw new AssertionError("unexpected call");
      }
    };
  }

  @Test
  void resolve_evidence_settlesWithDurationOfUnknownOutcomeAndCountsOnce() {
    Future<Payment> answer = pay();
    clock.advance(Duration.ofMillis(300));
    gateway.fail(new IllegalStateException("connection reset"));
    clock.advance(Duration.ofMinutes(2));
    gateway.evidence = Future.succeededFuture(APPROVED);

    Payment resolved = paymentService.resolve(answer.result()).result();

    assertThat(resolved.status()).isEqualTo(PaymentStatus.SUCCESS);
    assertThat(resolved.settled().orElseThrow().duration()).isEqualTo(Duration.ofMillis(300));
    assertThat(ledger.find(resolved.id()).result()).contains(resolved);
    assertThat(metrics.settled).containsExactly(resolved);
    assertThat(metrics.resolved).containsExactly("stripe INQUIRY PT2M");
  }

  @Test
  void resolve_neverReached_isFailed() {
    Future<Payment> answer = pay();
    gateway.fail(new IllegalStateException("connection reset"));
    PaymentGatewayException never = new PaymentGatewayException("never received");
    gateway.evidence = Future.succeededFuture(new GatewayResult.NotSubmitted(never));

    assertThat(paymentService.resolve(answer.result()).result().error()).contains(never);
  }

  @Test
  void resolve_noEvidence_staysUnknown() {
    Future<Payment> answer = pay();
    gateway.fail(new IllegalStateException("connection reset"));
    gateway.evidence = Future.failedFuture("still no answer");

    assertThat(paymentService.resolve(answer.result()).failed()).isTrue();
    assertThat(ledger.find(answer.result().id()).result()).contains(answer.result());
    assertThat(metrics.settled).isEmpty();
    assertThat(paymentService.drained().succeeded()).isTrue();
  }

  /** Another instance considered this process ended, and made the inquiry. */
  @Test
  void pay_settledByOtherInstanceMeanwhile_isCountedThere() {
    Future<Payment> answer = pay();
    Payment pending = gateway.asked.get(0);
    Payment unknown =
        pending.markUnknown(new Payment.UnknownOutcome(Duration.ofSeconds(1), clock.instant()));
    ledger.markUnknown(unknown);
    Payment written =
        unknown.settle(new Payment.Settlement(Duration.ofSeconds(1), clock.instant(), null, 7));
    ledger.settle(written);

    gateway.answer(APPROVED);

    assertThat(answer.result()).isEqualTo(written);
    assertThat(metrics.settled).isEmpty();
    assertThat(metrics.errors).isEmpty();
    ledgerSegments.roll();
    assertThat(ledgerSegments.lastClosed(0)).isEqualTo(1);
  }

  @Test
  void pay_lateResponseOfUnknownPayment_isCountedHere() {
    Future<Payment> answer = pay();
    ledger.markUnknown(
        gateway
            .asked
            .get(0)
            .markUnknown(new Payment.UnknownOutcome(Duration.ZERO, clock.instant())));
    clock.advance(Duration.ofSeconds(3));

    gateway.answer(APPROVED);

    assertThat(answer.result().status()).isEqualTo(PaymentStatus.SUCCESS);
    assertThat(metrics.settled).hasSize(1);
    assertThat(metrics.resolved).containsExactly("stripe ANSWER PT3S");
  }

  @Test
  void pay_responseAfterTheTimeout_settlesWithTheDurationUntilTheTimeout() {
    Promise<GatewayResult> late = Promise.promise();
    Payment unknown = payWithTimeout(late);
    assertThat(unknown.status()).isEqualTo(PaymentStatus.UNKNOWN);
    clock.advance(Duration.ofSeconds(3));

    late.complete(APPROVED);

    Payment settled = ledger.find(unknown.id()).result().orElseThrow();
    assertThat(settled.status()).isEqualTo(PaymentStatus.SUCCESS);
    assertThat(settled.settled().orElseThrow().duration()).isEqualTo(Duration.ofSeconds(15));
    assertThat(metrics.settled).extracting(Payment::id).containsExactly(unknown.id());
    assertThat(metrics.resolved).containsExactly("stripe ANSWER PT3S");
    assertThat(metrics.conflicts).isEmpty();
    ledgerSegments.roll();
    assertThat(ledgerSegments.lastClosed(0)).isEqualTo(1);
  }

  @Test
  void pay_approvalAfterTheRowFailed_isAConflict() {
    Promise<GatewayResult> late = Promise.promise();
    Payment unknown = payWithTimeout(late);
    gateway.evidence =
        Future.succeededFuture(
            GatewayResult.notSubmitted(FailureCode.REQUEST_NOT_RECEIVED, "never received"));
    Payment failed = paymentService.resolve(unknown).result();
    assertThat(failed.status()).isEqualTo(PaymentStatus.FAILED);

    late.complete(APPROVED);

    assertThat(metrics.conflicts).containsExactly("stripe");
    assertThat(metrics.errors).containsExactly("ledger SettlementConflictException HIGH");
    assertThat(ledger.find(unknown.id()).result()).contains(failed);
    assertThat(metrics.settled).containsExactly(failed);
    assertThat(paymentService.unwritten()).isEmpty();
    ledgerSegments.roll();
    assertThat(ledgerSegments.lastClosed(0)).isEqualTo(1);
  }

  @Test
  void pay_declineAfterTheRowSucceeded_isAConflict() {
    Promise<GatewayResult> late = Promise.promise();
    Payment unknown = payWithTimeout(late);
    gateway.evidence = Future.succeededFuture(APPROVED);
    paymentService.resolve(unknown);

    late.complete(GatewayResult.rejected(FailureCode.CARD_DECLINED, "Your card was declined."));

    assertThat(metrics.conflicts).containsExactly("stripe");
    assertThat(metrics.settled).hasSize(1);
  }

  @Test
  void pay_sameOutcomeAfterTheInquiry_isCountedOnce() {
    Promise<GatewayResult> late = Promise.promise();
    Payment unknown = payWithTimeout(late);
    gateway.evidence =
        Future.succeededFuture(
            GatewayResult.notSubmitted(FailureCode.REQUEST_NOT_RECEIVED, "never received"));
    paymentService.resolve(unknown);
    clock.advance(Duration.ofSeconds(1));

    late.complete(GatewayResult.rejected(FailureCode.GATEWAY_BUSY, "overloaded"));

    assertThat(metrics.conflicts).isEmpty();
    assertThat(metrics.errors).isEmpty();
    assertThat(metrics.settled).hasSize(1);
  }

  @Test
  void pay_responseAfterTheTimeoutWhileTheLedgerIsUnavailable_isWrittenLater() {
    Promise<GatewayResult> late = Promise.promise();
    Future<Payment> answer = pay();
    ledger.becomeUnavailable();
    gateway.fail(new GatewayTimeoutException("stripe", Duration.ofSeconds(15), late.future()));
    late.complete(APPROVED);
    assertThat(paymentService.unwritten()).hasSize(1);

    ledger.becomeAvailable();
    scheduler.pass();

    assertThat(ledger.find(answer.result().id()).result().orElseThrow().status())
        .isEqualTo(PaymentStatus.SUCCESS);
    assertThat(metrics.settled).hasSize(1);
    assertThat(paymentService.unwritten()).isEmpty();
  }

  @Test
  void resolve_responseAfterTheTimeout_settles() {
    Payment unknown = payWithTimeout(Promise.promise());
    Promise<GatewayResult> late = Promise.promise();
    gateway.evidence =
        Future.failedFuture(
            new GatewayTimeoutException("stripe", Duration.ofSeconds(15), late.future()));
    assertThat(paymentService.resolve(unknown).failed()).isTrue();

    late.complete(APPROVED);

    assertThat(ledger.find(unknown.id()).result().orElseThrow().status())
        .isEqualTo(PaymentStatus.SUCCESS);
    assertThat(metrics.resolved).containsExactly("stripe INQUIRY PT0S");
  }

  private Payment payWithTimeout(Promise<GatewayResult> late) {
    Future<Payment> answer = pay();
    clock.advance(Duration.ofSeconds(15));
    gateway.fail(new GatewayTimeoutException("stripe", Duration.ofSeconds(15), late.future()));
    return answer.result();
  }

  @Test
  void pay_ledgerThrowsBefore_failsAndIsNotInFlight() {
    IllegalStateException defect = new IllegalStateException("a defect");
    ledger.throwNext(defect);

    Future<Payment> answer = pay();

    assertThat(answer.cause()).isSameAs(defect);
    assertThat(gateway.asked).isEmpty();
    assertThat(paymentService.drained().succeeded()).isTrue();
  }

  @Test
  void pay_ledgerThrowsAfterCharge_isPendingAndRetried() {
    Future<Payment> answer = pay();
    ledger.throwNext(new IllegalStateException("a defect"));

    gateway.answer(APPROVED);
    assertThat(answer.result().status()).isEqualTo(PaymentStatus.PENDING);
    scheduler.pass();

    assertThat(metrics.settled).hasSize(1);
    assertThat(paymentService.unwritten()).isEmpty();
  }

  @Test
  void drained_paymentInFlight_waitsForIt() {
    pay();
    Future<Void> drained = paymentService.drained();
    scheduler.pass();
    assertThat(drained.isComplete()).isFalse();

    gateway.answer(APPROVED);
    scheduler.pass();

    assertThat(drained.succeeded()).isTrue();
  }

  @Test
  void drained_outcomeNotWritten_waitsForTheLedger() {
    pay();
    ledger.becomeUnavailable();
    gateway.answer(APPROVED);
    Future<Void> drained = paymentService.drained();
    scheduler.pass();
    assertThat(drained.isComplete()).isFalse();

    ledger.becomeAvailable();
    scheduler.pass();
    scheduler.pass();

    assertThat(drained.succeeded()).isTrue();
  }

  @Test
  void find_existing_isAsInTheLedger() {
    Payment known = TestOrders.order().pending();
    ledger.insert(known);

    assertThat(paymentService.find(known.id(), Access.ALL).result()).isEqualTo(known);
  }

  @Test
  void pay_byMerchant_isItsPayment_untilTheEnd() {
    Future<PaymentResult> answer = paymentService.pay(ORDER, KEY, Access.of("acme"));

    assertThat(gateway.asked.get(0).merchant()).isEqualTo("acme");
    gateway.answer(APPROVED);

    Payment paid = answer.result().payment();
    assertThat(paid.status()).isEqualTo(PaymentStatus.SUCCESS);
    assertThat(paid.merchant()).isEqualTo("acme");
    assertThat(ledger.find(paid.id()).result()).contains(paid);
    assertThat(pay().result().merchant()).isNull();
  }

  /** To a merchant, the payments of others, and those of no merchant, do not exist. */
  @Test
  void find_ofOtherMerchant_isRejectedAsAbsent() {
    Payment acmes = TestOrders.order().merchant("acme").pending();
    Payment nobodys = TestOrders.order().pending();
    ledger.insert(acmes);
    ledger.insert(nobodys);
    Access other = Access.of("other");

    for (Payment payment : List.of(acmes, nobodys)) {
      assertThat(paymentService.find(payment.id(), other).cause())
          .hasMessage("There is no payment " + payment.id() + ".");
    }
    assertThat(paymentService.find(acmes.id(), Access.of("acme")).result()).isEqualTo(acmes);
    assertThat(paymentService.find(acmes.id(), Access.ALL).result()).isEqualTo(acmes);
  }

  @Test
  void find_absent_isRejected() {
    UUID absent = UUID.randomUUID();

    assertThat(paymentService.find(absent, Access.ALL).cause())
        .isInstanceOfSatisfying(
            RequestRejectedException.class,
            rejection -> {
              assertThat(rejection.reason()).isEqualTo(RequestRejectedException.Reason.NOT_FOUND);
              assertThat(rejection.detail()).contains(absent.toString());
            });
  }

  @Test
  void find_ledgerUnavailable_isRejected() {
    ledger.becomeUnavailable();

    assertThat(paymentService.find(UUID.randomUUID(), Access.ALL).cause())
        .isInstanceOfSatisfying(
            RequestRejectedException.class,
            rejection ->
                assertThat(rejection.reason())
                    .isEqualTo(RequestRejectedException.Reason.LEDGER_UNAVAILABLE));
  }

  @Test
  void find_ledgerThrows_fails() {
    IllegalStateException defect = new IllegalStateException("a defect");
    ledger.throwNext(defect);

    assertThat(paymentService.find(UUID.randomUUID(), Access.ALL).cause()).isSameAs(defect);
  }

  /** Regression: the payment stayed pending without a log line or a metric. */
  @Test
  void pay_unknownOutcomeIsRejectedByTheLedger_isCountedOnce() {
    Future<Payment> answer = pay();
    ledger.rejectUnknown(new LedgerUnavailableException("away"));
    gateway.fail(new IllegalStateException("connection reset"));
    scheduler.pass();
    assertThat(metrics.abandoned).isEmpty();

    ledger.rejectUnknown(new SettlementConflictException("no row"));
    scheduler.pass();
    scheduler.pass();

    assertThat(answer.result().status()).isEqualTo(PaymentStatus.PENDING);
    assertThat(metrics.abandoned).containsExactly("stripe");
    assertThat(scheduler.waiting()).isZero();
  }

  /** A ledger with writes that the test can hold, fail or leave without a response. */
  private static final class HeldLedger extends InMemoryPaymentLedger {
    private Promise<Void> held = released();
    private RuntimeException toThrow;
    private RuntimeException unknownRejection;
    private boolean loseNextResponse;
    private boolean superseded;

    private static Promise<Void> released() {
      Promise<Void> promise = Promise.promise();
      promise.complete();
      return promise;
    }

    void hold() {
      held = Promise.promise();
    }

    void release() {
      held.complete();
    }

    void throwNext(RuntimeException defect) {
      toThrow = defect;
    }

    void rejectUnknown(RuntimeException rejection) {
      unknownRejection = rejection;
    }

    @Override
    public Future<Payment> markUnknown(Payment unknown) {
      return unknownRejection == null
          ? super.markUnknown(unknown)
          : Future.failedFuture(unknownRejection);
    }

    void supersede() {
      superseded = true;
    }

    void loseNextResponse() {
      loseNextResponse = true;
    }

    @Override
    public Future<Void> insert(Payment pending) {
      throwIfRequested();
      return held.future()
          .compose(
              released ->
                  superseded
                      ? Future.failedFuture(new SupersededException("paymeter-0"))
                      : super.insert(pending));
    }

    @Override
    public Future<Optional<IdempotencyRecord<Payment>>> insert(
        Payment pending, IdempotencyKey key) {
      return held.future().compose(released -> super.insert(pending, key));
    }

    @Override
    public Future<Payment> settle(Payment settled) {
      throwIfRequested();
      return held.future().compose(released -> super.settle(settled)).compose(this::answer);
    }

    private Future<Payment> answer(Payment stands) {
      boolean lose = loseNextResponse;
      loseNextResponse = false;
      return lose
          ? Future.failedFuture(new LedgerUnavailableException("committed, and not confirmed"))
          : Future.succeededFuture(stands);
    }

    @Override
    public Future<Optional<Payment>> find(UUID id) {
      throwIfRequested();
      return super.find(id);
    }

    private void throwIfRequested() {
      RuntimeException defect = toThrow;
      toThrow = null;
      if (defect != null) {
        throw defect;
      }
    }
  }

  /** A gateway with responses that the test triggers. */
  private static final class ManualGateway implements ChargeOnlyGateway {
    final List<Payment> asked = new ArrayList<>();
    private final Promise<GatewayResult> answer = Promise.promise();
    private RuntimeException toThrow;
    Future<GatewayResult> evidence = Future.failedFuture("unexpected gateway call");

    void answer(GatewayResult gatewayResult) {
      answer.complete(gatewayResult);
    }

    void fail(RuntimeException failure) {
      answer.fail(failure);
    }

    void throwNext(RuntimeException defect) {
      toThrow = defect;
    }

    @Override
    public Future<GatewayResult> charge(Payment payment) {
      asked.add(payment);
      if (toThrow != null) {
        throw toThrow;
      }
      return answer.future();
    }

    @Override
    public Future<GatewayResult> resolve(Payment payment) {
      return evidence;
    }
  }

  private static final class RecordingMetrics extends NoOpPaymentMetrics {
    final List<Payment> settled = new ArrayList<>();
    final List<String> errors = new ArrayList<>();
    final List<KeyOutcome> keyed = new ArrayList<>();
    final List<String> resolved = new ArrayList<>();
    int unavailable;
    final List<String> conflicts = new ArrayList<>();
    final List<String> abandoned = new ArrayList<>();
    Consumer<Payment> onSettled = payment -> {};

    @Override
    public void settled(Payment payment) {
      settled.add(payment);
      onSettled.accept(payment);
    }

    @Override
    public void unavailable() {
      unavailable++;
    }

    @Override
    public void keyUsed(KeyOutcome outcome) {
      keyed.add(outcome);
    }

    @Override
    public void settlementConflict(String gateway) {
      conflicts.add(gateway);
    }

    @Override
    public void outcomeAbandoned(String gateway) {
      abandoned.add(gateway);
    }

    @Override
    public void resolved(String gateway, Via via, Duration age) {
      resolved.add(gateway + " " + via + " " + age);
    }

    @Override
    public void failed(String service, String errorType, Severity severity) {
      errors.add(service + " " + errorType + " " + severity);
    }
  }
}
