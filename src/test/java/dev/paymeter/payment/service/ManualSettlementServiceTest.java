package dev.paymeter.payment.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.payment.Access;
import dev.paymeter.payment.CaptureMode;
import dev.paymeter.payment.FailureCode;
import dev.paymeter.payment.ManualSettlement;
import dev.paymeter.payment.ManualSettlement.Operator;
import dev.paymeter.payment.ManualSettlement.Proposal;
import dev.paymeter.payment.ManualSettlement.State;
import dev.paymeter.payment.ManualSettlement.Step;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentOrder;
import dev.paymeter.payment.PaymentStatus;
import dev.paymeter.payment.RequestRejectedException;
import dev.paymeter.payment.RequestRejectedException.Reason;
import dev.paymeter.payment.Severity;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.payment.port.GatewayTimeoutException;
import dev.paymeter.payment.port.LedgerSegments;
import dev.paymeter.payment.port.ManualSettlements;
import dev.paymeter.payment.port.PaymentStepListener;
import dev.paymeter.payment.query.PaymentPage;
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
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ManualSettlementServiceTest {
  private static final Operator ALICE = new Operator("alice", "a1", "alice");
  private static final Operator BOB = new Operator("bob", "b1", "bob");
  private static final Operator CAROL = new Operator("carol", "c1", "carol");
  private static final Operator LOCAL = new Operator("local", null, "");
  private static final GatewayResult APPROVED = new GatewayResult.Approved("ref");

  private final SlowLedger ledger = new SlowLedger();
  private final Gateway gateway = new Gateway();
  private final Metrics metrics = new Metrics();
  private final ManualScheduler scheduler = new ManualScheduler();
  private final ManualClock clock = new ManualClock();
  private final LedgerSegments segments = new LedgerSegments();
  private final Store store = new Store();
  private final PaymentService paymentService =
      new PaymentService(
          ledger,
          gateway,
          TestOrders.RATES,
          new TransferProcessor.Context(
              metrics, scheduler, TestCounters.of(segments), clock, clock, TestOrders.GATEWAY_KEYS),
          PaymentStepListener.NONE);
  private final ManualSettlementService service = service(2);
  private Payment unknown;

  private ManualSettlementService service(int keys) {
    return new ManualSettlementService(
        paymentService,
        gateway,
        store,
        new ManualSettlementService.Rules(keys, Duration.ofHours(1)),
        clock);
  }

  @BeforeEach
  void payWithoutResponse() {
    unknown =
        paymentService
            .pay(TestOrders.order().of("100.00", "USD").build(), Optional.empty(), Access.ALL)
            .result()
            .payment();
    assertThat(unknown.status()).isEqualTo(PaymentStatus.UNKNOWN);
    clock.advance(Duration.ofHours(2));
  }

  private Proposal proposal(PaymentStatus status, Operator by) {
    return new Proposal(unknown.id(), status, "account closed", "statement of May 3", by);
  }

  private ManualSettlement proposed(PaymentStatus status) {
    return service.propose(proposal(status, ALICE)).result().settlement();
  }

  private Payment stored() {
    return ledger.find(unknown.id()).result().orElseThrow();
  }

  private static Reason reason(Future<?> rejected) {
    return ((RequestRejectedException) rejected.cause()).reason();
  }

  private void assertCountedOnce() {
    assertThat(metrics.settled).containsExactly(stored());
    assertThat(metrics.conflicts).isEmpty();
    segments.roll();
    assertThat(segments.lastClosed(0)).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource(names = {"SUCCESS", "FAILED"})
  void approve_byAnotherKey_settlesAndCountsOnce(PaymentStatus status) {
    ManualSettlement proposed = proposed(status);
    assertThat(stored()).isEqualTo(unknown);

    ManualSettlement settled = service.approve(unknown.id(), proposed.id(), BOB).result();

    assertThat(settled.state()).isEqualTo(State.SETTLED);
    assertThat(settled.approved().by()).isEqualTo(BOB);
    Payment payment = stored();
    assertThat(payment.status()).isEqualTo(status);
    assertThat(payment.amount()).isEqualTo(unknown.amount());
    Payment.Settlement outcome = payment.settled().orElseThrow();
    assertThat(outcome.manual()).isEqualTo(proposed.id());
    assertThat(outcome.duration()).isEqualTo(unknown.unknownOutcome().orElseThrow().duration());
    assertThat(payment.error().map(error -> error.code()))
        .isEqualTo(
            status == PaymentStatus.SUCCESS
                ? Optional.empty()
                : Optional.of(FailureCode.SETTLED_BY_OPERATORS));
    assertThat(metrics.resolved).containsExactly("stripe OPERATOR PT2H");
    assertThat(gateway.inquiries).isEqualTo(2); // Before the proposal, and before the end.
    assertCountedOnce();
  }

  @Test
  void propose_forAnOrderWithManualCapture_isRejected() {
    PaymentOrder order = TestOrders.order().of("100.00", "USD").build();
    unknown =
        paymentService
            .pay(
                order.withDetails(order.details().withCapture(CaptureMode.MANUAL)),
                Optional.empty(),
                Access.ALL)
            .result()
            .payment();
    clock.advance(Duration.ofHours(2));

    Future<ManualSettlementService.Result> rejected =
        service.propose(proposal(PaymentStatus.SUCCESS, ALICE));

    assertThat(reason(rejected)).isEqualTo(Reason.WRONG_STATE);
    assertThat(stored().status()).isEqualTo(PaymentStatus.UNKNOWN);
  }

  private void payWithReturnAddress() {
    PaymentOrder order = TestOrders.order().of("100.00", "USD").returning().build();
    unknown = paymentService.pay(order, Optional.empty(), Access.ALL).result().payment();
    clock.advance(Duration.ofHours(2));
  }

  /** The payer can still act: the outcome is open, not unknown. */
  @Test
  void propose_gatewayWaitsForThePayer_isRejected() {
    payWithReturnAddress();
    gateway.evidence =
        () -> Future.succeededFuture(new GatewayResult.ActionRequired(TestOrders.ACTION));

    Future<?> rejected = service.propose(proposal(PaymentStatus.FAILED, ALICE));

    assertThat(reason(rejected)).isEqualTo(Reason.WRONG_STATE);
    assertThat(rejected.cause()).hasMessageContaining("the payment is requires_action");
    assertThat(stored().status()).isEqualTo(PaymentStatus.REQUIRES_ACTION);
  }

  /** It may be charged later, as long as the gateway does not confirm its cancellation. */
  @Test
  void propose_payerDidNotActInTime_isRejected() {
    payWithReturnAddress();
    gateway.evidence =
        () -> Future.succeededFuture(new GatewayResult.ActionRequired(TestOrders.ACTION));
    Payment waiting = paymentService.resolve(unknown).result();
    ledger.expireAction(waiting, clock.instant());
    clock.advance(Duration.ofHours(2));

    Future<?> rejected = service.propose(proposal(PaymentStatus.FAILED, ALICE));

    assertThat(reason(rejected)).isEqualTo(Reason.WRONG_STATE);
    assertThat(stored().status()).isEqualTo(PaymentStatus.UNKNOWN);
  }

  @ParameterizedTest
  @CsvSource({"a1, alice", "a2, alice", "a1, bob", ", "})
  void approve_withoutAnIndependentKey_isRejected(@Nullable String key, @Nullable String owner) {
    ManualSettlement proposed = proposed(PaymentStatus.FAILED);
    Operator other = new Operator("other", key, owner == null ? "" : owner);

    Future<ManualSettlement> approved = service.approve(unknown.id(), proposed.id(), other);

    assertThat(reason(approved)).isEqualTo(Reason.SECOND_KEY_REQUIRED);
    assertThat(stored()).isEqualTo(unknown);
    assertThat(metrics.settled).isEmpty();
  }

  @Test
  void propose_withoutKey_isRejected() {
    assertThat(reason(service.propose(proposal(PaymentStatus.FAILED, LOCAL))))
        .isEqualTo(Reason.SECOND_KEY_REQUIRED);
    assertThat(gateway.inquiries).isZero();
  }

  @Test
  void propose_oneKeyIsEnough_settles() {
    ManualSettlementService.Result result =
        service(1).propose(proposal(PaymentStatus.SUCCESS, LOCAL)).result();

    assertThat(result.isNew()).isTrue();
    assertThat(result.settlement().state()).isEqualTo(State.SETTLED);
    assertThat(service(1).propose(proposal(PaymentStatus.SUCCESS, LOCAL)).result())
        .isEqualTo(new ManualSettlementService.Result(result.settlement(), false));
    assertThat(stored().status()).isEqualTo(PaymentStatus.SUCCESS);
    assertCountedOnce();
  }

  @Test
  void propose_repeated_isTheSame_andAnotherOneIsRejected() {
    ManualSettlementService.Result first =
        service.propose(proposal(PaymentStatus.FAILED, ALICE)).result();
    ManualSettlementService.Result second =
        service.propose(proposal(PaymentStatus.FAILED, ALICE)).result();

    assertThat(first.isNew()).isTrue();
    assertThat(second).isEqualTo(new ManualSettlementService.Result(first.settlement(), false));
    assertThat(reason(service.propose(proposal(PaymentStatus.SUCCESS, ALICE))))
        .isEqualTo(Reason.WRONG_STATE);
    assertThat(reason(service.propose(proposal(PaymentStatus.FAILED, BOB))))
        .isEqualTo(Reason.WRONG_STATE);
  }

  @Test
  void propose_unknownForAShortTime_isRejected() {
    clock.setWallClock(unknown.unknownOutcome().orElseThrow().since().plusSeconds(3599));

    Future<?> rejected = service.propose(proposal(PaymentStatus.FAILED, ALICE));

    assertThat(reason(rejected)).isEqualTo(Reason.WRONG_STATE);
    assertThat(rejected.cause()).hasMessageContaining("3600 s, found 3599 s");
  }

  @Test
  void propose_gatewayHasEvidence_isRejected_andTheEvidenceSettles() {
    gateway.evidence = () -> Future.succeededFuture(APPROVED);

    assertThat(reason(service.propose(proposal(PaymentStatus.FAILED, ALICE))))
        .isEqualTo(Reason.WRONG_STATE);

    assertThat(stored().status()).isEqualTo(PaymentStatus.SUCCESS);
    assertThat(stored().settled().orElseThrow().isManual()).isFalse();
    assertThat(store.settlements).isEmpty();
    assertCountedOnce();
  }

  @Test
  void approve_gatewayContradicts_itsEvidenceSettles() {
    ManualSettlement proposed = proposed(PaymentStatus.FAILED);
    gateway.evidence = () -> Future.succeededFuture(APPROVED);

    Future<ManualSettlement> approved = service.approve(unknown.id(), proposed.id(), BOB);

    assertThat(reason(approved)).isEqualTo(Reason.WRONG_STATE);
    assertThat(approved.cause()).hasMessageContaining("the payment is success");
    assertThat(stored().status()).isEqualTo(PaymentStatus.SUCCESS);
    assertThat(service.findOf(unknown.id()).result().state()).isEqualTo(State.SUPERSEDED);
    assertThat(reason(service.approve(unknown.id(), proposed.id(), BOB)))
        .isEqualTo(Reason.WRONG_STATE);
    assertCountedOnce();
  }

  /** The evidence is committed after the gateway was asked, and before the approved outcome. */
  @ParameterizedTest
  @EnumSource(names = {"SUCCESS", "FAILED"})
  void approve_evidenceIsFaster_takesPrecedence(PaymentStatus status) {
    ManualSettlement proposed = proposed(status);
    store.onApproved =
        () -> {
          gateway.evidence = () -> Future.succeededFuture(APPROVED);
          paymentService.resolve(unknown);
        };

    Future<ManualSettlement> approved = service.approve(unknown.id(), proposed.id(), BOB);

    assertThat(reason(approved)).isEqualTo(Reason.WRONG_STATE);
    assertThat(stored().status()).isEqualTo(PaymentStatus.SUCCESS);
    assertThat(stored().settled().orElseThrow().isManual()).isFalse();
    assertThat(metrics.errors).isZero();
    assertCountedOnce();
  }

  /** Past defect: the second approval was answered as if the ledger was unavailable. */
  @Test
  void approve_whileAnotherApprovalSettles_isTheSame() {
    ManualSettlement proposed = proposed(PaymentStatus.FAILED);
    List<Promise<GatewayResult>> responses = List.of(Promise.promise(), Promise.promise());
    Iterator<Promise<GatewayResult>> next = responses.iterator();
    gateway.evidence = () -> next.next().future();
    Future<ManualSettlement> first = service.approve(unknown.id(), proposed.id(), BOB);
    Future<ManualSettlement> second = service.approve(unknown.id(), proposed.id(), CAROL);
    store.onApproved =
        () -> {
          store.onApproved = () -> {};
          responses.get(1).fail("broken");
          clock.advance(Duration.ofMillis(1));
        };

    responses.get(0).fail("broken");

    assertThat(first.result().state()).isEqualTo(State.SETTLED);
    assertThat(second.result().state()).isEqualTo(State.SETTLED);
    assertThat(second.result().approved().by()).isEqualTo(BOB);
    assertCountedOnce();
  }

  /** Past defect: as above, at the moment when the gateway's evidence was being committed. */
  @Test
  void approve_whileEvidenceIsCommitted_takesPrecedence() {
    ManualSettlement proposed = proposed(PaymentStatus.FAILED);
    gateway.evidence = () -> Future.succeededFuture(APPROVED);
    Promise<Void> isWritten = Promise.promise();
    ledger.settling = isWritten.future();
    Future<ManualSettlement> first = service.approve(unknown.id(), proposed.id(), BOB);
    Future<ManualSettlement> second = service.approve(unknown.id(), proposed.id(), CAROL);
    assertThat(second.isComplete()).isFalse();

    isWritten.complete();

    assertThat(reason(first)).isEqualTo(Reason.WRONG_STATE);
    assertThat(reason(second)).isEqualTo(Reason.WRONG_STATE);
    assertThat(second.cause()).hasMessageContaining("its evidence has settled the payment");
    assertThat(stored().status()).isEqualTo(PaymentStatus.SUCCESS);
    assertCountedOnce();
  }

  /** Past defect: as above. The evidence comes too late; it is reported as a contradiction. */
  @Test
  void approve_evidenceAfterAnotherApproval_isTheSame() {
    ManualSettlement proposed = proposed(PaymentStatus.FAILED);
    Promise<GatewayResult> response = Promise.promise();
    gateway.evidence = response::future;
    Future<ManualSettlement> second = service.approve(unknown.id(), proposed.id(), CAROL);
    gateway.evidence = () -> Future.failedFuture(new IllegalStateException("broken"));
    service.approve(unknown.id(), proposed.id(), BOB);

    response.complete(APPROVED);

    assertThat(second.result().state()).isEqualTo(State.SETTLED);
    assertThat(stored().status()).isEqualTo(PaymentStatus.FAILED);
    assertThat(metrics.conflicts).containsExactly("stripe");
    assertThat(metrics.settled).hasSize(1);
  }

  @Test
  void approve_evidenceComesLater_contradictionIsAConflict() {
    ManualSettlement proposed = proposed(PaymentStatus.FAILED);
    Promise<GatewayResult> late = Promise.promise();
    gateway.evidence =
        () ->
            Future.failedFuture(
                new GatewayTimeoutException("stripe", Duration.ofSeconds(1), late.future()));
    service.approve(unknown.id(), proposed.id(), BOB);

    late.complete(APPROVED);

    assertThat(stored().status()).isEqualTo(PaymentStatus.FAILED);
    assertThat(metrics.conflicts).containsExactly("stripe");
    assertThat(metrics.settled).hasSize(1);
  }

  @Test
  void approve_repeatedAfterTheEnd_isTheSame() {
    ManualSettlement proposed = proposed(PaymentStatus.FAILED);
    ManualSettlement settled = service.approve(unknown.id(), proposed.id(), BOB).result();

    assertThat(service.approve(unknown.id(), proposed.id(), BOB).result()).isEqualTo(settled);
    assertCountedOnce();
  }

  @Test
  void approve_afterACrashBehindTheApproval_continues() {
    ManualSettlement proposed = proposed(PaymentStatus.FAILED);
    store.approve(proposed.id(), BOB);
    assertThat(service.findOf(unknown.id()).result().state()).isEqualTo(State.APPROVED);

    ManualSettlement settled = service.approve(unknown.id(), proposed.id(), BOB).result();

    assertThat(settled.state()).isEqualTo(State.SETTLED);
    assertCountedOnce();
  }

  @Test
  void approve_ledgerLostBeforeTheEnd_isSettledWhenItIsBack() {
    ManualSettlement proposed = proposed(PaymentStatus.FAILED);
    store.onApproved = ledger::becomeUnavailable;

    assertThat(reason(service.approve(unknown.id(), proposed.id(), BOB)))
        .isEqualTo(Reason.LEDGER_UNAVAILABLE);
    ledger.becomeAvailable();
    scheduler.pass();

    assertThat(service.findOf(unknown.id()).result().state()).isEqualTo(State.SETTLED);
    assertThat(paymentService.unwritten()).isEmpty();
    assertCountedOnce();
  }

  /** The gateway has answered; only the ledger does not have its answer yet. */
  @Test
  void approve_evidenceIsInMemoryOnly_isRejected() {
    ManualSettlement proposed = proposed(PaymentStatus.FAILED);
    gateway.evidence =
        () -> {
          ledger.becomeUnavailable();
          return Future.succeededFuture(APPROVED);
        };
    assertThat(reason(service.approve(unknown.id(), proposed.id(), BOB)))
        .isEqualTo(Reason.LEDGER_UNAVAILABLE);
    ledger.becomeAvailable();
    gateway.evidence = () -> Future.failedFuture(new IllegalStateException("broken"));

    assertThat(reason(service.approve(unknown.id(), proposed.id(), BOB)))
        .isEqualTo(Reason.LEDGER_UNAVAILABLE);
    scheduler.pass();

    assertThat(stored().status()).isEqualTo(PaymentStatus.SUCCESS);
    assertCountedOnce();
  }

  @Test
  void approve_accountOfAnotherInstance_isRejected() {
    ManualSettlement proposed = proposed(PaymentStatus.FAILED);
    gateway.account = Optional.of("other");
    store.isReachable = true;

    assertThat(reason(service.approve(unknown.id(), proposed.id(), BOB)))
        .isEqualTo(Reason.ACCOUNT_UNAVAILABLE);
    assertThat(stored()).isEqualTo(unknown);
  }

  @Test
  void approve_accountOfNoInstance_settlesWithoutAnInquiry() {
    ManualSettlement proposed = proposed(PaymentStatus.FAILED);
    gateway.account = Optional.of("other");

    assertThat(service.approve(unknown.id(), proposed.id(), BOB).result().state())
        .isEqualTo(State.SETTLED);
    assertThat(gateway.inquiries).isEqualTo(1); // Before the proposal.
  }

  @Test
  void withdraw_proposed_endsIt_andAnotherOneCanBeProposed() {
    ManualSettlement first = proposed(PaymentStatus.FAILED);

    ManualSettlement withdrawn = service.withdraw(unknown.id(), first.id(), BOB).result();

    assertThat(withdrawn.state()).isEqualTo(State.WITHDRAWN);
    assertThat(service.withdraw(unknown.id(), first.id(), BOB).result()).isEqualTo(withdrawn);
    assertThat(reason(service.approve(unknown.id(), first.id(), BOB)))
        .isEqualTo(Reason.WRONG_STATE);
    ManualSettlement second = proposed(PaymentStatus.SUCCESS);
    assertThat(reason(service.approve(unknown.id(), first.id(), BOB))).isEqualTo(Reason.NOT_FOUND);
    service.approve(unknown.id(), second.id(), BOB);
    assertThat(reason(service.withdraw(unknown.id(), second.id(), ALICE)))
        .isEqualTo(Reason.WRONG_STATE);
    assertThat(stored().status()).isEqualTo(PaymentStatus.SUCCESS);
  }

  @Test
  void propose_settledOrMissingPayment_isRejected() {
    gateway.evidence = () -> Future.succeededFuture(APPROVED);
    paymentService.resolve(unknown);

    assertThat(reason(service.propose(proposal(PaymentStatus.FAILED, ALICE))))
        .isEqualTo(Reason.WRONG_STATE);
    Proposal other =
        new Proposal(UUID.randomUUID(), PaymentStatus.FAILED, "reason", "evidence", ALICE);
    assertThat(reason(service.propose(other))).isEqualTo(Reason.NOT_FOUND);
    assertThat(reason(service.findOf(unknown.id()))).isEqualTo(Reason.NOT_FOUND);
  }

  /** A ledger whose outcomes can be delayed. */
  private static final class SlowLedger extends InMemoryPaymentLedger {
    Future<Void> settling = Future.succeededFuture();

    @Override
    public Future<Payment> settle(Payment settled) {
      return settling.compose(now -> super.settle(settled));
    }
  }

  /** A gateway whose connection breaks at each charge, and at each inquiry by default. */
  private static final class Gateway implements ChargeOnlyGateway {
    Supplier<Future<GatewayResult>> evidence =
        () -> Future.failedFuture(new IllegalStateException("connection reset"));
    @Nullable Optional<String> account;
    int inquiries;

    @Override
    public Optional<String> account(String gateway) {
      return account == null ? ChargeOnlyGateway.super.account(gateway) : account;
    }

    @Override
    public Future<GatewayResult> charge(Payment payment) {
      return Future.failedFuture(new IllegalStateException("connection reset"));
    }

    @Override
    public Future<GatewayResult> resolve(Payment payment) {
      inquiries++;
      return evidence.get();
    }
  }

  private static final class Metrics extends NoOpPaymentMetrics {
    final List<Payment> settled = new ArrayList<>();
    final List<String> resolved = new ArrayList<>();
    final List<String> conflicts = new ArrayList<>();
    int errors;

    @Override
    public void settled(Payment payment) {
      settled.add(payment);
    }

    @Override
    public void resolved(String gateway, Via via, Duration age) {
      resolved.add(gateway + " " + via + " " + age);
    }

    @Override
    public void settlementConflict(String gateway) {
      conflicts.add(gateway);
    }

    @Override
    public void failed(String service, String errorType, Severity severity) {
      errors++;
    }
  }

  /** Settlements in memory; the ledger of the payments decides on their states. */
  private final class Store implements ManualSettlements {
    final Map<UUID, ManualSettlement> settlements = new LinkedHashMap<>();
    Runnable onApproved = () -> {};
    boolean isReachable;

    @Override
    public Future<Boolean> propose(UUID id, Proposal proposal) {
      settlements.put(
          id,
          new ManualSettlement(
              id, proposal, clock.instant(), null, null, ManualSettlement.State.PROPOSED));
      return Future.succeededFuture(true);
    }

    @Override
    public Future<Boolean> approve(UUID id, Operator by) {
      boolean isApproved = addStep(id, step(by), null);
      onApproved.run();
      return Future.succeededFuture(isApproved);
    }

    @Override
    public Future<Boolean> withdraw(UUID id, Operator by) {
      return Future.succeededFuture(addStep(id, null, step(by)));
    }

    private Step step(Operator by) {
      return new Step(by, Instant.EPOCH);
    }

    private boolean addStep(UUID id, @Nullable Step approved, @Nullable Step withdrawn) {
      ManualSettlement found = settlements.get(id);
      if (state(found) != State.PROPOSED) {
        return false;
      }
      settlements.put(
          id,
          new ManualSettlement(
              id, found.proposal(), found.proposedAt(), approved, withdrawn, State.PROPOSED));
      return true;
    }

    @Override
    public Future<Optional<ManualSettlement>> findOf(UUID payment) {
      return ledger
          .find(payment)
          .map(
              readable ->
                  settlements.values().stream()
                      .filter(each -> each.proposal().payment().equals(payment))
                      .reduce((first, last) -> last)
                      .map(this::withState));
    }

    private ManualSettlement withState(ManualSettlement found) {
      return new ManualSettlement(
          found.id(),
          found.proposal(),
          found.proposedAt(),
          found.approved(),
          found.withdrawn(),
          state(found));
    }

    private State state(ManualSettlement found) {
      Optional<Payment.Settlement> outcome = stored().settled();
      if (found.withdrawn() != null) {
        return State.WITHDRAWN;
      }
      if (outcome.isPresent()) {
        return found.id().equals(outcome.get().manual()) ? State.SETTLED : State.SUPERSEDED;
      }
      return found.approved() == null ? State.PROPOSED : State.APPROVED;
    }

    @Override
    public Future<List<ManualSettlement>> list(
        @Nullable State state, PaymentPage.@Nullable Position after, int limit) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Future<Boolean> isReachable(String gateway, String account) {
      return Future.succeededFuture(isReachable);
    }
  }
}
