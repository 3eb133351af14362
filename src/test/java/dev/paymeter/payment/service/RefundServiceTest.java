package dev.paymeter.payment.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.payment.Access;
import dev.paymeter.payment.FailureCode;
import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentException;
import dev.paymeter.payment.PaymentGatewayException;
import dev.paymeter.payment.PaymentOrder;
import dev.paymeter.payment.PaymentStatus;
import dev.paymeter.payment.PaymentValidationException;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.RefundOrder;
import dev.paymeter.payment.RequestRejectedException;
import dev.paymeter.payment.RequestRejectedException.FieldError;
import dev.paymeter.payment.RequestRejectedException.Reason;
import dev.paymeter.payment.port.CleanupStore;
import dev.paymeter.payment.port.CleanupStore.UnconfirmedInsert;
import dev.paymeter.payment.port.GatewayCapabilities;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.payment.port.GatewayTimeoutException;
import dev.paymeter.payment.port.LedgerSegments;
import dev.paymeter.payment.port.LedgerUnavailableException;
import dev.paymeter.payment.port.PaymentMetrics.KeyOutcome;
import dev.paymeter.payment.port.PaymentStepListener;
import dev.paymeter.payment.port.UnresolvedTransfers;
import dev.paymeter.payment.port.UnresolvedTransfers.UnknownTotal;
import dev.paymeter.report.RecordedPayment;
import dev.paymeter.support.ledger.InMemoryPaymentLedger;
import dev.paymeter.support.ledger.InMemoryRefundLedger;
import dev.paymeter.support.payment.ChargingGateway;
import dev.paymeter.support.payment.ManualClock;
import dev.paymeter.support.payment.ManualScheduler;
import dev.paymeter.support.payment.NoOpPaymentMetrics;
import dev.paymeter.support.payment.TestCounters;
import dev.paymeter.support.payment.TestOrders;
import dev.paymeter.support.payment.TransferOnlyGateway;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RefundServiceTest {
  private static final GatewayResult APPROVED = new GatewayResult.Approved("ref");
  private static final GatewayResult RETURNED =
      GatewayResult.rejected(FailureCode.REFUND_FAILED, "the account was closed");
  private static final RefundOrder ALL = new RefundOrder(null, null);
  private static final Access ACME = Access.of("acme");
  private static final Optional<IdempotencyKey> KEY =
      Optional.of(new IdempotencyKey("", "POST /r", "k-1", "aa"));

  private final InMemoryPaymentLedger payments = new InMemoryPaymentLedger();
  private final InMemoryRefundLedger ledger = new InMemoryRefundLedger(payments);
  private final ManualGateway gateway = new ManualGateway();
  private final RecordingMetrics metrics = new RecordingMetrics();
  private final ManualScheduler scheduler = new ManualScheduler();
  private final ManualClock clock = new ManualClock();
  private final LedgerSegments ledgerSegments = new LedgerSegments();
  private RefundService refundService;

  @BeforeEach
  void build() {
    refundService =
        new RefundService(
            ledger,
            gateway,
            new TransferProcessor.Context(
                metrics,
                scheduler,
                TestCounters.of(ledgerSegments),
                clock,
                clock,
                TestOrders.GATEWAY_KEYS),
            PaymentStepListener.NONE);
  }

  private Payment paid(TestOrders order) {
    Payment succeeded = order.succeeded();
    payments.insert(TestOrders.pendingOf(succeeded));
    return payments.settle(succeeded).result();
  }

  private Payment paid() {
    return paid(TestOrders.order().of("100.00", "EUR"));
  }

  private static RefundOrder of(String amount) {
    return new RefundOrder(new BigDecimal(amount), "damaged");
  }

  private Future<Refund> refund(Payment payment, RefundOrder order) {
    return refundService
        .refund(payment.id(), order, Optional.empty(), Access.ALL)
        .map(RefundResult::refund);
  }

  private static Reason reason(Future<?> rejected) {
    return ((RequestRejectedException) rejected.cause()).reason();
  }

  private Payment found(Payment payment) {
    return payments.find(payment.id()).result().orElseThrow();
  }

  @Test
  void refund_partApproved_isSettledWithEveryField() {
    Payment payment = paid();
    clock.advance(Duration.ofHours(1));
    Future<Refund> answer = refund(payment, of("30.5"));
    clock.advance(Duration.ofMillis(300));

    gateway.answer(APPROVED);

    Refund refund = answer.result();
    assertThat(refund.status()).isEqualTo(PaymentStatus.SUCCESS);
    assertThat(refund.payment()).isEqualTo(payment);
    assertThat(refund.amount()).isEqualTo(TestOrders.money("30.50", "EUR"));
    assertThat(refund.amountUsd()).isEqualTo(new BigDecimal("31.48"));
    assertThat(refund.reason()).isEqualTo("damaged");
    assertThat(refund.createdAt()).isEqualTo(TestOrders.CREATED_AT.plus(Duration.ofHours(1)));
    assertThat(refund.settled().orElseThrow().duration()).isEqualTo(Duration.ofMillis(300));
    assertThat(refund.reference()).isEqualTo("rfn_" + refund.id());
    assertThat(refund.id().version()).isEqualTo(7);
    assertThat(ledger.find(payment.id(), refund.id()).result()).contains(refund);
    assertThat(found(payment).status()).isEqualTo(PaymentStatus.PARTIALLY_REFUNDED);
  }

  @Test
  void refund_withKey_isSubmittedUnderAKeyDerivedFromIt() {
    refundService.refund(paid().id(), of("1"), KEY, Access.ALL);

    assertThat(gateway.asked.get(0).gatewayKey())
        .isEqualTo(TestOrders.GATEWAY_KEYS.create(UUID.randomUUID(), KEY));
  }

  @Test
  void refund_gatewayHasMadeOneThatTheLedgerHasLost_isSettledByThat() {
    Future<RefundResult> answer = refundService.refund(paid().id(), of("1"), KEY, Access.ALL);

    gateway.answer(new GatewayResult.Earlier(UUID.randomUUID(), APPROVED));

    assertThat(answer.result().refund().status()).isEqualTo(PaymentStatus.SUCCESS);
  }

  @Test
  void refund_gatewayHasMadeAnotherOneOfTheLedger_isDeclined() {
    Payment payment = paid();
    Refund other = Refund.of(payment, TestOrders.money("1.00", "EUR"), null, clock.instant());
    ledger.insert(other, Optional.empty());
    Future<RefundResult> answer = refundService.refund(payment.id(), of("1"), KEY, Access.ALL);

    gateway.answer(new GatewayResult.Earlier(other.id(), APPROVED));

    assertThat(answer.result().refund().error())
        .contains(
            new PaymentValidationException(
                FailureCode.IDEMPOTENCY_KEY_REUSED, "The idempotency key was used before"));
  }

  @Test
  void refund_noAmount_isTheRemainingAmount() {
    Payment payment = paid();
    gateway.answer(APPROVED);
    refund(payment, of("99.99"));

    assertThat(refund(payment, ALL).result().amount()).isEqualTo(TestOrders.money("0.01", "EUR"));
    assertThat(found(payment).status()).isEqualTo(PaymentStatus.REFUNDED);
    assertThat(reason(refund(payment, ALL))).isEqualTo(Reason.REFUND_TOO_LARGE);
  }

  @Test
  void refund_success_isCountedOnceInItsSegment() {
    gateway.answer(APPROVED);

    Refund refund = refund(paid(), of("10")).result();

    assertThat(metrics.settled).containsExactly(refund);
    assertThat(refund.status()).isEqualTo(PaymentStatus.SUCCESS);
    assertThat(refund.amountUsd()).isEqualTo(new BigDecimal("10.32"));
    ledgerSegments.roll();
    assertThat(ledgerSegments.lastClosed(0)).isEqualTo(1);
  }

  @Test
  void refund_declined_isCountedAndReleasesTheAmount() {
    Payment payment = paid(TestOrders.order().of("2000.00", "USD"));
    PaymentException declined = new PaymentValidationException("no");
    gateway.answer(new GatewayResult.Rejected(declined));

    Refund refund = refund(payment, of("1500")).result();

    assertThat(refund.error()).contains(declined);
    assertThat(metrics.settled).containsExactly(refund);
    assertThat(found(payment).status()).isEqualTo(PaymentStatus.SUCCESS);
    assertThat(ledger.findRefundable(payment.id()).result().orElseThrow().remaining())
        .isEqualTo(TestOrders.money("2000.00", "USD"));
  }

  @Test
  void refund_notSubmitted_hasFailed() {
    gateway.answer(new GatewayResult.NotSubmitted(new PaymentGatewayException("busy")));

    assertThat(refund(paid(), ALL).result().status()).isEqualTo(PaymentStatus.FAILED);
  }

  @Test
  void refund_pending_isCommittedBeforeTheGatewayIsCalled() {
    Payment payment = paid();

    refund(payment, of("40"));

    Refund asked = gateway.asked.get(0);
    assertThat(asked.status()).isEqualTo(PaymentStatus.PENDING);
    assertThat(ledger.find(payment.id(), asked.id()).result()).contains(asked);
    assertThat(ledger.findRefundable(payment.id()).result().orElseThrow().remaining())
        .isEqualTo(TestOrders.money("60.00", "EUR"));
    assertThat(refundService.drained().isComplete()).isFalse();
  }

  @Test
  void refund_noResponse_isUnknownAndStaysReserved() {
    Payment payment = paid();
    Future<Refund> answer = refund(payment, ALL);

    gateway.answer.fail(new IllegalStateException("connection reset"));

    assertThat(answer.result().status()).isEqualTo(PaymentStatus.UNKNOWN);
    assertThat(reason(refund(payment, of("0.01")))).isEqualTo(Reason.REFUND_TOO_LARGE);
    assertThat(found(payment).status()).isEqualTo(PaymentStatus.SUCCESS);
    assertThat(metrics.settled).isEmpty();
  }

  @Test
  void resolve_evidence_settlesWithDurationOfUnknownOutcomeAndCountsOnce() {
    Payment payment = paid();
    Future<Refund> answer = refund(payment, ALL);
    clock.advance(Duration.ofMillis(300));
    gateway.answer.fail(new IllegalStateException("connection reset"));
    clock.advance(Duration.ofMinutes(2));
    gateway.evidence = Future.succeededFuture(APPROVED);

    Refund resolved = refundService.resolve(answer.result()).result();

    assertThat(resolved.status()).isEqualTo(PaymentStatus.SUCCESS);
    assertThat(resolved.settled().orElseThrow().duration()).isEqualTo(Duration.ofMillis(300));
    assertThat(metrics.settled).containsExactly(resolved);
    assertThat(found(payment).status()).isEqualTo(PaymentStatus.REFUNDED);
  }

  private Refund successful(Payment payment, RefundOrder order) {
    gateway.answer.tryComplete(APPROVED);
    return refund(payment, order).result();
  }

  @Test
  void verify_failedAtTheGatewayLater_isCountedOnceInASegmentOfItsOwn() {
    Payment payment = paid();
    Refund refund = successful(payment, ALL);
    ledgerSegments.roll();
    clock.advance(Duration.ofDays(2));
    gateway.evidence = Future.succeededFuture(RETURNED);

    assertThat(refundService.verify(refund).succeeded()).isTrue();
    clock.advance(Duration.ofMillis(1));
    assertThat(refundService.verify(refund).succeeded()).isTrue();

    Refund failed = ledger.find(payment.id(), refund.id()).result().orElseThrow();
    assertThat(failed.status()).isEqualTo(PaymentStatus.FAILED);
    assertThat(failed.error()).map(PaymentException::code).contains(FailureCode.REFUND_FAILED);
    assertThat(failed.settled().orElseThrow().at()).isEqualTo(clock.instant().minusMillis(1));
    assertThat(failed.settled().orElseThrow().segment()).isEqualTo(2);
    assertThat(failed.success()).isEqualTo(refund.settlement());
    assertThat(metrics.settled).containsExactly(refund, failed);
    assertThat(metrics.conflicts).isEmpty();
    assertThat(found(payment).status()).isEqualTo(PaymentStatus.SUCCESS);
    ledgerSegments.roll();
    assertThat(ledgerSegments.lastClosed(0)).isEqualTo(2);
  }

  /** The gateway has no such refund, or one of another amount: not a failure of this refund. */
  @Test
  void verify_otherContradiction_isAConflictAndChangesNothing() {
    Payment payment = paid();
    Refund refund = successful(payment, ALL);

    for (GatewayResult contradiction :
        List.of(
            GatewayResult.notSubmitted(FailureCode.REQUEST_NOT_RECEIVED, "never received"),
            GatewayResult.KEY_OF_ANOTHER_AMOUNT)) {
      gateway.evidence = Future.succeededFuture(contradiction);
      assertThat(refundService.verify(refund).succeeded()).isTrue();
    }

    assertThat(ledger.find(payment.id(), refund.id()).result()).contains(refund);
    assertThat(metrics.settled).containsExactly(refund);
    assertThat(metrics.conflicts).hasSize(2);
  }

  @Test
  void verify_stillSuccessfulOrNoEvidence_changesNothing() {
    Refund refund = successful(paid(), ALL);

    gateway.evidence = Future.succeededFuture(APPROVED);
    assertThat(refundService.verify(refund).succeeded()).isTrue();
    gateway.evidence = Future.failedFuture("connection reset");
    assertThat(refundService.verify(refund).failed()).isTrue();

    assertThat(metrics.settled).containsExactly(refund);
    assertThat(metrics.conflicts).isEmpty();
  }

  @Test
  void verify_ledgerUnavailable_failsAndIsCommittedLater() {
    Refund refund = successful(paid(), ALL);
    gateway.evidence = Future.succeededFuture(RETURNED);
    payments.becomeUnavailable();

    assertThat(refundService.verify(refund).failed()).isTrue();
    assertThat(metrics.settled).containsExactly(refund);
    payments.becomeAvailable();
    scheduler.pass();

    assertThat(metrics.settled).extracting(Refund::hasFailedLater).containsExactly(false, true);
  }

  /** Another order uses the amount while the evidence is being committed. */
  @Test
  void refund_afterALaterFailure_canHaveTheAmountAgain() {
    Payment payment = paid();
    Refund refund = successful(payment, ALL);
    assertThat(reason(refund(payment, ALL))).isEqualTo(Reason.REFUND_TOO_LARGE);
    gateway.evidence = Future.succeededFuture(RETURNED);
    refundService.verify(refund);

    Refund again = refund(payment, ALL).result();

    assertThat(again.status()).isEqualTo(PaymentStatus.SUCCESS);
    assertThat(again.amount()).isEqualTo(refund.amount());
    assertThat(found(payment).status()).isEqualTo(PaymentStatus.REFUNDED);
    assertThat(reason(refund(payment, ALL))).isEqualTo(Reason.REFUND_TOO_LARGE);
  }

  @Test
  void refund_sameKeyAfterALaterFailure_isReplayedAsItWasAnswered() {
    Payment payment = paid();
    gateway.answer(APPROVED);
    Refund refund = refundService.refund(payment.id(), ALL, KEY, Access.ALL).result().refund();
    gateway.evidence = Future.succeededFuture(RETURNED);
    refundService.verify(refund);

    RefundResult replayed = refundService.refund(payment.id(), ALL, KEY, Access.ALL).result();

    assertThat(replayed.replayed()).isTrue();
    assertThat(replayed.refund()).isEqualTo(refund);
  }

  @Test
  void reconciler_unknownRefund_isResolvedAndShown() {
    Future<Refund> answer = refund(paid(), ALL);
    gateway.answer.fail(new IllegalStateException("connection reset"));
    gateway.evidence = Future.succeededFuture(APPROVED);
    List<UnknownTotal> standing =
        List.of(new UnknownTotal("stripe", 1, TestOrders.CREATED_AT, BigDecimal.TEN));
    UnresolvedTransfers<Refund> unresolvedTransfers = new OneInquiry(answer.result(), standing);
    PeriodicTask reconciler =
        Reconciler.of(
            refundService,
            unresolvedTransfers,
            () -> TestOrders.accounts("stripe"),
            gateway -> 20,
            metrics::showUnknownRefunds,
            scheduler);

    reconciler.start();
    scheduler.pass();

    assertThat(metrics.settled).hasSize(1);
    assertThat(metrics.unknown).isEqualTo(standing);
  }

  private record OneInquiry(Refund refund, List<UnknownTotal> standing)
      implements UnresolvedTransfers<Refund> {
    @Override
    public Future<List<Inquiry<Refund>>> take(List<Demand> demands, Duration lease) {
      return Future.succeededFuture(List.of(new Inquiry<>(refund, 1)));
    }

    @Override
    public Future<Optional<Refund>> find(UUID id) {
      return Future.succeededFuture(Optional.of(refund));
    }

    @Override
    public Future<Void> postpone(UUID id, Duration pause) {
      throw new AssertionError("there was evidence");
    }

    @Override
    public Future<List<UnknownTotal>> unknownByGateway() {
      return Future.succeededFuture(standing);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "100.01, EUR, 100.00, REFUND_TOO_LARGE",
    "0.001, EUR, 100.00, INVALID",
    "0.5, JPY, 100, INVALID",
    "1.2345, KWD, 100.000, INVALID",
    "999999999999999999, USD, 100.00, REFUND_TOO_LARGE"
  })
  void refund_invalidAmount_isRejectedWithoutGatewayCall(
      String amount, String currency, String paid, Reason why) {
    Payment payment = paid(TestOrders.order().of(paid, currency));

    assertThat(reason(refund(payment, of(amount)))).isEqualTo(why);
    assertThat(gateway.asked).isEmpty();
    assertThat(ledger.list(payment.id(), null, 1).result()).isEmpty();
  }

  @Test
  void refund_tooLarge_namesRequestedAndRemainingAmount() {
    Payment payment = paid();
    gateway.answer(APPROVED);
    refund(payment, of("60"));

    assertThat(refund(payment, of("50")).cause())
        .hasMessage("Expected at most the remaining amount, 40.00 EUR, found 50.00 EUR.");
  }

  @Test
  void refund_ofUnsuccessfulPayment_isRejected() {
    Payment failed = TestOrders.order().failed(new PaymentGatewayException("down"));
    payments.insert(TestOrders.pendingOf(failed));
    payments.settle(failed);
    Payment pending = TestOrders.order().pending();
    payments.insert(pending);
    RecordedPayment told = TestOrders.order().recorded("shop", "s-1");
    payments.recordPayments(List.of(told));

    assertThat(reason(refund(failed, ALL))).isEqualTo(Reason.WRONG_STATE);
    assertThat(reason(refund(pending, ALL))).isEqualTo(Reason.WRONG_STATE);
    assertThat(reason(refund(told.payment(), ALL))).isEqualTo(Reason.WRONG_STATE);
    assertThat(reason(refundService.refund(UUID.randomUUID(), ALL, KEY, Access.ALL)))
        .isEqualTo(Reason.NOT_FOUND);
    assertThat(metrics.keyed).isEmpty();
  }

  /** Another account of the same gateway has no such charge. */
  @Test
  void refund_accountOfAnotherInstance_isRejectedAndNotStored() {
    Payment payment = paid();
    gateway.hasAccount = false;

    assertThat(reason(refundService.refund(payment.id(), ALL, KEY, Access.ALL)))
        .isEqualTo(Reason.ACCOUNT_UNAVAILABLE);

    assertThat(gateway.asked).isEmpty();
    gateway.hasAccount = true;
    gateway.answer(APPROVED);
    assertThat(refundService.refund(payment.id(), ALL, KEY, Access.ALL).result().refund().amount())
        .as("neither the key nor the amount is used")
        .isEqualTo(payment.amount());
  }

  @Test
  void refund_sameKeyAgain_isReplayedThoughNothingRemains() {
    Payment payment = paid();
    gateway.answer(APPROVED);
    RefundResult first = refundService.refund(payment.id(), ALL, KEY, Access.ALL).result();

    RefundResult again = refundService.refund(payment.id(), ALL, KEY, Access.ALL).result();

    assertThat(again.replayed()).isTrue();
    assertThat(again.refund().id()).isEqualTo(first.refund().id());
    assertThat(gateway.asked).hasSize(1);
    assertThat(metrics.keyed).containsExactly(KeyOutcome.NEW, KeyOutcome.REPLAYED);
  }

  @Test
  void refund_sameKeyInFlightOrWithOtherBody_isRejected() {
    Payment payment = paid();
    refundService.refund(payment.id(), of("10"), KEY, Access.ALL);
    Optional<IdempotencyKey> otherBody =
        Optional.of(new IdempotencyKey("", "POST /r", "k-1", "bb"));

    assertThat(reason(refundService.refund(payment.id(), of("10"), KEY, Access.ALL)))
        .isEqualTo(Reason.KEY_IN_FLIGHT);
    assertThat(reason(refundService.refund(payment.id(), of("20"), otherBody, Access.ALL)))
        .isEqualTo(Reason.KEY_MISMATCH);
    assertThat(gateway.asked).hasSize(1);
  }

  /** A concurrent request changes the payment between lookup and insert. */
  @Test
  void refund_paymentChangedMeanwhile_isAttemptedAgain() {
    Payment payment = paid();
    gateway.answer(APPROVED);
    InMemoryRefundLedger raced =
        new InMemoryRefundLedger(payments) {
          private boolean first = true;

          @Override
          public Future<Boolean> insert(Refund pending, Optional<IdempotencyKey> key) {
            if (first) {
              first = false;
              insert(TestOrders.refund(payment, "30.00"), Optional.empty());
            }
            return super.insert(pending, key);
          }
        };
    refundService =
        new RefundService(
            raced,
            gateway,
            new TransferProcessor.Context(
                metrics,
                scheduler,
                TestCounters.of(ledgerSegments),
                clock,
                clock,
                TestOrders.GATEWAY_KEYS),
            PaymentStepListener.NONE);

    assertThat(refund(payment, ALL).result().amount()).isEqualTo(TestOrders.money("70.00", "EUR"));
  }

  @Test
  void refund_ledgerUnavailable_isRejectedAndCanceled() {
    Payment payment = paid();
    InMemoryRefundLedger lossy =
        new InMemoryRefundLedger(payments) {
          @Override
          public Future<Boolean> insert(Refund pending, Optional<IdempotencyKey> key) {
            return Future.failedFuture(new LedgerUnavailableException("away"));
          }
        };
    refundService =
        new RefundService(
            lossy,
            gateway,
            new TransferProcessor.Context(
                metrics,
                scheduler,
                TestCounters.of(ledgerSegments),
                clock,
                clock,
                TestOrders.GATEWAY_KEYS),
            PaymentStepListener.NONE);
    List<UnconfirmedInsert> canceled = new ArrayList<>();

    assertThat(reason(refundService.refund(payment.id(), ALL, KEY, Access.ALL)))
        .isEqualTo(Reason.LEDGER_UNAVAILABLE);
    refundService.cancelUnconfirmedInserts(cleanupStore(canceled));

    assertThat(gateway.asked).isEmpty();
    assertThat(canceled).extracting(UnconfirmedInsert::key).containsExactly(KEY);
  }

  private static CleanupStore cleanupStore(List<UnconfirmedInsert> canceled) {
    return new CleanupStore() {
      @Override
      public Future<Integer> erasePersonalValues(Duration age, int limit) {
        throw new AssertionError("erases nothing");
      }

      @Override
      public Future<Integer> cancelInserts(Collection<UnconfirmedInsert> inserts) {
        throw new AssertionError("unexpected cancellation of payments");
      }

      @Override
      public Future<Integer> cancelRefundInserts(Collection<UnconfirmedInsert> inserts) {
        canceled.addAll(inserts);
        return Future.succeededFuture(0);
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
  void refund_ledgerUnavailableAfterGatewayCall_isCommittedLater() {
    Payment payment = paid();
    Future<Refund> answer = refund(payment, ALL);
    payments.becomeUnavailable();
    gateway.answer(APPROVED);

    assertThat(answer.result().status()).isEqualTo(PaymentStatus.PENDING);
    assertThat(refundService.unwritten()).hasSize(1);
    assertThat(metrics.settled).isEmpty();
    payments.becomeAvailable();
    scheduler.pass();

    assertThat(refundService.unwritten()).isEmpty();
    assertThat(metrics.settled).hasSize(1);
    assertThat(found(payment).status()).isEqualTo(PaymentStatus.REFUNDED);
    assertThat(refundService.drained().succeeded()).isTrue();
  }

  @Test
  void pay_replayOfRefundedPayment_isTheFirstResponse() {
    PaymentService paying =
        new PaymentService(
            payments,
            new ChargingGateway(payment -> Future.succeededFuture(APPROVED)),
            TestOrders.RATES,
            new TransferProcessor.Context(
                metrics,
                scheduler,
                TestCounters.of(ledgerSegments),
                clock,
                clock,
                TestOrders.GATEWAY_KEYS),
            PaymentStepListener.NONE);
    PaymentOrder order = TestOrders.order().build();
    Payment first = paying.pay(order, KEY, Access.ALL).result().payment();
    gateway.answer(APPROVED);
    refund(first, ALL);

    assertThat(paying.find(first.id(), Access.ALL).result().status())
        .isEqualTo(PaymentStatus.REFUNDED);
    assertThat(paying.pay(order, KEY, Access.ALL).result())
        .isEqualTo(new PaymentResult(first, true));
  }

  @Test
  void list_absentPayment_isNotFound() {
    assertThat(reason(refundService.list(UUID.randomUUID(), null, 1, Access.ALL)))
        .isEqualTo(Reason.NOT_FOUND);
    assertThat(reason(refundService.find(UUID.randomUUID(), UUID.randomUUID(), Access.ALL)))
        .isEqualTo(Reason.NOT_FOUND);
  }

  /** To a merchant, the payments of others, and those of no merchant, do not exist. */
  @Test
  void refunds_ofOtherMerchant_areNotFound() {
    Payment payment = paid(TestOrders.order().merchant("acme"));
    Future<RefundResult> answer = refundService.refund(payment.id(), of("1"), KEY, ACME);
    gateway.answer(APPROVED);
    Refund refund = answer.result().refund();

    for (Access other : List.of(Access.of("other"), Access.of("Acme"), Access.of("ac"))) {
      UUID absent = UUID.randomUUID();
      assertThat(detail(refundService.refund(payment.id(), of("1"), Optional.empty(), other)))
          .isEqualTo(
              detail(refundService.refund(absent, of("1"), Optional.empty(), other))
                  .replace(absent + "", payment.id() + ""));
      assertThat(detail(refundService.list(payment.id(), null, 9, other)))
          .isEqualTo(
              detail(refundService.list(absent, null, 9, other))
                  .replace(absent + "", payment.id() + ""));
      assertThat(detail(refundService.find(payment.id(), refund.id(), other)))
          .isEqualTo(
              detail(refundService.find(absent, refund.id(), other))
                  .replace(absent + "", payment.id() + ""));
    }
    assertThat(reason(refundService.refund(paid().id(), of("1"), Optional.empty(), ACME)))
        .isEqualTo(Reason.NOT_FOUND);
    assertThat(gateway.asked).hasSize(1);
    assertThat(refundService.list(payment.id(), null, 9, ACME).result().transfers()).hasSize(1);
    assertThat(refundService.find(payment.id(), refund.id(), Access.ALL).result().id())
        .isEqualTo(refund.id());
  }

  private static String detail(Future<?> rejected) {
    return ((RequestRejectedException) rejected.cause()).detail();
  }

  @Test
  void refund_responseAfterTheTimeout_settles() {
    Payment payment = paid();
    Promise<GatewayResult> late = Promise.promise();
    Refund unknown = refundWithTimeout(payment, late);
    assertThat(unknown.status()).isEqualTo(PaymentStatus.UNKNOWN);
    clock.advance(Duration.ofSeconds(3));

    late.complete(APPROVED);

    Refund settled = ledger.find(payment.id(), unknown.id()).result().orElseThrow();
    assertThat(settled.status()).isEqualTo(PaymentStatus.SUCCESS);
    assertThat(settled.settled().orElseThrow().duration()).isEqualTo(Duration.ofSeconds(15));
    assertThat(found(payment).status()).isEqualTo(PaymentStatus.REFUNDED);
    assertThat(metrics.settled).hasSize(1);
    assertThat(metrics.conflicts).isEmpty();
  }

  @Test
  void refund_approvalAfterTheRowFailed_isAConflict() {
    Payment payment = paid();
    Promise<GatewayResult> late = Promise.promise();
    Refund unknown = refundWithTimeout(payment, late);
    gateway.evidence =
        Future.succeededFuture(
            GatewayResult.notSubmitted(FailureCode.REQUEST_NOT_RECEIVED, "never received"));
    Refund failed = refundService.resolve(unknown).result();

    late.complete(APPROVED);

    assertThat(metrics.conflicts).containsExactly("stripe");
    assertThat(ledger.find(payment.id(), unknown.id()).result()).contains(failed);
    assertThat(metrics.settled).containsExactly(failed);
  }

  /** The gateway has approved the refund, which has failed since. */
  @Test
  void refund_approvalAfterItsFailureWasFound_changesNothing() {
    Payment payment = paid();
    Promise<GatewayResult> late = Promise.promise();
    Refund unknown = refundWithTimeout(payment, late);
    gateway.evidence = Future.succeededFuture(RETURNED);
    Refund failed = refundService.resolve(unknown).result();

    late.complete(APPROVED);

    assertThat(metrics.conflicts).isEmpty();
    assertThat(ledger.find(payment.id(), unknown.id()).result()).contains(failed);
    assertThat(metrics.settled).containsExactly(failed);
    assertThat(refundService.unwritten()).isEmpty();
  }

  /** The gateway was asked before the approval was committed, and responded afterwards. */
  @Test
  void resolve_failedSinceAnApprovalThatIsCommittedMeanwhile_isALaterFailure() {
    Payment payment = paid();
    Promise<GatewayResult> late = Promise.promise();
    Refund unknown = refundWithTimeout(payment, late);
    Promise<GatewayResult> inquiry = Promise.promise();
    gateway.evidence = inquiry.future();
    Future<Refund> resolved = refundService.resolve(unknown);

    late.complete(APPROVED);
    inquiry.complete(RETURNED);

    Refund failed = ledger.find(payment.id(), unknown.id()).result().orElseThrow();
    assertThat(failed.hasFailedLater()).isTrue();
    assertThat(resolved.result()).isEqualTo(failed);
    assertThat(metrics.conflicts).isEmpty();
    assertThat(metrics.settled).extracting(Refund::hasFailedLater).containsExactly(false, true);
    assertThat(found(payment).status()).isEqualTo(PaymentStatus.SUCCESS);
    assertThat(refundService.unwritten()).isEmpty();
    ledgerSegments.roll();
    assertThat(ledgerSegments.lastClosed(0)).isEqualTo(1);
  }

  /** PayPal accepts whole amounts only in some currencies that have decimals. */
  @Test
  void refund_amountThatTheGatewayCannotMove_isRejected() {
    Payment payment = paid();
    gateway.capabilities = GatewayCapabilities.ALL.withDecimals(Map.of("EUR", 0));

    Future<Refund> rejected = refund(payment, of("30.5"));

    assertThat(((RequestRejectedException) rejected.cause()).fieldErrors())
        .containsExactly(
            new FieldError("amount", "at most 0 decimals for EUR, at gateway stripe", "30.50"));
    assertThat(gateway.asked).isEmpty();
    assertThat(refund(payment, of("30")).isComplete()).isFalse();
    assertThat(gateway.asked).hasSize(1);
  }

  private Refund refundWithTimeout(Payment payment, Promise<GatewayResult> late) {
    Future<Refund> answer = refund(payment, ALL);
    clock.advance(Duration.ofSeconds(15));
    gateway.answer.fail(
        new GatewayTimeoutException("stripe", Duration.ofSeconds(15), late.future()));
    return answer.result();
  }

  /** A gateway with a response that the test triggers, and which is then repeated. */
  private static final class ManualGateway implements TransferOnlyGateway {
    final List<Refund> asked = new ArrayList<>();
    final Promise<GatewayResult> answer = Promise.promise();
    @Nullable Future<GatewayResult> evidence;
    boolean hasAccount = true;
    GatewayCapabilities capabilities = GatewayCapabilities.ALL;

    @Override
    public GatewayCapabilities capabilities(String gateway) {
      return capabilities;
    }

    @Override
    public Optional<String> account(String gateway) {
      return Optional.of(hasAccount ? TestOrders.account(gateway) : "another_account");
    }

    void answer(GatewayResult gatewayResult) {
      answer.complete(gatewayResult);
    }

    @Override
    public Future<GatewayResult> charge(Payment payment) {
      throw new AssertionError("unexpected charge of " + payment.id());
    }

    @Override
    public Future<GatewayResult> resolve(Payment payment) {
      throw new AssertionError("unexpected inquiry about " + payment.id());
    }

    @Override
    public Future<GatewayResult> refund(Refund refund) {
      asked.add(refund);
      return answer.future();
    }

    @Override
    public Future<GatewayResult> resolveRefund(Refund refund) {
      return evidence == null ? Future.failedFuture("unexpected gateway call") : evidence;
    }
  }

  private static final class RecordingMetrics extends NoOpPaymentMetrics {
    final List<Refund> settled = new ArrayList<>();
    final List<KeyOutcome> keyed = new ArrayList<>();
    final List<String> conflicts = new ArrayList<>();
    List<UnknownTotal> unknown = List.of();

    @Override
    public void showUnknownRefunds(List<UnknownTotal> now) {
      unknown = now;
    }

    @Override
    public void settlementConflict(String gateway) {
      conflicts.add(gateway);
    }

    @Override
    public void settled(Refund refund) {
      settled.add(refund);
    }

    @Override
    public void keyUsed(KeyOutcome outcome) {
      keyed.add(outcome);
    }
  }
}
