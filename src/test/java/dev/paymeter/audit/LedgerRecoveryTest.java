package dev.paymeter.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.paymeter.metrics.AuditedPipelineMetrics;
import dev.paymeter.metrics.MetricsPipeline;
import dev.paymeter.metrics.PipelineScrape;
import dev.paymeter.metrics.queue.Sampling;
import dev.paymeter.metrics.queue.StripedQueue;
import dev.paymeter.payment.FailureCode;
import dev.paymeter.payment.GatewayKey;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentException;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.payment.port.LedgerSegments;
import dev.paymeter.payment.port.LedgerUnavailableException;
import dev.paymeter.payment.port.RecordedCharge;
import dev.paymeter.support.ledger.InMemoryAuditStore;
import dev.paymeter.support.ledger.InMemoryPaymentLedger;
import dev.paymeter.support.ledger.InMemoryRefundLedger;
import dev.paymeter.support.payment.ChargeOnlyGateway;
import dev.paymeter.support.payment.ManualClock;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Future;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Starts on a ledger that contains everything, and on one that went back. */
class LedgerRecoveryTest {
  private static final UUID LEDGER = UUID.randomUUID();

  private final ManualClock clock = new ManualClock();
  private final InMemoryAuditStore.Storage storage = new InMemoryAuditStore.Storage();
  private final Generations generations = new Generations();
  private final List<RecordedCharge> charges = new ArrayList<>();
  private final List<Instant> searches = new ArrayList<>();
  private final Set<UUID> unknown = new HashSet<>();
  private final List<Payment> unsettledPayments = new ArrayList<>();
  private final List<Refund> unsettledRefunds = new ArrayList<>();
  private GatewayResult refundResult = new GatewayResult.Approved("ref");
  private final List<Refund> settledRefunds = new ArrayList<>();
  private final Set<String> recovering = new HashSet<>();
  private boolean isGatewayDown;
  private Optional<Witness> witness = Optional.empty();

  /** A process of the identity. */
  private final class Instance {
    final MetricsPipeline pipeline =
        new MetricsPipeline(
            new StripedQueue.Limits(1, 8, 4, 100), new Sampling(1), List.of(), List.of());
    final LedgerSegments ledgerSegments = new LedgerSegments();
    final AuditedPipelineMetrics metrics =
        new AuditedPipelineMetrics(
            pipeline, ledgerSegments, "memory", TestOrders.ALLOWED_VALUES, List.of(), clock);
    final InMemoryAuditStore auditStore = InMemoryAuditStore.withMetricsBuckets(storage);
    final PositionMonitor positions = new PositionMonitor();
    final Audit audit =
        new Audit(
            metrics, auditStore, ledgerSegments, clock, positions, Audit.LossReaction.NONE, null);
    LedgerRecovery.Resumed resumed;
    int epoch;

    Instance start() {
      AuditStore.AcquiredLease lease = auditStore.acquire().result();
      AuditStore.AcquiredLease stored =
          lease.withBaseline(generations.baseline); // As PostgreSQL returns it.
      resumed = recovery().run(stored).result();
      epoch = lease.epoch();
      positions.renewed(lease.position());
      assertThat(audit.restore(resumed.lease(), resumed.generation()).succeeded()).isTrue();
      return this;
    }

    LedgerRecovery recovery() {
      return new LedgerRecovery(
          auditStore,
          metrics,
          new LedgerRecovery.Ports(
              new Gateway(), new Payments(), new Refunds(), generations, Clock.systemUTC()),
          Duration.ofMinutes(10),
          "memory",
          witness);
    }

    void pay(String amount) {
      int segment = ledgerSegments.begin();
      Payment settled = TestOrders.order().of(amount, "USD").segment(segment).succeeded();
      charge(settled, "memory");
      storage.commit(epoch, settled);
      pipeline.settled(settled);
      ledgerSegments.end(segment);
    }

    /** Counts a refund that is settled in the first segment. */
    void count(Refund settled) {
      int segment = ledgerSegments.begin();
      pipeline.settled(settled);
      ledgerSegments.end(segment);
    }

    /** Scrapes, and keeps the witness as the service does. */
    PipelineScrape scrape() {
      pipeline.onSnapshot(
          shown ->
              witness =
                  Optional.of(
                      new Witness(
                          "memory",
                          resumed.ledger(),
                          resumed.generation(),
                          epoch,
                          resumed.lease().position(),
                          shown.totals().get(),
                          shown.recent())));
      return PipelineScrape.of(pipeline.snapshot());
    }

    void rounds() {
      assertThat(audit.round().succeeded()).isTrue();
      assertThat(audit.round().succeeded()).isTrue();
    }

    /** Writes a checkpoint. */
    void settle() {
      clock.advance(Audit.CHECKPOINT_INTERVAL.plusSeconds(1));
      rounds();
      rounds();
    }

    void assertValues(int count, double usd) {
      PipelineScrape scrape = scrape();
      assertThat(scrape.total("payment_requests_total")).isEqualTo(count);
      assertThat(scrape.total("payment_amount_usd_count")).isEqualTo(count);
      assertThat(scrape.total("payment_duration_seconds_count")).isEqualTo(count);
      assertThat(scrape.total("payment_amount_usd_sum")).isEqualTo(usd);
      assertThat(scrape.total("metrics_ledger_drift")).isZero();
    }
  }

  /** A gateway with charges on record. */
  private final class Gateway implements ChargeOnlyGateway {
    @Override
    public Future<GatewayResult> charge(Payment payment) {
      throw new AssertionError("unexpected charge");
    }

    @Override
    public Future<GatewayResult> resolve(Payment payment) {
      return Future.succeededFuture(new GatewayResult.Approved("ref"));
    }

    @Override
    public Future<GatewayResult> resolveRefund(Refund refund) {
      return isGatewayDown
          ? Future.failedFuture("the gateway does not respond")
          : Future.succeededFuture(refundResult);
    }

    @Override
    public Future<Void> recordedCharges(
        Instant since, Function<List<RecordedCharge>, Future<Void>> page) {
      searches.add(since);
      return isGatewayDown
          ? Future.failedFuture("the gateway does not respond")
          : charges.isEmpty() ? Future.succeededFuture() : page.apply(charges);
    }
  }

  /** The ledger, in which the current process settles payments. */
  private final class Payments extends InMemoryPaymentLedger {
    @Override
    public Future<Payment> settle(Payment settled) {
      storage.commit(storage.epoch(), settled);
      unsettledPayments.removeIf(payment -> payment.id().equals(settled.id()));
      return Future.succeededFuture(settled);
    }
  }

  private final class Refunds extends InMemoryRefundLedger {
    Refunds() {
      super(new InMemoryPaymentLedger());
    }

    @Override
    public Future<Refund> settle(Refund settled) {
      settledRefunds.add(settled);
      return Future.succeededFuture(settled);
    }
  }

  private void charge(Payment settled, String instanceId) {
    charge(settled, instanceId, 0, new GatewayResult.Approved("ref"));
  }

  private void charge(Payment settled, String instanceId, int second, GatewayResult result) {
    charges.add(
        new RecordedCharge(
            TestOrders.pendingOf(settled)
                .withAccount(null) // As gateways record it.
                .withGatewayKey(
                    new GatewayKey(settled.id(), new GatewayKey.Origin(instanceId, null))),
            settled.createdAt().plusSeconds(second),
            result));
  }

  private final class Generations implements GenerationStore {
    private String current = "first";
    private @Nullable String last;
    private @Nullable String baseline;
    private final List<Loss> losses = new ArrayList<>();
    private final List<LostPayment> recovered = new ArrayList<>();
    private final List<Boolean> moves = new ArrayList<>();
    private final List<Missing.Series> missing = new ArrayList<>();

    @Override
    public Future<State> state() {
      return Future.succeededFuture(new State(LEDGER, current, last, Instant.EPOCH));
    }

    @Override
    public Future<String> begin(String expected, Loss loss) {
      losses.add(loss);
      if (expected.equals(current)) {
        current = "next after " + current;
      }
      return Future.succeededFuture(current);
    }

    @Override
    public Future<Set<UUID>> absent(List<RecordedCharge> page) {
      return Future.succeededFuture(
          page.stream()
              .map(charge -> charge.payment().id())
              .filter(id -> !storage.contains(id) && !unknown.contains(id))
              .collect(Collectors.toSet()));
    }

    @Override
    public Future<Set<UUID>> unsettled(List<RecordedCharge> page, Collection<UUID> counted) {
      return Future.succeededFuture(
          page.stream()
              .filter(
                  charge ->
                      charge.instanceId().equals("memory")
                          || counted.contains(charge.payment().id()))
              .map(charge -> charge.payment().id())
              .filter(unknown::contains)
              .collect(Collectors.toSet()));
    }

    @Override
    public Future<List<Payment>> unsettledPayments(Collection<UUID> ids) {
      return Future.succeededFuture(
          unsettledPayments.stream().filter(each -> ids.contains(each.id())).toList());
    }

    @Override
    public Future<List<Refund>> unsettledRefunds(Collection<UUID> ids) {
      return Future.succeededFuture(
          unsettledRefunds.stream()
              .filter(
                  each ->
                      ids.contains(
                          each.settled().isEmpty() ? each.id() : Refund.failureId(each.id())))
              .toList());
    }

    @Override
    public Future<Set<String>> recovering(Collection<String> instances) {
      return Future.succeededFuture(Set.copyOf(recovering));
    }

    @Override
    public Future<Void> recover(String generation, int epoch, List<LostPayment> payments) {
      recovered.addAll(payments);
      for (LostPayment payment : payments) {
        if (payment.wasCounted() && payment.instanceId().equals("memory")) {
          storage.commit(
              epoch,
              payment
                  .charge()
                  .payment()
                  .settle(new Payment.Settlement(Duration.ofMillis(250), Instant.EPOCH, null, 0)));
          unknown.remove(payment.charge().payment().id());
        } else {
          unknown.add(payment.charge().payment().id());
        }
      }
      return Future.succeededFuture();
    }

    @Override
    public Future<Void> lost(String generation, List<Missing.Series> series) {
      missing.addAll(series);
      return Future.succeededFuture();
    }

    @Override
    public Future<Void> resume(
        AuditStore.AcquiredLease lease, String generation, boolean hasMoved) {
      baseline = lease.baseline();
      last = generation;
      moves.add(hasMoved);
      return Future.succeededFuture();
    }
  }

  /** Ends the process; the ledger then goes back to a state without the payments of this amount. */
  private void endAndLose(int usd) {
    storage.deleteRows(payment -> payment.amountUsd().intValue() == usd);
    storage.expireLease();
  }

  /** Counts a payment of five dollars, and loses its row and its record at the gateway. */
  private Payment countAndLose() {
    Instance instance = new Instance().start();
    instance.pay("5");
    instance.scrape();
    endAndLose(5);
    return charges.remove(0).payment();
  }

  /** Counts a refund, and loses its outcome. */
  private Refund countAndLoseRefund() {
    Instance instance = new Instance().start();
    Refund pending = TestOrders.refund(TestOrders.order().succeeded(), "5.00");
    instance.count(pending.settle(new Payment.Settlement(Duration.ZERO, Instant.EPOCH, null, 1)));
    instance.scrape();
    unsettledRefunds.add(pending);
    storage.expireLease();
    return pending;
  }

  private void assertOneLoss(long rows, long cents) {
    assertThat(generations.losses)
        .extracting(GenerationStore.Loss::rows, GenerationStore.Loss::cents)
        .containsExactly(tuple(rows, cents));
  }

  @Test
  void run_nothingLost_countersContinue() {
    Instance first = new Instance().start();
    first.pay("10");
    first.scrape();
    first.pay("5");
    storage.expireLease();

    Instance second = new Instance().start();

    second.assertValues(2, 15);
    assertThat(second.resumed.isReset()).isFalse();
    assertThat(generations.losses).isEmpty();
    assertThat(generations.moves).containsExactly(false, false);
  }

  @Test
  void run_onAnotherTimelineAndNothingLost_hasMoved() {
    Instance first = new Instance().start();
    first.pay("10");
    first.scrape();
    storage.expireLease();
    storage.promote("00000002");

    new Instance().start().assertValues(1, 10);

    assertThat(generations.moves).containsExactly(false, true);
  }

  /** Regression: counters continued at the lower values, and Prometheus added these again. */
  @Test
  void run_countedRowsAreMissing_countersStartAtZero() {
    Instance first = new Instance().start();
    first.pay("10");
    first.pay("5");
    first.scrape();
    charges.clear();
    endAndLose(5);

    Instance second = new Instance().start();

    second.assertValues(0, 0);
    assertThat(second.resumed.isReset()).isTrue();
    assertOneLoss(1, 500);
    assertThat(generations.missing)
        .extracting(Missing.Series::family)
        .contains("payment_requests_total", "payment_amount_usd", "payment_duration_seconds");
    assertThat(second.resumed.generation()).isEqualTo("next after first");
  }

  /** The audit knows the baseline, also in later processes. */
  @Test
  void run_afterALoss_laterPaymentsAreCountedOnce() {
    Instance first = new Instance().start();
    first.pay("10");
    first.pay("5");
    first.scrape();
    endAndLose(5);
    Instance second = new Instance().start();

    second.pay("7");
    second.settle();
    second.assertValues(1, 7);
    second.pay("8");
    storage.expireLease();
    Instance third = new Instance().start();

    third.assertValues(2, 15);
    third.rounds();
    third.assertValues(2, 15);
    assertThat(generations.losses).hasSize(1);
  }

  /** A process that is killed before its first scrape does not change what Prometheus has. */
  @Test
  void run_againBeforeTheNextScrape_joinsTheGeneration() {
    Instance first = new Instance().start();
    first.pay("5");
    first.scrape();
    storage.deleteRows(payment -> true);
    storage.expireLease();
    new Instance().start();
    storage.expireLease();

    Instance third = new Instance().start();

    assertThat(third.resumed.generation()).isEqualTo("next after first");
    third.assertValues(0, 0);
  }

  @Test
  void run_anotherInstanceFoundTheLossAndNoWitness_countersStartAtZero() {
    Instance first = new Instance().start();
    first.pay("5");
    storage.expireLease();
    generations.current = "of another instance";

    Instance second = new Instance().start();

    second.assertValues(0, 0);
    assertThat(generations.losses).isEmpty();
  }

  @Test
  void run_anotherInstanceFoundTheLossAndNothingIsMissing_countersContinue() {
    Instance first = new Instance().start();
    first.pay("5");
    first.scrape();
    storage.expireLease();
    generations.current = "of another instance";

    new Instance().start().assertValues(1, 5);
  }

  @Test
  void run_lastScrapeShowedAnotherLedger_isALossOfAllCounts() {
    Instance first = new Instance().start();
    first.pay("5");
    first.scrape();
    storage.expireLease();
    Witness last = witness.orElseThrow();
    witness =
        Optional.of(
            new Witness(
                last.instanceId(),
                UUID.randomUUID(),
                last.generation(),
                last.epoch(),
                last.position(),
                last.totals(),
                last.recent()));

    new Instance().start().assertValues(0, 0);
    assertOneLoss(1, 500);
  }

  /** The baseline itself shows that the ledger contained more, without any witness. */
  @Test
  void run_lessThanTheBaseline_isALoss() {
    Instance first = new Instance().start();
    first.pay("5");
    first.pay("6");
    first.scrape();
    endAndLose(6);
    Instance second = new Instance().start();
    second.assertValues(0, 0);
    storage.deleteRows(payment -> true);
    storage.expireLease();
    witness = Optional.empty();

    Instance third = new Instance().start();

    third.assertValues(0, 0);
    assertThat(generations.losses).hasSize(2);
    clock.advance(Duration.ofSeconds(1));
    third.pay("1");
    third.assertValues(1, 1);
  }

  /** Its gateway has the charge on record, so the payment is back, and is not counted again. */
  @Test
  void run_countedPaymentIsOnRecord_isRecoveredAndNotCountedAgain() {
    Instance first = new Instance().start();
    first.pay("10");
    first.pay("5");
    first.scrape();
    endAndLose(5);

    Instance second = new Instance().start();

    second.assertValues(0, 0);
    assertThat(storage.contains(charges.get(1).payment().id())).isTrue();
    assertThat(generations.missing).isEmpty();
    assertThat(generations.losses).extracting(GenerationStore.Loss::rows).containsExactly(1L);
    second.pay("7");
    second.settle();
    second.assertValues(1, 7);
  }

  /** Regression: an inquiry settled such a payment once more, and it was counted twice. */
  @Test
  void run_countedOutcomeIsMissing_isRecoveredAndNotCountedAgain() {
    Instance first = new Instance().start();
    first.pay("10");
    first.pay("5");
    first.scrape();
    endAndLose(5);
    unknown.add(charges.get(1).payment().id());

    Instance second = new Instance().start();

    second.assertValues(0, 0);
    assertThat(unknown).isEmpty();
    assertThat(storage.contains(charges.get(1).payment().id())).isTrue();
    assertThat(generations.missing).isEmpty();
    assertOneLoss(1, 500);
  }

  /** Regression: an inquiry of this instance had settled it, and another one had submitted it. */
  @Test
  void run_countedOutcomeOfAnotherInstancesPayment_isRecoveredAndNotCountedAgain() {
    Payment payment = countAndLose();
    charge(TestOrders.settled(payment, Duration.ZERO, Instant.EPOCH), "another");
    unknown.add(payment.id());

    new Instance().start().assertValues(0, 0);

    assertThat(unknown).isEmpty();
    assertThat(storage.contains(payment.id())).isTrue();
    assertThat(generations.missing).isEmpty();
  }

  /** The instance that submitted it cannot know that it was counted here. */
  @Test
  void run_countedPaymentOfAnInstanceThatRecoversItsOwn_isRecoveredHere() {
    Payment payment = countAndLose();
    charge(TestOrders.settled(payment, Duration.ZERO, Instant.EPOCH), "another");
    recovering.add("another");

    new Instance().start().assertValues(0, 0);

    assertThat(storage.contains(payment.id())).isTrue();
    assertOneLoss(1, 500);
  }

  /** Regression: an outcome that is older than the search, or not on record, was counted twice. */
  @Test
  void run_countedOutcomeWithoutARecord_isAskedForAndNotCountedAgain() {
    Instance first = new Instance().start();
    first.pay("10");
    first.pay("5");
    first.scrape();
    endAndLose(5);
    unsettledPayments.add(charges.remove(1).payment().withAccount(TestOrders.account("stripe")));
    Payment other = TestOrders.order().pending();
    unsettledPayments.add(other);

    Instance second = new Instance().start();

    second.assertValues(0, 0);
    assertThat(unsettledPayments).as("was not counted here").containsExactly(other);
    assertThat(generations.missing)
        .as("its duration is in no record")
        .extracting(Missing.Series::family)
        .containsExactly("payment_duration_seconds");
    assertOneLoss(1, 500);
    second.pay("7");
    second.settle();
    second.assertValues(1, 7);
  }

  /** Regression: the inquiry that settled such a refund counted it once more. */
  @Test
  void run_countedOutcomeOfARefundIsMissing_isSettledWithoutBeingCounted() {
    Refund pending = countAndLoseRefund();
    Refund notCounted = TestOrders.refund(TestOrders.order().succeeded(), "5.00");
    unsettledRefunds.add(notCounted);

    new Instance().start();

    assertThat(settledRefunds)
        .singleElement()
        .satisfies(refund -> assertThat(refund.id()).isEqualTo(pending.id()))
        .satisfies(refund -> assertThat(refund.settled().orElseThrow().segment()).isZero())
        .satisfies(refund -> assertThat(refund.error()).isEmpty());
  }

  /** Otherwise an inquiry, after another webhook, would count it once more. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void run_countedLaterFailureOfARefundIsMissing_isCommittedWithoutBeingCounted(
      boolean isFailedAtTheGateway) {
    Instance instance = new Instance().start();
    Refund successful =
        TestOrders.refund(TestOrders.order().succeeded(), "5.00")
            .settle(new Payment.Settlement(Duration.ZERO, Instant.EPOCH, null, 1));
    PaymentException error = PaymentException.of(FailureCode.REFUND_FAILED, "closed");
    instance.count(
        successful.failLater(new Payment.Settlement(Duration.ZERO, Instant.EPOCH, error, 1)));
    instance.scrape();
    unsettledRefunds.add(successful);
    storage.expireLease();
    if (isFailedAtTheGateway) {
      refundResult = new GatewayResult.Rejected(error);
    }

    new Instance().start();

    assertThat(settledRefunds).hasSize(isFailedAtTheGateway ? 1 : 0);
    assertThat(settledRefunds)
        .allSatisfy(refund -> assertThat(refund.hasFailedLater()).isTrue())
        .allSatisfy(refund -> assertThat(refund.settled().orElseThrow().segment()).isZero());
  }

  /** It must not be counted again later, so the start waits for the evidence. */
  @Test
  void run_countedOutcomeWithoutEvidence_isRepeatedUntilThereIsSome() {
    countAndLoseRefund();
    isGatewayDown = true;
    Instance second = new Instance();
    AuditStore.AcquiredLease lease = second.auditStore.acquire().result();
    LedgerRecovery recovery = second.recovery();

    assertThat(recovery.run(lease).cause()).isInstanceOf(LedgerUnavailableException.class);
    isGatewayDown = false;
    assertThat(recovery.run(lease).succeeded()).isTrue();

    assertThat(settledRefunds).hasSize(1);
  }

  /** Regression: a payment that failed over is on record at two gateways, and the start failed. */
  @Test
  void run_lostPaymentIsOnRecordAtTwoGateways_isRecoveredOnceAsTheLastOne() {
    Payment payment = countAndLose();
    Payment settled = TestOrders.settled(payment, Duration.ZERO, Instant.EPOCH);
    charge(settled, "memory", 0, GatewayResult.rejected(FailureCode.GATEWAY_ERROR, "out of order"));
    charge(settled, "memory", 1, new GatewayResult.Approved("ref"));
    charge(settled, "memory", 2, GatewayResult.rejected(FailureCode.GATEWAY_ERROR, "out of order"));

    Instance second = new Instance().start();

    second.assertValues(0, 0);
    assertThat(generations.recovered)
        .singleElement()
        .satisfies(
            lost -> assertThat(lost.charge().result()).isInstanceOf(GatewayResult.Approved.class))
        .satisfies(lost -> assertThat(lost.wasCounted()).isTrue());
  }

  /** The inquiry that settles it counts it. */
  @Test
  void run_unsettledPaymentWasNotCounted_isLeftToInquiries() {
    Instance first = new Instance().start();
    first.pay("10");
    first.scrape();
    charge(TestOrders.order().of("5", "USD").succeeded(), "memory");
    unknown.add(charges.get(1).payment().id());
    endAndLose(10);

    new Instance().start().assertValues(0, 0);

    assertThat(unknown).containsExactly(charges.get(1).payment().id());
    assertOneLoss(1, 1000);
  }

  /** The payment was in flight when the ledger went back. */
  @Test
  void run_chargedPaymentWasNotCounted_isUnknownAndCountersContinue() {
    Instance first = new Instance().start();
    first.pay("10");
    first.scrape();
    storage.expireLease();
    charge(TestOrders.order().of("5", "USD").succeeded(), "memory");

    Instance second = new Instance().start();

    second.assertValues(1, 10);
    assertThat(unknown).containsExactly(charges.get(1).payment().id());
    assertOneLoss(1, 500);
  }

  @Test
  void run_withoutWitness_chargesOnRecordAreALoss() {
    Instance first = new Instance().start();
    first.pay("10");
    first.pay("5");
    endAndLose(5);

    Instance second = new Instance().start();

    second.assertValues(0, 0);
    assertThat(storage.contains(charges.get(1).payment().id())).isTrue();
    assertOneLoss(1, 500);
  }

  @Test
  void run_instanceRecoversItsOwnPayments_theyAreLeftToIt() {
    charge(TestOrders.order().of("5", "USD").succeeded(), "another");
    recovering.add("another");

    new Instance().start().assertValues(0, 0);

    assertThat(generations.losses).isEmpty();
  }

  @Test
  void run_search_beginsAWindowBeforeTheNewestPayment() {
    new Instance().start();

    assertThat(searches).containsExactly(Instant.EPOCH.minus(Duration.ofMinutes(10)));
  }

  /** A gateway's outage does not delay a start that has lost nothing. */
  @Test
  void run_gatewayDown_startsUnlessTheLedgerLacksSomething() {
    isGatewayDown = true;
    Instance first = new Instance().start();
    first.pay("5");
    first.scrape();
    storage.deleteRows(payment -> true);
    storage.expireLease();
    Instance second = new Instance();
    AuditStore.AcquiredLease lease = second.auditStore.acquire().result();
    LedgerRecovery recovery = second.recovery();

    assertThat(recovery.run(lease).cause()).isInstanceOf(LedgerUnavailableException.class);

    isGatewayDown = false;
    assertThat(recovery.run(lease).result().isReset()).isTrue();
    assertThat(generations.losses).hasSize(1);
  }
}
