package dev.paymeter.payment.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.payment.Access;
import dev.paymeter.payment.Authorization;
import dev.paymeter.payment.FailureCode;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentException;
import dev.paymeter.payment.PaymentStatus;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.RefundOrder;
import dev.paymeter.payment.RequestRejectedException;
import dev.paymeter.payment.RequestRejectedException.Reason;
import dev.paymeter.payment.Transfer;
import dev.paymeter.payment.VoidReason;
import dev.paymeter.payment.port.GatewayDispute;
import dev.paymeter.payment.port.GatewayHint;
import dev.paymeter.payment.port.GatewayHint.Claim;
import dev.paymeter.payment.port.GatewayHint.DisputeSubject;
import dev.paymeter.payment.port.GatewayHint.OtherSubject;
import dev.paymeter.payment.port.GatewayHint.Subject;
import dev.paymeter.payment.port.GatewayHint.TransferSubject;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.payment.port.HintOutcome;
import dev.paymeter.payment.port.LedgerSegments;
import dev.paymeter.payment.port.PaymentStepListener;
import dev.paymeter.payment.port.UnresolvedTransfers;
import dev.paymeter.payment.port.WebhookRejectedException;
import dev.paymeter.support.ledger.InMemoryDisputeLedger;
import dev.paymeter.support.ledger.InMemoryPaymentLedger;
import dev.paymeter.support.ledger.InMemoryRefundLedger;
import dev.paymeter.support.payment.ManualClock;
import dev.paymeter.support.payment.ManualScheduler;
import dev.paymeter.support.payment.NoOpPaymentMetrics;
import dev.paymeter.support.payment.TestCounters;
import dev.paymeter.support.payment.TestOrders;
import dev.paymeter.support.payment.TransferOnlyGateway;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Hints of a gateway about payments and refunds in every state. */
class HintServiceTest {
  private static final GatewayResult APPROVED = new GatewayResult.Approved("ref");
  private static final GatewayResult RETURNED =
      GatewayResult.rejected(FailureCode.REFUND_FAILED, "the account was closed");
  private static final GatewayResult DECLINED =
      GatewayResult.rejected(FailureCode.CARD_DECLINED, "declined");

  private final InMemoryPaymentLedger ledger = new InMemoryPaymentLedger();
  private final InMemoryRefundLedger refundLedger = new InMemoryRefundLedger(ledger);
  private final ManualClock clock = new ManualClock();
  private final RecordingMetrics metrics = new RecordingMetrics();
  private final InquiryGateway gateway = new InquiryGateway();
  private final PaymentService paymentService =
      new PaymentService(ledger, gateway, TestOrders.RATES, services(), PaymentStepListener.NONE);
  private final RefundService refundService =
      new RefundService(refundLedger, gateway, services(), PaymentStepListener.NONE);
  private final List<UUID> due = new ArrayList<>();
  private final Map<HintOutcome, Integer> counts = new EnumMap<>(HintOutcome.class);
  private Optional<String> account = Optional.of(TestOrders.account("stripe"));

  /** The payment of the refunds. */
  private UUID refunded = UUID.randomUUID();

  /** The content of the gateway's webhooks. */
  private Future<GatewayHint> read = Promise.<GatewayHint>promise().future();

  private final HintService hints =
      new HintService(
          Map.of("stripe", (headers, body) -> read),
          name -> account,
          paymentService,
          refundService,
          new ImmediateInquiries<>(
              paymentService, unresolved(ledger::find), name -> InquiryWindow.MIN),
          new ImmediateInquiries<>(
              refundService,
              unresolved(id -> refundLedger.find(refunded, id)),
              name -> InquiryWindow.MIN),
          new DisputeService(
              new InMemoryDisputeLedger(),
              paymentService,
              new ImmediateInquiries<>(
                  paymentService, unresolved(ledger::find), name -> InquiryWindow.MIN),
              gateway,
              TestOrders.RATES,
              services(),
              PaymentStepListener.NONE),
          (name, outcome) -> counts.merge(outcome, 1, Integer::sum));

  private int events;

  private TransferProcessor.Context services() {
    return new TransferProcessor.Context(
        metrics,
        new ManualScheduler(),
        TestCounters.of(new LedgerSegments()),
        clock,
        clock,
        TestOrders.GATEWAY_KEYS);
  }

  private <T extends Transfer<T>> UnresolvedTransfers<T> unresolved(
      Function<UUID, Future<Optional<T>>> find) {
    return new UnresolvedTransfers<>() {
      @Override
      public Future<List<Inquiry<T>>> take(List<Demand> demands, Duration lease) {
        throw new AssertionError("takes nothing");
      }

      @Override
      public Future<Optional<T>> find(UUID id) {
        return find.apply(id);
      }

      @Override
      public Future<Void> postpone(UUID id, Duration pause) {
        assertThat(pause).isZero();
        due.add(id);
        return Future.succeededFuture();
      }

      @Override
      public Future<List<UnknownTotal>> unknownByGateway() {
        throw new AssertionError("reads no totals");
      }
    };
  }

  private Future<HintOutcome> receive(@Nullable String id, Subject subject) {
    read = Future.succeededFuture(new GatewayHint(id, null, subject));
    return hints.receive("stripe", name -> List.of(), "body");
  }

  /** Receives a new event about a payment. */
  private HintOutcome receive(Payment payment, Claim claim) {
    return receive("evt_" + ++events, new TransferSubject(payment.id(), null, claim)).result();
  }

  private Payment pending() {
    Payment pending = TestOrders.order().pending();
    ledger.insert(pending);
    return pending;
  }

  private Payment unknown() {
    Payment pending = pending();
    Payment unknown = TestOrders.markedUnknown(pending);
    ledger.markUnknown(unknown);
    return unknown;
  }

  private List<Payment> unknown(int count) {
    return IntStream.range(0, count).mapToObj(i -> unknown()).toList();
  }

  private Payment authorized() {
    Payment pending = TestOrders.order().manual().pending();
    ledger.insert(pending);
    return ledger
        .settle(
            pending.authorize(
                new Authorization(
                    pending.amount(),
                    "auth_1",
                    TestOrders.DURATION,
                    TestOrders.CREATED_AT.plus(TestOrders.VALIDITY),
                    null,
                    null)))
        .result();
  }

  private Payment settled(boolean isPaid) {
    Payment pending = pending();
    PaymentException error =
        isPaid ? null : PaymentException.of(FailureCode.CARD_DECLINED, "declined");
    ledger.settle(
        pending.settle(new Payment.Settlement(Duration.ofMillis(10), clock.instant(), error, 1)));
    return pending;
  }

  private PaymentStatus status(Payment payment) {
    return ledger.find(payment.id()).result().orElseThrow().status();
  }

  @Test
  void receive_unknownPayment_isSettledOnEvidence() {
    Payment unknown = unknown();

    assertThat(receive(unknown, Claim.MONEY_MOVED)).isEqualTo(HintOutcome.INQUIRED);
    assertThat(status(unknown)).isEqualTo(PaymentStatus.UNKNOWN);
    gateway.answer(DECLINED); // Whatever the webhook claims.

    assertThat(status(unknown)).isEqualTo(PaymentStatus.FAILED);
    assertThat(metrics.settled).hasSize(1);
    assertThat(counts).containsExactly(Map.entry(HintOutcome.INQUIRED, 1));
  }

  @Test
  void receive_unknownRefund_isSettledOnEvidence() {
    Payment paid = settled(true);
    refunded = paid.id();
    UUID refund =
        refundService
            .refund(paid.id(), new RefundOrder(null, null), Optional.empty(), Access.ALL)
            .result()
            .refund()
            .id();

    assertThat(
            receive("evt_refund", new TransferSubject(paid.id(), refund, Claim.MONEY_MOVED))
                .result())
        .isEqualTo(HintOutcome.INQUIRED);
    gateway.answer(APPROVED);

    assertThat(refundLedger.find(paid.id(), refund).result().map(Refund::status))
        .contains(PaymentStatus.SUCCESS);
    assertThat(status(paid)).isEqualTo(PaymentStatus.REFUNDED);
  }

  private UUID refund(Payment paid, GatewayResult answer) {
    refunded = paid.id();
    gateway.refund = Future.succeededFuture(answer);
    return refundService
        .refund(paid.id(), new RefundOrder(null, null), Optional.empty(), Access.ALL)
        .result()
        .refund()
        .id();
  }

  private Future<HintOutcome> failureOf(UUID refund) {
    return receive("evt_refund", new TransferSubject(refunded, refund, Claim.NO_MONEY_MOVED));
  }

  private Refund found(UUID refund) {
    return refundLedger.find(refunded, refund).result().orElseThrow();
  }

  @Test
  void receive_failureOfASuccessfulRefund_isAcceptedWhenItIsCommitted() {
    Payment paid = settled(true);
    UUID refund = refund(paid, APPROVED);
    assertThat(status(paid)).isEqualTo(PaymentStatus.REFUNDED);

    Future<HintOutcome> received = failureOf(refund);
    assertThat(received.isComplete()).isFalse();
    gateway.answer(RETURNED);

    assertThat(received.result()).isEqualTo(HintOutcome.CONTRADICTING);
    assertThat(found(refund).hasFailedLater()).isTrue();
    assertThat(status(paid)).isEqualTo(PaymentStatus.SUCCESS);
    assertThat(metrics.conflicts).isZero();
    assertThat(failureOf(refund).result()).isEqualTo(HintOutcome.DUPLICATE);
    assertThat(
            receive("evt_updated", new TransferSubject(refunded, refund, Claim.NO_MONEY_MOVED))
                .result())
        .isEqualTo(HintOutcome.LATE);
  }

  /** A forged claim, or an old event. */
  @Test
  void receive_failureThatTheGatewayDenies_changesNothing() {
    UUID refund = refund(settled(true), APPROVED);

    Future<HintOutcome> received = failureOf(refund);
    gateway.answer(APPROVED);

    assertThat(received.result()).isEqualTo(HintOutcome.CONTRADICTING);
    assertThat(found(refund).status()).isEqualTo(PaymentStatus.SUCCESS);
  }

  /** No scheduled inquiry follows, so the gateway has to repeat the webhook. */
  @Test
  void receive_failureOfASuccessfulRefundWithoutEvidence_isRejectedAndNotRemembered() {
    UUID refund = refund(settled(true), APPROVED);

    Future<HintOutcome> rejected = failureOf(refund);
    gateway.fail();

    assertThat(reason(rejected)).isEqualTo(Reason.NO_EVIDENCE);
    assertThat(counts).containsExactly(Map.entry(HintOutcome.NO_EVIDENCE, 1));
    Future<HintOutcome> again = failureOf(refund);
    gateway.answer(RETURNED);
    assertThat(again.result()).isEqualTo(HintOutcome.CONTRADICTING);
    assertThat(found(refund).hasFailedLater()).isTrue();
  }

  /** The response that is being waited for may be older than the failure. */
  @Test
  void receive_failureOfAPendingRefund_isRejectedUntilThereIsAResponse() {
    Payment paid = settled(true);
    refunded = paid.id();
    Promise<GatewayResult> response = Promise.promise();
    gateway.refund = response.future();
    Future<RefundResult> refunding =
        refundService.refund(paid.id(), new RefundOrder(null, null), Optional.empty(), Access.ALL);
    UUID refund = refundLedger.list(paid.id(), null, 1).result().get(0).id();

    Future<HintOutcome> early = failureOf(refund);
    assertThat(reason(early)).isEqualTo(Reason.WRONG_STATE);
    assertThat(counts).containsExactly(Map.entry(HintOutcome.EARLY, 1));
    response.complete(APPROVED);
    assertThat(refunding.result().refund().status()).isEqualTo(PaymentStatus.SUCCESS);

    Future<HintOutcome> again = failureOf(refund);
    gateway.answer(RETURNED);
    assertThat(again.result()).isEqualTo(HintOutcome.CONTRADICTING);
    assertThat(found(refund).hasFailedLater()).isTrue();
  }

  @Test
  void receive_failureOfARefundInAnotherAccount_isRejected() {
    UUID refund = refund(settled(true), APPROVED);
    account = Optional.of("another");

    assertThat(reason(failureOf(refund))).isEqualTo(Reason.NO_EVIDENCE);
    assertThat(gateway.asked).isEmpty();
  }

  /** Two events of one failure: both wait for the same inquiry. */
  @Test
  void receive_twoEventsOfOneFailure_areInquiredOnce() {
    UUID refund = refund(settled(true), APPROVED);

    Future<HintOutcome> first = failureOf(refund);
    Future<HintOutcome> second =
        receive("evt_updated", new TransferSubject(refunded, refund, Claim.NO_MONEY_MOVED));
    gateway.answer(RETURNED);

    assertThat(first.result()).isEqualTo(HintOutcome.CONTRADICTING);
    assertThat(second.result()).isEqualTo(HintOutcome.CONTRADICTING);
    assertThat(gateway.asked).hasSize(1);
  }

  /** The first inquiry may have read the state before the second event. */
  @Test
  void receive_secondHintDuringAnInquiryWithoutEvidence_isInquiredAgain() {
    Payment unknown = unknown();
    receive(unknown, Claim.NONE);
    receive(unknown, Claim.NONE);
    receive(unknown, Claim.MONEY_MOVED);
    assertThat(gateway.asked).hasSize(1);

    gateway.fail();
    assertThat(gateway.asked).hasSize(2);
    gateway.answer(APPROVED);

    assertThat(gateway.asked).hasSize(2);
    assertThat(status(unknown)).isEqualTo(PaymentStatus.SUCCESS);
  }

  @Test
  void receive_noEvidence_leavesTheScheduleUnchanged() {
    Payment unknown = unknown();
    receive(unknown, Claim.MONEY_MOVED);

    gateway.fail();

    assertThat(gateway.asked).hasSize(1);
    assertThat(due).isEmpty();
    assertThat(status(unknown)).isEqualTo(PaymentStatus.UNKNOWN);
  }

  @Test
  void receive_tooManyInquiries_areMadeOneAfterTheOther() {
    List<Payment> unknown = unknown(InquiryWindow.MIN + 5);
    unknown.forEach(
        payment -> assertThat(receive(payment, Claim.MONEY_MOVED)).isEqualTo(HintOutcome.INQUIRED));
    assertThat(gateway.asked).hasSize(InquiryWindow.MIN);

    gateway.answer(APPROVED);
    assertThat(gateway.asked).hasSize(InquiryWindow.MIN + 5);
    gateway.answer(APPROVED);

    assertThat(unknown)
        .allSatisfy(payment -> assertThat(status(payment)).isEqualTo(PaymentStatus.SUCCESS));
    assertThat(due).isEmpty();
  }

  /** An inquiry without evidence ends, too. */
  @Test
  void receive_tooManyInquiriesWithoutEvidence_areMadeOneAfterTheOther() {
    List<Payment> unknown = unknown(InquiryWindow.MIN + 5);
    unknown.forEach(payment -> receive(payment, Claim.NONE));

    gateway.fail();

    assertThat(gateway.asked).hasSize(InquiryWindow.MIN + 5);
  }

  /** The reconciler inquires about the last one. */
  @Test
  void receive_tooManyWait_makesTheScheduledInquiryDue() {
    unknown(InquiryWindow.MIN + ImmediateInquiries.MAX_WAITING)
        .forEach(payment -> receive(payment, Claim.MONEY_MOVED));
    assertThat(due).isEmpty();
    Payment last = unknown();

    assertThat(receive(last, Claim.MONEY_MOVED)).isEqualTo(HintOutcome.INQUIRED);

    assertThat(gateway.asked).hasSize(InquiryWindow.MIN);
    assertThat(due).containsExactly(last.id());
  }

  @Test
  void receive_pendingPayment_isEarly() {
    assertThat(receive(pending(), Claim.MONEY_MOVED)).isEqualTo(HintOutcome.EARLY);
    assertThat(gateway.asked).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "true, MONEY_MOVED, LATE",
    "true, NONE, LATE",
    "false, NO_MONEY_MOVED, LATE",
    "false, NONE, LATE",
    "true, NO_MONEY_MOVED, CONTRADICTING",
    "false, MONEY_MOVED, CONTRADICTING"
  })
  void receive_settledPayment_isInquiredOnlyIfTheWebhookContradicts(
      boolean isPaid, Claim claim, HintOutcome outcome) {
    assertThat(receive(settled(isPaid), claim)).isEqualTo(outcome);
    assertThat(gateway.asked).hasSize(outcome == HintOutcome.LATE ? 0 : 1);
  }

  private Payment waiting() {
    Payment waiting = TestOrders.order().requiringAction();
    ledger.insert(TestOrders.pendingOf(waiting));
    return ledger.settle(waiting).result();
  }

  @Test
  void receive_waitingPayment_isSettledOnEvidence() {
    Payment waiting = waiting();

    assertThat(receive(waiting, Claim.MONEY_MOVED)).isEqualTo(HintOutcome.INQUIRED);
    gateway.answer(APPROVED);

    assertThat(status(waiting)).isEqualTo(PaymentStatus.SUCCESS);
    assertThat(metrics.settled).hasSize(1);
  }

  /** The first inquiry may have read the state before the payer had acted. */
  @Test
  void receive_secondHintDuringAnInquiryAboutAWaitingPayment_isInquiredAgain() {
    Payment waiting = waiting();
    receive(waiting, Claim.NONE);
    receive(waiting, Claim.MONEY_MOVED);

    gateway.answer(new GatewayResult.ActionRequired(TestOrders.ACTION));
    assertThat(gateway.asked).hasSize(2);
    gateway.answer(APPROVED);

    assertThat(status(waiting)).isEqualTo(PaymentStatus.SUCCESS);
    assertThat(gateway.asked).hasSize(2);
  }

  @Test
  void receive_authorizedPayment_isLateUnlessItsEndIsReported() {
    assertThat(receive(authorized(), Claim.NONE)).isEqualTo(HintOutcome.LATE);
    assertThat(gateway.asked).isEmpty();
  }

  /** Past defect: its end at the gateway was noticed when the authorization expired. */
  @ParameterizedTest
  @CsvSource({"NO_MONEY_MOVED, true", "NO_MONEY_MOVED, false", "MONEY_MOVED, false"})
  void receive_endOfAnAuthorization_isSettledOnEvidence(Claim claim, boolean isExpired) {
    Payment authorized = authorized();

    assertThat(receive(authorized, claim)).isEqualTo(HintOutcome.INQUIRED);
    gateway.answer(new GatewayResult.Canceled("auth_1", isExpired)); // Whatever it claims.

    Payment voided = ledger.find(authorized.id()).result().orElseThrow();
    assertThat(voided.authorized().orElseThrow().voided())
        .isEqualTo(isExpired ? VoidReason.EXPIRED : VoidReason.CANCELED_BY_GATEWAY);
    assertThat(metrics.settled).isEmpty();
  }

  @Test
  void receive_captureAtTheGateway_isSettledOnEvidence() {
    Payment authorized = authorized();
    receive(authorized, Claim.MONEY_MOVED);

    gateway.answer(new GatewayResult.Approved("auth_1", authorized.amount()));

    assertThat(status(authorized)).isEqualTo(PaymentStatus.SUCCESS);
    assertThat(metrics.settled).hasSize(1);
    assertThat(metrics.settled.get(0).settled().orElseThrow().duration())
        .isEqualTo(TestOrders.DURATION);
  }

  /** The inquiry may have begun before the event of the second webhook. */
  @Test
  void receive_authorizedPaymentThatStillIs_isInquiredAgain() {
    Payment authorized = authorized();
    receive(authorized, Claim.NO_MONEY_MOVED);
    receive(authorized, Claim.NO_MONEY_MOVED);
    GatewayResult held =
        new GatewayResult.Authorized("auth_1", TestOrders.CREATED_AT.plus(TestOrders.VALIDITY));

    gateway.answer(held);
    assertThat(gateway.asked).hasSize(2);
    gateway.answer(held);

    assertThat(ledger.find(authorized.id()).result()).contains(authorized);
    assertThat(gateway.asked).hasSize(2);
  }

  /** A capture that a client requests meanwhile has a response of its own. */
  @Test
  void receive_endOfAnAuthorizationDuringACapture_reportsNoContradiction() {
    unknown(InquiryWindow.MIN).forEach(payment -> receive(payment, Claim.NONE)); // All are busy.
    Payment authorized = authorized();
    receive(authorized, Claim.MONEY_MOVED);
    ledger.request(
        authorized.requestCapture(UUID.randomUUID(), authorized.amount()), Optional.empty());

    gateway.answer(APPROVED);

    assertThat(gateway.asked).doesNotContain(authorized).hasSize(InquiryWindow.MIN);
    assertThat(status(authorized)).isEqualTo(PaymentStatus.PENDING);
    assertThat(metrics.conflicts).isZero();
  }

  @ParameterizedTest
  @CsvSource({"MONEY_MOVED, CONTRADICTING, 1", "NO_MONEY_MOVED, LATE, 0", "NONE, LATE, 0"})
  void receive_voidedPayment_isInquiredOnlyIfMoneyMoved(
      Claim claim, HintOutcome outcome, int conflicts) {
    Payment authorized = authorized();
    ledger.settle(TestOrders.voided(authorized, VoidReason.REQUESTED));
    assertThat(status(authorized)).isEqualTo(PaymentStatus.VOIDED);

    assertThat(receive(authorized, claim)).isEqualTo(outcome);
    gateway.answer(APPROVED);

    assertThat(metrics.conflicts).isEqualTo(conflicts);
  }

  @ParameterizedTest
  @CsvSource({"true, true, 0", "true, false, 1", "false, true, 1", "false, false, 0"})
  void receive_contradictingWebhook_isAConflictOnlyOnEvidence(
      boolean isPaid, boolean isEvidenceOfPayment, int conflicts) {
    Payment settled = settled(isPaid);
    PaymentStatus before = status(settled);
    receive(settled, isPaid ? Claim.NO_MONEY_MOVED : Claim.MONEY_MOVED);

    gateway.answer(isEvidenceOfPayment ? APPROVED : DECLINED);

    assertThat(metrics.conflicts).isEqualTo(conflicts);
    assertThat(status(settled)).isEqualTo(before);
    assertThat(metrics.settled).isEmpty();
  }

  /** The gateway repeats the webhook. */
  @Test
  void receive_contradictingWebhookButTooManyWait_isRejected() {
    unknown(InquiryWindow.MIN + ImmediateInquiries.MAX_WAITING)
        .forEach(payment -> receive(payment, Claim.MONEY_MOVED));
    Subject subject = new TransferSubject(settled(false).id(), null, Claim.MONEY_MOVED);

    Future<HintOutcome> rejected = receive("evt_again", subject);

    assertThat(reason(rejected)).isEqualTo(Reason.OVERLOADED);
    assertThat(counts).containsEntry(HintOutcome.OVERLOADED, 1);
    gateway.answer(APPROVED);
    assertThat(receive("evt_again", subject).result()).isEqualTo(HintOutcome.CONTRADICTING);
  }

  @Test
  void receive_sameEventAgain_isADuplicate() {
    Payment unknown = unknown();
    Subject subject = new TransferSubject(unknown.id(), null, Claim.MONEY_MOVED);

    assertThat(receive("evt_1", subject).result()).isEqualTo(HintOutcome.INQUIRED);
    gateway.fail();
    assertThat(receive("evt_1", subject).result()).isEqualTo(HintOutcome.DUPLICATE);

    assertThat(gateway.asked).hasSize(1);
  }

  @Test
  void receive_tooManyEventsSince_forgetsTheFirst() {
    receive("evt_first", OtherSubject.FOREIGN);
    for (int i = 1; i < HintService.MAX_REMEMBERED; i++) {
      receive("evt_x" + i, OtherSubject.FOREIGN);
    }
    assertThat(receive("evt_first", OtherSubject.FOREIGN).result())
        .isEqualTo(HintOutcome.DUPLICATE);

    receive("evt_last", OtherSubject.FOREIGN);

    assertThat(receive("evt_first", OtherSubject.FOREIGN).result()).isEqualTo(HintOutcome.FOREIGN);
  }

  @Test
  void receive_eventWithoutId_isNoDuplicate() {
    assertThat(receive(null, OtherSubject.UNKNOWN_TYPE).result())
        .isEqualTo(HintOutcome.UNKNOWN_TYPE);
    assertThat(receive(null, OtherSubject.UNKNOWN_TYPE).result())
        .isEqualTo(HintOutcome.UNKNOWN_TYPE);
  }

  @Test
  void receive_eventOfAnotherAccount_isIgnored() {
    Payment unknown = unknown();
    read =
        Future.succeededFuture(
            new GatewayHint(
                "evt_1", "acct_2", new TransferSubject(unknown.id(), null, Claim.MONEY_MOVED)));

    assertThat(hints.receive("stripe", name -> List.of(), "").result())
        .isEqualTo(HintOutcome.OTHER_ACCOUNT);
    assertThat(gateway.asked).isEmpty();
    assertThat(due).isEmpty();
  }

  /** Another instance of the ledger has the account. */
  @Test
  void receive_paymentInAnotherAccount_isDueThere() {
    account = Optional.of("another");
    Payment unknown = unknown();

    assertThat(receive(unknown, Claim.MONEY_MOVED)).isEqualTo(HintOutcome.OTHER_ACCOUNT);
    assertThat(receive(settled(true), Claim.NO_MONEY_MOVED)).isEqualTo(HintOutcome.OTHER_ACCOUNT);

    assertThat(gateway.asked).isEmpty();
    assertThat(due).containsExactly(unknown.id());
  }

  @Test
  void receive_noSuchPaymentOrRefund_isNotFound() {
    UUID payment = settled(true).id();

    assertThat(receive("evt_1", new TransferSubject(UUID.randomUUID(), null, Claim.NONE)).result())
        .isEqualTo(HintOutcome.NOT_FOUND);
    assertThat(
            receive("evt_2", new TransferSubject(payment, UUID.randomUUID(), Claim.NONE)).result())
        .isEqualTo(HintOutcome.NOT_FOUND);
  }

  @ParameterizedTest
  @EnumSource
  void receive_otherSubject_changesNothing(OtherSubject subject) {
    assertThat(receive("evt_1", subject).result().name()).isEqualTo(subject.name());
    assertThat(gateway.asked).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(names = {"UNSIGNED", "FORGED", "EXPIRED"})
  void receive_rejectedByTheGateway_isCounted(HintOutcome reason) {
    read = Future.failedFuture(new WebhookRejectedException(reason));

    Future<HintOutcome> received = hints.receive("stripe", name -> List.of(), "");

    assertThat(received.result()).isEqualTo(reason);
    assertThat(received.result().isAccepted()).isFalse();
    assertThat(counts).containsExactly(Map.entry(reason, 1));
  }

  /** The gateway repeats the webhook. */
  @Test
  void receive_ledgerUnavailable_isRejectedAndNotRemembered() {
    Payment unknown = unknown();
    Subject subject = new TransferSubject(unknown.id(), null, Claim.MONEY_MOVED);
    ledger.becomeUnavailable();

    assertThat(reason(receive("evt_1", subject))).isEqualTo(Reason.LEDGER_UNAVAILABLE);
    assertThat(counts).containsExactly(Map.entry(HintOutcome.UNAVAILABLE, 1));

    ledger.becomeAvailable();
    assertThat(receive("evt_1", subject).result()).isEqualTo(HintOutcome.INQUIRED);
  }

  @Test
  void receive_tooManyInProgress_isRejected() {
    for (int i = 0; i < HintService.MAX_IN_PROGRESS; i++) {
      hints.receive("stripe", name -> List.of(), ""); // Its signature is being verified.
    }

    assertThat(reason(receive("evt_1", OtherSubject.FOREIGN))).isEqualTo(Reason.OVERLOADED);
    assertThat(counts).containsExactly(Map.entry(HintOutcome.OVERLOADED, 1));
  }

  @Test
  void receive_manyWithoutResponseOfTheGateway_leavePlacesToOthers() {
    UUID refund = refund(settled(true), APPROVED);
    for (int i = 0; i < HintService.MAX_AWAITING_EVIDENCE / 2; i++) {
      assertThat(failureOf(refund).isComplete()).isFalse();
      assertThat(receive("evt_" + i, new DisputeSubject("dp_1")).isComplete()).isFalse();
    }

    assertThat(reason(failureOf(refund))).isEqualTo(Reason.OVERLOADED);
    assertThat(reason(receive("evt_next", new DisputeSubject("dp_1"))))
        .isEqualTo(Reason.OVERLOADED);
    assertThat(receive(unknown(), Claim.MONEY_MOVED)).isEqualTo(HintOutcome.INQUIRED);
    gateway.fail();
    gateway.fail(); // The inquiry of the events after the first.
    assertThat(failureOf(refund).isComplete()).as("a place again").isFalse();
  }

  @Test
  void receive_manyOneAfterTheOther_areAllProcessed() {
    for (int i = 0; i < 3 * HintService.MAX_IN_PROGRESS; i++) {
      assertThat(receive("evt_" + i, OtherSubject.FOREIGN).succeeded()).isTrue();
    }
    assertThat(counts).containsExactly(Map.entry(HintOutcome.FOREIGN, 300));
  }

  @Test
  void receive_gatewayWithoutWebhooks_isNotFound() {
    assertThat(reason(hints.receive("paypal", name -> List.of(), ""))).isEqualTo(Reason.NOT_FOUND);
    assertThat(counts).isEmpty();
  }

  private static Reason reason(Future<?> rejected) {
    return ((RequestRejectedException) rejected.cause()).reason();
  }

  /** Answers inquiries when the test says so, and no refund. */
  private static final class InquiryGateway implements TransferOnlyGateway {
    final List<Object> asked = new ArrayList<>();
    Future<GatewayResult> refund = Future.failedFuture("connection reset");
    private Promise<GatewayResult> evidence = Promise.promise();

    void answer(GatewayResult result) {
      Promise<GatewayResult> answered = evidence;
      evidence = Promise.promise();
      answered.complete(result);
    }

    void fail() {
      Promise<GatewayResult> answered = evidence;
      evidence = Promise.promise();
      answered.fail("no evidence");
    }

    @Override
    public Optional<String> account(String gateway) {
      return Optional.of(TestOrders.account(gateway));
    }

    @Override
    public Future<GatewayResult> charge(Payment payment) {
      throw new AssertionError("charges nothing");
    }

    @Override
    public Future<GatewayResult> resolve(Payment payment) {
      asked.add(payment);
      return evidence.future();
    }

    @Override
    public Future<GatewayResult> refund(Refund submitted) {
      return refund;
    }

    /** Does not respond. */
    @Override
    public Future<Optional<GatewayDispute>> dispute(String name, String reference) {
      return Promise.<Optional<GatewayDispute>>promise().future();
    }

    @Override
    public Future<GatewayResult> resolveRefund(Refund refund) {
      asked.add(refund);
      return evidence.future();
    }
  }

  private static final class RecordingMetrics extends NoOpPaymentMetrics {
    final List<Payment> settled = new ArrayList<>();
    int conflicts;

    @Override
    public void settled(Payment payment) {
      settled.add(payment);
    }

    @Override
    public void settlementConflict(String gateway) {
      conflicts++;
    }
  }
}
