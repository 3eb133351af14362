package dev.paymeter.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.metrics.AuditedPipelineMetrics;
import dev.paymeter.metrics.MetricsPipeline;
import dev.paymeter.metrics.PipelineScrape;
import dev.paymeter.metrics.dashboard.PaymentComparison;
import dev.paymeter.metrics.queue.Sampling;
import dev.paymeter.metrics.queue.StripedQueue;
import dev.paymeter.payment.Access;
import dev.paymeter.payment.AllowedValues;
import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentGatewayException;
import dev.paymeter.payment.Severity;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.payment.port.IdempotencyRecord;
import dev.paymeter.payment.port.LedgerSegments;
import dev.paymeter.payment.port.LedgerUnavailableException;
import dev.paymeter.payment.port.PaymentGateway;
import dev.paymeter.payment.port.PaymentLedger;
import dev.paymeter.payment.port.PaymentMetrics;
import dev.paymeter.payment.port.PaymentStepListener;
import dev.paymeter.payment.port.SupersededException;
import dev.paymeter.payment.query.PaymentFilter;
import dev.paymeter.payment.query.PaymentPage;
import dev.paymeter.payment.query.StatusCounts;
import dev.paymeter.payment.service.PaymentResult;
import dev.paymeter.payment.service.PaymentService;
import dev.paymeter.payment.service.SettlementCounter;
import dev.paymeter.payment.service.TransferProcessor;
import dev.paymeter.report.BusinessEvent;
import dev.paymeter.report.ErrorReport;
import dev.paymeter.report.EventReport;
import dev.paymeter.report.ReportHandler;
import dev.paymeter.report.ReportIngestor;
import dev.paymeter.report.ReportedError;
import dev.paymeter.support.ledger.InMemoryAuditStore;
import dev.paymeter.support.payment.ChargingGateway;
import dev.paymeter.support.payment.ManualClock;
import dev.paymeter.support.payment.ManualScheduler;
import dev.paymeter.support.payment.NoOpPaymentMetrics;
import dev.paymeter.support.payment.RecordingReportMetrics;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class AuditTest {
  private static final List<String> FAMILIES =
      List.of(
          "payment_requests_total",
          "payment_duration_seconds",
          "payment_amount_usd",
          "errors_total",
          "business_events_usd");
  private static final List<String> EVENTS = List.of("order", "refund");
  private static final String REQUESTS =
      "payment_requests_total{gateway=\"stripe\",status=\"success\",user_tier=\"%s\"}";

  private static final String CHAIN_LABELS = "{generation=\"g1\",instance_id=\"memory\"}";

  private final ManualClock clock = new ManualClock();
  private final InMemoryAuditStore.Storage storage = new InMemoryAuditStore.Storage();

  /** Signs with the length of the text. */
  private static final class TestSigner implements ChainHead.Signer {
    @Override
    public ChainHead.Signature sign(String text) {
      return new ChainHead.Signature("key", new byte[] {(byte) text.length()});
    }

    @Override
    public Optional<Boolean> hasSigned(String text, ChainHead.Signature signature) {
      return signature.keyId().equals("key")
          ? Optional.of(signature.bytes()[0] == text.length())
          : Optional.empty();
    }
  }

  /** A process of the identity, with a gateway that approves everything. */
  private final class Instance {
    final MetricsPipeline pipeline;
    final InMemoryAuditStore books = InMemoryAuditStore.withMetricsBuckets(storage);
    final LedgerSegments ledgerSegments = new LedgerSegments();
    final SettlementCounter settlementCounter =
        new SettlementCounter(ledgerSegments, books::move, new ManualScheduler());
    Audit audit;
    final Queue<Promise<Void>> held = new ArrayDeque<>();
    final List<LedgerWentBackException> lost = new ArrayList<>();
    boolean holding;
    boolean losing;
    boolean lacksCharges;
    BiConsumer<PaymentMetrics, Payment> observe = PaymentMetrics::settled;
    final PositionMonitor positions = new PositionMonitor();
    GatewayResult answer = new GatewayResult.Approved("ref");
    final ChainHead.Signer signer = new TestSigner();

    Instance(int labelLimit) {
      pipeline =
          new MetricsPipeline(
              new StripedQueue.Limits(1, 8, 4, labelLimit), new Sampling(1), List.of(), List.of());
      audit = audit(TestOrders.ALLOWED_VALUES);
    }

    Instance() {
      this(100);
    }

    private Audit audit(AllowedValues allowedValues) {
      return new Audit(
          new AuditedPipelineMetrics(
              pipeline, ledgerSegments, "memory", allowedValues, EVENTS, clock),
          books,
          ledgerSegments,
          clock,
          positions,
          new Reaction(),
          signer);
    }

    private final class Reaction implements Audit.LossReaction {
      @Override
      public Future<Boolean> lacksCharges() {
        return Future.succeededFuture(lacksCharges);
      }

      @Override
      public void wentBack(LedgerWentBackException loss) {
        lost.add(loss);
      }
    }

    /** Asserts that one loss was reported, with these parts of its description. */
    void assertLost(String... evidence) {
      assertThat(lost)
          .singleElement()
          .extracting(Throwable::getMessage)
          .asString()
          .contains(evidence);
    }

    /** Renews the lease. */
    void renew() {
      positions.renewed(books.renew(positions.comparedPosition()).result());
    }

    /** Acquires the lease and restores the counters. */
    Instance open(AllowedValues allowedValues) {
      audit = audit(allowedValues);
      AuditStore.AcquiredLease acquiredLease = books.acquire().result();
      positions.renewed(acquiredLease.position());
      positions.compared(positions.suspicions());
      assertThat(audit.restore(acquiredLease, "g1").succeeded()).isTrue();
      return this;
    }

    Instance open() {
      return open(TestOrders.ALLOWED_VALUES);
    }

    Future<Payment> pay(TestOrders order) {
      PaymentGateway paymentGateway =
          new ChargingGateway(payment -> Future.succeededFuture(answer));
      return new PaymentService(
              new HeldLedger(books.ledger()),
              paymentGateway,
              TestOrders.RATES,
              new TransferProcessor.Context(
                  new Observed(),
                  new ManualScheduler(),
                  settlementCounter,
                  clock,
                  clock,
                  TestOrders.GATEWAY_KEYS),
              PaymentStepListener.NONE)
          .pay(order.build(), Optional.empty(), Access.ALL)
          .map(PaymentResult::payment);
    }

    /** Reports a business event of five dollars. */
    void report(String id, String event) {
      ReportIngestor<EventReport, BusinessEvent> events =
          recorder(
              ReportHandler.ofBusinessEvents(
                  books.reports(),
                  TestOrders.RATES,
                  new Reported(),
                  pipeline.reports()::eventLabel));
      EventReport report = new EventReport("shop", id, event, TestOrders.money("5", "USD"));
      assertThat(events.record(List.of(report)).succeeded()).isTrue();
    }

    void reportError(String id, String service, Severity severity) {
      ReportIngestor<ErrorReport, ReportedError> errors =
          recorder(
              ReportHandler.ofErrors(
                  books.reports(),
                  new Reported(),
                  pipeline.reports()::serviceLabel,
                  pipeline.reports()::errorTypeLabel));
      ErrorReport report = new ErrorReport("shop", id, service, "CartException", severity);
      assertThat(errors.record(List.of(report)).succeeded()).isTrue();
    }

    private <R, E> ReportIngestor<R, E> recorder(ReportHandler<R, E> reportHandler) {
      return new ReportIngestor<>(
          reportHandler, new ManualScheduler(), settlementCounter, new Semaphore(1000), clock);
    }

    double errors(String service, String severity) {
      return scrape()
          .value(
              "errors_total{error_type=\"CartException\",service=\"%s\",severity=\"%s\"}"
                  .formatted(service, severity));
    }

    double events(String label) {
      return scrape().value("business_events_usd_count{event=\"" + label + "\"}");
    }

    void pay() {
      assertThat(pay(TestOrders.order()).succeeded()).isTrue();
    }

    /**
     * Runs two rounds: the first rolls the segment, and may close it; the second certainly does.
     */
    void rounds() {
      round();
      round();
    }

    void round() {
      Future<Void> round = audit.round();
      assertThat(round.succeeded()).as("round: %s", round.cause()).isTrue();
    }

    /** Writes a checkpoint, and releases the lease. */
    void close() {
      assertThat(audit.close().succeeded()).isTrue();
      assertThat(books.release().succeeded()).isTrue();
    }

    void settle() {
      clock.advance(Audit.CHECKPOINT_INTERVAL.plusSeconds(1));
      rounds();
    }

    PipelineScrape scrape() {
      return PipelineScrape.of(pipeline.snapshot());
    }

    double drift(String family) {
      return scrape().value("metrics_ledger_drift{family=\"" + family + "\"}");
    }

    double requests(String tier) {
      return scrape().value(REQUESTS.formatted(tier));
    }

    void assertNoDrift() {
      assertThat(FAMILIES).allSatisfy(family -> assertThat(drift(family)).as(family).isZero());
    }

    private final class Observed extends NoOpPaymentMetrics {
      @Override
      public void settled(Payment payment) {
        observe.accept(pipeline, payment);
      }
    }

    private final class Reported extends RecordingReportMetrics {
      @Override
      public void recorded(BusinessEvent event) {
        if (!losing) {
          pipeline.reports().recorded(event);
        }
      }

      @Override
      public void recorded(ReportedError error) {
        if (!losing) {
          pipeline.reports().recorded(error);
        }
      }
    }

    private final class HeldLedger implements PaymentLedger {
      private final PaymentLedger paymentLedger;

      HeldLedger(PaymentLedger paymentLedger) {
        this.paymentLedger = paymentLedger;
      }

      @Override
      public Future<Void> insert(Payment pending) {
        return paymentLedger.insert(pending);
      }

      @Override
      public Future<Optional<IdempotencyRecord<Payment>>> insert(
          Payment pending, IdempotencyKey key) {
        return paymentLedger.insert(pending, key);
      }

      @Override
      public Future<Boolean> reroute(Payment pending, String from) {
        return paymentLedger.reroute(pending, from);
      }

      @Override
      public Future<Boolean> request(Payment pending, Optional<IdempotencyKey> key) {
        return paymentLedger.request(pending, key);
      }

      @Override
      public Future<Optional<IdempotencyRecord<Payment>>> findRecord(IdempotencyKey key) {
        return paymentLedger.findRecord(key);
      }

      @Override
      public Future<List<WaitingTotal>> waitingByGateway() {
        return paymentLedger.waitingByGateway();
      }

      @Override
      public Future<List<AuthorizedTotal>> authorizedByGateway() {
        return paymentLedger.authorizedByGateway();
      }

      @Override
      public Future<Payment> markUnknown(Payment unknown) {
        return paymentLedger.markUnknown(unknown);
      }

      @Override
      public Future<Payment> settle(Payment settled) {
        if (!holding) {
          return paymentLedger.settle(settled);
        }
        Promise<Void> release = Promise.promise();
        held.add(release);
        return release.future().compose(released -> paymentLedger.settle(settled));
      }

      @Override
      public Future<Optional<Payment>> find(UUID id) {
        return paymentLedger.find(id);
      }

      @Override
      public Future<List<Payment>> list(
          PaymentFilter filter, PaymentPage.@Nullable Position after, int most) {
        return paymentLedger.list(filter, after, most);
      }

      @Override
      public Future<StatusCounts> count(int max) {
        return paymentLedger.count(max);
      }

      @Override
      public Future<Void> check() {
        return paymentLedger.check();
      }
    }
  }

  @Test
  void comparison_equal_hasBothSidesAndWhatFollows() {
    Instance instance = new Instance().open();
    assertThat(instance.pipeline.lastComparison()).isEmpty();
    instance.pay(TestOrders.order().of("10.01", "USD"));
    instance.pay(TestOrders.order().of("5.00", "USD"));
    instance.rounds();

    assertThat(instance.pipeline.lastComparison())
        .contains(comparison(sum(2, 1501), sum(2, 1501), sum(0, 0)));
    instance.pay(TestOrders.order().of("1.00", "USD"));
    instance.pipeline.flush();
    assertThat(instance.pipeline.lastComparison())
        .as("before the next round")
        .contains(comparison(sum(2, 1501), sum(2, 1501), sum(1, 100)));
  }

  /** The sides are read separately: from the ledger, and from what a scrape shows. */
  @Test
  void comparison_paymentNotCounted_isOnlyInTheLedger() {
    Instance instance = new Instance().open();
    instance.pay(TestOrders.order().of("10.01", "USD"));
    instance.observe = (metrics, payment) -> {};
    instance.pay(TestOrders.order().of("5.00", "USD"));

    instance.rounds();

    assertThat(instance.pipeline.lastComparison())
        .contains(comparison(sum(2, 1501), sum(1, 1001), sum(0, 0)));
  }

  private static PaymentComparison comparison(
      PaymentComparison.Sum ledger, PaymentComparison.Sum counters, PaymentComparison.Sum later) {
    return new PaymentComparison(ledger, counters, later, sum(0, 0));
  }

  private static PaymentComparison.Sum sum(long count, long cents) {
    return new PaymentComparison.Sum(count, cents);
  }

  @Test
  void round_everythingCounted_driftIsZero() {
    Instance instance = new Instance().open();
    instance.pay();
    instance.answer = new GatewayResult.Rejected(new PaymentGatewayException("Gateway timeout"));
    instance.pay(TestOrders.order().of("5000.01", "EUR").tier("premium").gateway("paypal"));

    instance.rounds();

    instance.assertNoDrift();
    assertThat(instance.scrape().total("payment_requests_total")).isEqualTo(2);
    assertThat(instance.scrape().total("errors_total")).isEqualTo(1);
  }

  /** Regression: segments were closed with the counted totals instead of the ledger's. */
  @Test
  void round_observationLost_driftIsItsValue() {
    Instance instance = new Instance().open();
    instance.pay();
    instance.observe = (pipeline, payment) -> {};
    instance.pay();

    instance.rounds();

    assertThat(instance.drift("payment_requests_total")).isEqualTo(1);
    assertThat(instance.drift("payment_amount_usd")).as("count and cents").isEqualTo(1 + 1250);
    assertThat(instance.drift("payment_duration_seconds")).isEqualTo(1);
    assertThat(instance.drift("errors_total")).isZero();
  }

  @Test
  void round_observationDoubled_driftIsItsValue() {
    Instance instance = new Instance().open();
    instance.observe =
        (pipeline, payment) -> {
          pipeline.settled(payment);
          pipeline.settled(payment);
        };
    instance.pay();

    instance.rounds();

    assertThat(instance.drift("payment_requests_total")).isEqualTo(1);
    assertThat(instance.drift("payment_amount_usd")).isEqualTo(1 + 1250);
  }

  @Test
  void round_rowTampered_driftIsTheDifference() {
    Instance instance = new Instance().open();
    instance.pay();
    storage.changeRows(
        payment ->
            new Payment(
                payment.id(),
                payment.order(),
                payment.amountUsd().add(new BigDecimal("0.01")),
                payment.rate(),
                payment.createdAt(),
                null,
                payment.settled().orElseThrow(),
                null));

    instance.rounds();

    assertThat(instance.drift("payment_amount_usd")).as("to the cent").isEqualTo(1);
    assertThat(instance.drift("payment_requests_total")).isZero();
  }

  /** Differences are computed by series; otherwise a lost and a doubled value would cancel out. */
  @Test
  void round_differencesThatCancelOut_areShown() {
    Instance instance = new Instance().open();
    instance.observe = (pipeline, payment) -> {};
    instance.pay(TestOrders.order().tier("basic"));
    instance.observe =
        (pipeline, payment) -> {
          pipeline.settled(payment);
          pipeline.settled(payment);
        };
    instance.pay(TestOrders.order().tier("premium"));

    instance.rounds();

    assertThat(instance.drift("payment_requests_total")).isEqualTo(2);
  }

  @Test
  void restore_afterLostObservation_correctsIt() {
    Instance first = new Instance().open();
    first.observe = (pipeline, payment) -> {};
    first.pay();
    first.rounds();
    storage.expireLease();

    Instance second = new Instance().open();
    second.rounds();

    second.assertNoDrift();
    assertThat(second.requests("standard")).isEqualTo(1);
  }

  /**
   * The later payment is committed first, in a later segment, which must not be closed before the
   * earlier one. Regression: {@code LedgerSegments.lastClosed} skipped segments that were not idle.
   */
  @Test
  void round_segmentsEndOutOfOrder_countsBothOnce() {
    Instance instance = new Instance().open();
    instance.holding = true;
    Future<Payment> slow = instance.pay(TestOrders.order().tier("basic"));
    instance.rounds();
    instance.holding = false;
    instance.pay(TestOrders.order().tier("premium"));
    instance.settle();
    assertThat(slow.isComplete()).isFalse();
    assertThat(storage.checkpointSegment()).isZero();
    instance.assertNoDrift();

    instance.held.remove().complete(); // Counted in a third segment: scrapes were without it.
    instance.settle();

    instance.assertNoDrift();
    assertThat(storage.checkpointSegment()).isEqualTo(3);
    storage.expireLease();
    Instance next = new Instance().open();
    assertThat(next.requests("basic")).isEqualTo(1);
    assertThat(next.requests("premium")).isEqualTo(1);
  }

  @Test
  void round_beforeTheInterval_writesNoCheckpoint() {
    Instance instance = new Instance().open();
    instance.pay();
    clock.advance(Audit.CHECKPOINT_INTERVAL.minusSeconds(1));

    instance.rounds();

    assertThat(storage.totals()).isEmpty();
  }

  @Test
  void round_afterTheInterval_writesACheckpoint() {
    Instance first = new Instance().open();
    first.pay();
    first.settle();
    assertThat(storage.checkpointSegment()).isEqualTo(1);
    first.pay();
    storage.expireLease();
    // Rows up to the checkpoint are not read again.
    storage.deleteRows(payment -> payment.settled().orElseThrow().segment() == 1);

    Instance second = new Instance().open();

    assertThat(second.requests("standard")).isEqualTo(2);
    assertThat(second.scrape().total("payment_amount_usd_sum")).isEqualTo(25.00);
    second.rounds();
    second.assertNoDrift();
  }

  @Test
  void close_writesACheckpointAndReleasesTheLease() {
    Instance first = new Instance().open();
    first.pay();

    first.close();

    storage.deleteRows(payment -> true);
    assertThat(new Instance().open().requests("standard")).isEqualTo(1);
  }

  /**
   * Zeros before restored values would make Prometheus count everything again. Regression: the
   * families were created together with the pipeline.
   */
  @Test
  void restore_values_areInTheFirstScrapeOfTheFamilies() {
    Instance first = new Instance().open();
    first.answer = new GatewayResult.Rejected(new PaymentGatewayException("Gateway timeout"));
    first.pay(TestOrders.order().of("1000.01", "USD"));
    first.answer = new GatewayResult.Approved("ref");
    first.pay();
    Map<String, Double> counted = payments(first.scrape());
    storage.expireLease();
    Instance second = new Instance();
    assertThat(second.scrape().types().keySet())
        .noneMatch(family -> family.startsWith("payment_") || family.equals("errors_total"));

    second.open();

    assertThat(payments(second.scrape())).isEqualTo(counted);
  }

  private static Map<String, Double> payments(PipelineScrape pipelineScrape) {
    Map<String, Double> payments = new HashMap<>(pipelineScrape.samples());
    payments
        .keySet()
        .removeIf(series -> !series.startsWith("payment_") && !series.startsWith("errors_total"));
    return payments;
  }

  @Test
  void restore_tierNoLongerConfigured_staysShown() {
    Instance first = new Instance().open();
    first.pay(TestOrders.order().tier("premium"));
    first.settle();
    first.pay(TestOrders.order().tier("basic"));
    storage.expireLease();
    AllowedValues standardOnly =
        new AllowedValues(
            List.of("standard"),
            TestOrders.ALLOWED_VALUES.methods(),
            TestOrders.ALLOWED_VALUES.gateways(),
            TestOrders.ALLOWED_VALUES.currencies());

    Instance second = new Instance().open(standardOnly);

    assertThat(second.requests("premium")).as("from the checkpoint").isEqualTo(1);
    assertThat(second.requests("basic")).as("from the rows after it").isEqualTo(1);
    second.settle();
    second.assertNoDrift();
    storage.expireLease();
    storage.deleteRows(payment -> true);
    assertThat(new Instance().open(standardOnly).requests("premium")).isEqualTo(1);
  }

  /** Regression: the totals that were restored at the start were added again in each round. */
  /** Counters that restart too low are worse than none. */
  @Test
  void restore_invalidCheckpoint_fails() {
    storage.setTotals("{\"no_family_of_ours\":[{\"labels\":{},\"cells\":[1]}]}");
    Instance instance = new Instance();
    AuditStore.AcquiredLease acquiredLease = instance.books.acquire().result();
    instance.positions.renewed(acquiredLease.position());

    assertThat(instance.audit.restore(acquiredLease, "g1").cause())
        .hasMessageContaining("no_family_of_ours");

    assertThat(payments(instance.scrape())).isEmpty();
  }

  /** Regression: a segment that stayed open was treated as compared. */
  @Test
  void lag_settlementInProgress_growsUntilCommitted() {
    Instance instance = new Instance().open();
    instance.rounds();
    instance.holding = true;
    Future<Payment> paid = instance.pay(TestOrders.order());
    clock.advance(Duration.ofSeconds(1));
    instance.round();
    clock.advance(Duration.ofSeconds(30));
    instance.round();

    assertThat(instance.scrape().value("paymeter_audit_lag_seconds")).isEqualTo(31);
    instance.held.remove().complete();
    assertThat(paid.succeeded()).isTrue();
    instance.round();

    assertThat(instance.scrape().value("paymeter_audit_lag_seconds")).isZero();
    clock.advance(Duration.ofSeconds(5));
    assertThat(instance.scrape().value("paymeter_audit_lag_seconds")).isEqualTo(5);
  }

  @Test
  void round_eventsCounted_driftIsZero() {
    Instance instance = new Instance().open();
    instance.report("1", "order");
    instance.report("1", "order");
    instance.report("2", "surprise");

    instance.rounds();

    instance.assertNoDrift();
    assertThat(instance.events("order")).isEqualTo(1);
    assertThat(instance.events("surprise")).isEqualTo(1);
  }

  /** Regression: the ledger's events were not read. */
  @Test
  void round_eventLost_driftIsItsValue() {
    Instance instance = new Instance().open();
    instance.losing = true;
    instance.report("1", "order");

    instance.rounds();

    assertThat(instance.drift("business_events_usd")).isEqualTo(1 + 500);
    assertThat(instance.drift("payment_requests_total")).isZero();
  }

  /** Restores from rows and from a checkpoint. Regression: a restart began at zero. */
  @Test
  void restore_afterACrash_eventsContinue() {
    Instance first = new Instance().open();
    first.report("1", "order");
    first.report("2", "surprise");
    storage.expireLease();

    Instance second = new Instance().open();

    assertThat(second.events("order")).isEqualTo(1);
    assertThat(second.events("surprise")).isEqualTo(1);
    second.report("1", "order");
    second.report("3", "order");
    second.settle();
    second.assertNoDrift();
    second.close();
    Instance third = new Instance().open();
    assertThat(third.events("order")).isEqualTo(2);
    assertThat(third.events("surprise")).isEqualTo(1);
    third.rounds();
    third.assertNoDrift();
  }

  /** Labels are stored with each event, so that a restart does not change them. */
  @Test
  void restore_aboveLabelLimit_countsEachEventAsBefore() {
    Instance first = new Instance(12).open();
    for (String event : List.of("zebra", "apple", "berry")) {
      first.report(event, event);
    }
    assertThat(first.events("zebra")).isEqualTo(1);
    assertThat(first.events("other")).isEqualTo(2);
    storage.expireLease();

    Instance second = new Instance(12).open();

    assertThat(second.events("zebra")).isEqualTo(1);
    assertThat(second.events("other")).isEqualTo(2);
    second.report("again", "apple");
    assertThat(second.events("other")).isEqualTo(3);
    second.rounds();
    second.assertNoDrift();
  }

  @Test
  void round_reportedErrorsCounted_driftIsZero() {
    Instance instance = new Instance().open();
    instance.reportError("1", "checkout", Severity.HIGH);
    instance.reportError("1", "checkout", Severity.HIGH);
    instance.reportError("2", "checkout", Severity.MEDIUM);

    instance.rounds();

    instance.assertNoDrift();
    assertThat(instance.errors("checkout", "high")).isEqualTo(1);
    assertThat(instance.errors("checkout", "medium")).isEqualTo(1);
  }

  /** Regression: the ledger's errors were not read. */
  @Test
  void round_reportedErrorLost_driftIsItsValue() {
    Instance instance = new Instance().open();
    instance.losing = true;
    instance.reportError("1", "checkout", Severity.HIGH);

    instance.rounds();

    assertThat(instance.drift("errors_total")).isEqualTo(1);
  }

  /** Restores from rows and from a checkpoint. Regression: all were restored as payment errors. */
  @Test
  void restore_afterACrash_reportedErrorsContinue() {
    Instance first = new Instance().open();
    first.reportError("1", "checkout", Severity.HIGH);
    storage.expireLease();

    Instance second = new Instance().open();

    assertThat(second.errors("checkout", "high")).isEqualTo(1);
    second.reportError("1", "checkout", Severity.HIGH);
    second.reportError("2", "checkout", Severity.HIGH);
    second.settle();
    second.assertNoDrift();
    second.close();
    Instance third = new Instance().open();
    assertThat(third.errors("checkout", "high")).isEqualTo(2);
    third.rounds();
    third.assertNoDrift();
  }

  /**
   * Regression: an internal error was counted as a reported one, which the ledger does not have.
   */
  @Test
  void reportError_aboveLabelLimit_countsAsOther() {
    Instance instance = new Instance(1).open();
    instance.reportError("1", "checkout", Severity.HIGH);
    instance.reportError("2", "search", Severity.HIGH);
    instance.pipeline.failed("ledger", "CartException", Severity.HIGH);

    instance.rounds();

    assertThat(instance.errors("checkout", "high")).isEqualTo(1);
    assertThat(instance.errors("other", "high")).isEqualTo(1);
    assertThat(instance.errors("ledger", "high")).isEqualTo(1);
    instance.assertNoDrift();
  }

  /** After a takeover, only the new process writes the checkpoint. */
  @Test
  void close_identityTakenOver_failsWithoutCheckpoint() {
    Instance first = new Instance().open();
    first.settle();
    first.pay();
    storage.expireLease();
    new Instance().open();

    assertThat(first.audit.close().cause()).isInstanceOf(SupersededException.class);

    assertThat(storage.totals()).isEmpty();
  }

  @Test
  void round_ledgerUnavailable_failsAndTheNextOneContinues() {
    Instance instance = new Instance().open();
    instance.pay();
    storage.becomeUnavailable();
    assertThat(instance.audit.round().cause()).isInstanceOf(LedgerUnavailableException.class);
    storage.becomeAvailable();

    instance.rounds();

    instance.assertNoDrift();
    instance.settle();
    assertThat(storage.checkpointSegment()).isEqualTo(1);
  }

  /** Regression: segments that were closed in a failed round were never read again. */
  @Test
  void round_ledgerUnavailableWhileReading_nextOneReadsSegments() {
    Instance instance = new Instance().open();
    clock.advance(Audit.CHECKPOINT_INTERVAL.plusSeconds(1));
    instance.rounds();
    instance.pay();
    storage.becomeUnavailable();
    assertThat(instance.audit.round().cause()).isInstanceOf(LedgerUnavailableException.class);
    storage.becomeAvailable();
    clock.advance(Duration.ofSeconds(30));

    instance.rounds();

    assertThat(instance.scrape().value("paymeter_audit_lag_seconds")).isZero();
    instance.settle();
    assertThat(storage.checkpointSegment()).isEqualTo(1);
  }

  /** After a synchronous failover: no alert, and the next checkpoint is written there. */
  @Test
  void renewed_promotedAndNothingLost_continues() {
    Instance instance = new Instance().open();
    instance.renew();
    instance.pay();
    storage.promote("00000002");
    instance.renew();
    instance.pay();

    instance.settle();

    assertThat(instance.lost).isEmpty();
    instance.assertNoDrift();
    assertThat(storage.checkpointSegment()).isPositive();
    instance.pay();
    instance.rounds();
    instance.assertNoDrift();
    assertThat(instance.requests("standard")).isEqualTo(3);
  }

  /** A repeated request whose row was counted and lost must not be inserted again. */
  @Test
  void renewed_promoted_isComparedWhenItContainsWhatWasCounted() {
    Instance instance = new Instance().open();
    instance.renew();
    instance.pay();
    LedgerPosition before = instance.positions.comparedPosition();
    assertThat(before.timeline()).isEqualTo("00000001");
    storage.promote("00000002");

    instance.renew();
    assertThat(instance.positions.comparedPosition()).isEqualTo(LedgerPosition.NONE);

    instance.rounds();
    assertThat(instance.positions.comparedPosition().timeline()).isEqualTo("00000002");
  }

  @Test
  void renewed_promotedWithoutRows_isNeverCompared() {
    Instance instance = new Instance().open();
    instance.pay();
    storage.promote("00000002");
    storage.deleteRows(payment -> true);
    instance.renew();

    instance.settle();
    instance.renew();

    assertThat(instance.positions.comparedPosition()).isEqualTo(LedgerPosition.NONE);
  }

  /** Regression: the counts of the lost rows were written to the new primary as a checkpoint. */
  @Test
  void renewed_promotedWithoutRowsOfClosedSegments_reportsTheLossAndWritesNothing() {
    Instance instance = new Instance().open();
    instance.pay();
    instance.pay();
    instance.rounds();
    storage.promote("00000002");
    storage.deleteRows(payment -> true);
    instance.renew();

    instance.settle();

    instance.assertLost("2 rows", "2500 cents", "payment_requests_total");
    assertThat(storage.totals()).isEmpty();
    assertThat(instance.audit.close().succeeded()).isTrue();
    assertThat(storage.totals()).isEmpty();
  }

  /**
   * Regression: segments were closed with what the new primary had of them. What it lacked then
   * looked as if it had never been counted, and was counted again when it was recovered.
   */
  @Test
  void round_promotedBeforeTheNextRenewal_closesNothing() {
    Instance instance = new Instance().open();
    instance.settle();
    instance.pay();
    storage.promote("00000002");
    storage.deleteRows(payment -> true);

    assertThat(instance.audit.round().cause()).isInstanceOf(LedgerUnavailableException.class);

    instance.assertNoDrift();
    instance.renew();
    instance.rounds();
    instance.assertLost("1 rows", "1250 cents");
  }

  /** The rows of settlements that were in progress may be missing, too. */
  @Test
  void renewed_promotedWhileSettling_waitsForTheSettlements() {
    Instance instance = new Instance().open();
    instance.pay();
    instance.holding = true;
    Future<Payment> paid = instance.pay(TestOrders.order());
    storage.promote("00000002");
    storage.deleteRows(payment -> true);
    instance.renew();
    instance.rounds();
    assertThat(instance.lost).isEmpty();

    instance.held.remove().complete();
    assertThat(paid.succeeded()).isTrue();
    instance.rounds();

    instance.assertLost("1 rows", "1250 cents");
  }

  @Test
  void renewed_copyOnTheSameTimeline_isCompared() {
    Instance instance = new Instance().open();
    instance.renew();
    instance.renew();
    instance.pay();
    storage.deleteRows(payment -> true);
    storage.forgetRenewals(2);
    instance.renew();

    instance.rounds();

    assertThat(instance.lost).hasSize(1);
  }

  @Test
  void renewed_promotedWithoutAChargedPayment_reportsTheLoss() {
    Instance instance = new Instance().open();
    instance.pay();
    instance.lacksCharges = true;
    storage.promote("00000002");
    instance.renew();

    instance.rounds();

    assertThat(instance.lost).hasSize(1);
  }

  /** Rows that are deleted by hand are drift; the look-back finds them. */
  @Test
  void renewed_withoutAMove_comparesNothingAgain() {
    Instance instance = new Instance().open();
    instance.pay();
    instance.rounds();
    storage.deleteRows(payment -> true);
    instance.renew();

    instance.rounds();

    assertThat(instance.lost).isEmpty();
  }

  private static double chainDrift(Instance instance) {
    return instance.drift("chain");
  }

  @Test
  void checkpoint_signsTheChain_andPublishesItsEnd() {
    Instance instance = new Instance().open();
    instance.pay();

    instance.settle();

    ChainHead.Signed signed = storage.signed();
    assertThat(signed).isNotNull();
    assertThat(signed.head().segment()).isEqualTo(storage.checkpointSegment());
    assertThat(signed.signature().bytes())
        .containsExactly(signed.head().signedText("memory", "memory").length());
    assertThat(instance.scrape().value("paymeter_chain_cut" + CHAIN_LABELS))
        .isEqualTo((1L << 32) + storage.checkpointSegment());
    assertThat(chainDrift(instance)).isZero();
  }

  /** Closed segments are changed together with their hashes while the process runs. */
  @Test
  void checkpoint_chainReplaced_isDriftAndNotSigned() {
    Instance instance = new Instance().open();
    instance.pay();
    instance.settle();
    ChainHead.Signed before = storage.signed();
    storage.replaceChain("1".repeat(64));
    instance.pay();

    instance.settle();

    assertThat(chainDrift(instance)).isEqualTo(1);
    assertThat(storage.signed()).isEqualTo(before);
  }

  /** Replaced while no process runs, without a key to sign it. */
  @Test
  void restore_signatureOfAnotherChain_isDrift() {
    Instance first = new Instance().open();
    first.pay();
    first.settle();
    storage.expireLease();
    storage.replaceChain("1".repeat(64));

    Instance second = new Instance().open();

    assertThat(chainDrift(second)).isEqualTo(1);
  }

  @Test
  void restore_validSignature_continuesTheChain() {
    Instance first = new Instance().open();
    first.pay();
    first.settle();
    storage.expireLease();

    Instance second = new Instance().open();

    assertThat(second.scrape().value("paymeter_chain_cut" + CHAIN_LABELS)).isPositive();
    second.pay();
    second.settle();
    assertThat(chainDrift(second)).isZero();
    assertThat(storage.signed().head().epoch()).isEqualTo(2);
  }
}
