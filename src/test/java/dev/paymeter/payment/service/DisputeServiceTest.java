package dev.paymeter.payment.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.payment.Access;
import dev.paymeter.payment.Dispute;
import dev.paymeter.payment.DisputeEvent;
import dev.paymeter.payment.DisputeStatus;
import dev.paymeter.payment.ExchangeRates;
import dev.paymeter.payment.Money;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentGatewayException;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.RequestRejectedException;
import dev.paymeter.payment.RequestRejectedException.Reason;
import dev.paymeter.payment.port.DisputeLedger;
import dev.paymeter.payment.port.GatewayCapabilities;
import dev.paymeter.payment.port.GatewayDispute;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.payment.port.HintOutcome;
import dev.paymeter.payment.port.LedgerSegments;
import dev.paymeter.payment.port.LedgerUnavailableException;
import dev.paymeter.payment.port.PaymentStepListener;
import dev.paymeter.payment.port.SupersededException;
import dev.paymeter.payment.port.UnresolvedTransfers;
import dev.paymeter.support.ledger.InMemoryDisputeLedger;
import dev.paymeter.support.ledger.InMemoryPaymentLedger;
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
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Disputes that a gateway states in every state and order. */
class DisputeServiceTest {
  private static final String ID = "dp_1";
  private static final Instant DEADLINE = TestOrders.CREATED_AT.plus(Duration.ofDays(9));

  private final InMemoryPaymentLedger ledger = new InMemoryPaymentLedger();
  private final InMemoryDisputeLedger disputes = new InMemoryDisputeLedger();
  private final ManualClock clock = new ManualClock();
  private final ManualScheduler scheduler = new ManualScheduler();
  private final LedgerSegments segments = new LedgerSegments();
  private final RecordingMetrics metrics = new RecordingMetrics();
  private final StatingGateway gateway = new StatingGateway();
  private final ExchangeRates rates = new ExchangeRates(Map.of());
  private final TransferProcessor.Context services =
      new TransferProcessor.Context(
          metrics, scheduler, TestCounters.of(segments), clock, clock, TestOrders.GATEWAY_KEYS);
  private final PaymentService paymentService =
      new PaymentService(ledger, gateway, TestOrders.RATES, services, PaymentStepListener.NONE);

  /** Answers instead of the ledger, once. */
  private @Nullable Function<DisputeLedger.Change, Future<Boolean>> answer;

  private final DisputeService service =
      new DisputeService(
          new DisputeLedger() {
            @Override
            public Future<Optional<Dispute>> find(String account, String reference) {
              return disputes.find(account, reference);
            }

            @Override
            public Future<List<Dispute>> list(UUID payment) {
              return disputes.list(payment);
            }

            @Override
            public Future<Boolean> write(Change change) {
              Function<Change, Future<Boolean>> once = answer;
              answer = null;
              return once == null ? disputes.write(change) : once.apply(change);
            }

            @Override
            public Future<List<OpenDispute>> listOpen(int limit) {
              return disputes.listOpen(limit);
            }

            @Override
            public Future<List<OpenTotal>> openByGateway() {
              return disputes.openByGateway();
            }
          },
          paymentService,
          new ImmediateInquiries<>(paymentService, unresolved(), name -> InquiryWindow.MIN),
          gateway,
          rates,
          services,
          PaymentStepListener.NONE);

  private Payment payment = TestOrders.order().succeeded();

  @BeforeEach
  void pay() {
    rates.replaceWith(TestOrders.RATES);
    insert(TestOrders.order().succeeded());
  }

  private void insert(Payment inserted) {
    payment = inserted;
    ledger.insert(TestOrders.pendingOf(inserted));
    if (inserted.settled().isPresent() || inserted.payerAction().isPresent()) {
      ledger.settle(inserted);
    } else if (inserted.unknownOutcome().isPresent()) {
      ledger.markUnknown(inserted);
    }
  }

  private UnresolvedTransfers<Payment> unresolved() {
    return new UnresolvedTransfers<>() {
      @Override
      public Future<List<Inquiry<Payment>>> take(List<Demand> demands, Duration lease) {
        throw new AssertionError("takes nothing");
      }

      @Override
      public Future<Optional<Payment>> find(UUID id) {
        return ledger.find(id);
      }

      @Override
      public Future<Void> postpone(UUID id, Duration pause) {
        throw new AssertionError("postpones nothing");
      }

      @Override
      public Future<List<UnknownTotal>> unknownByGateway() {
        throw new AssertionError("reads no totals");
      }
    };
  }

  /** A gateway that states a dispute, and approves payments whose outcome is unknown. */
  private final class StatingGateway implements TransferOnlyGateway {
    Future<Optional<GatewayDispute>> stated = Future.succeededFuture(Optional.empty());
    Optional<String> account = Optional.of(TestOrders.account("stripe"));
    GatewayCapabilities capabilities = GatewayCapabilities.ALL;
    int inquiries;

    @Override
    public Optional<String> account(String gateway) {
      return account;
    }

    @Override
    public GatewayCapabilities capabilities(String gateway) {
      return capabilities;
    }

    @Override
    public Future<Optional<GatewayDispute>> dispute(String gateway, String reference) {
      return stated;
    }

    @Override
    public Future<GatewayResult> resolve(Payment unresolved) {
      inquiries++;
      return Future.succeededFuture(new GatewayResult.Approved("ref"));
    }

    @Override
    public Future<GatewayResult> charge(Payment charged) {
      throw new AssertionError("charges nothing");
    }

    @Override
    public Future<GatewayResult> refund(Refund refund) {
      throw new AssertionError("refunds nothing");
    }

    @Override
    public Future<GatewayResult> resolveRefund(Refund refund) {
      throw new AssertionError("no refunds");
    }
  }

  private static final class RecordingMetrics extends NoOpPaymentMetrics {
    final List<DisputeEvent> counted = new ArrayList<>();
    int conflicts;

    @Override
    public void disputed(DisputeLedger.Change change) {
      counted.addAll(change.events());
    }

    @Override
    public void settlementConflict(String gateway) {
      conflicts++;
    }
  }

  private GatewayDispute dispute(DisputeStatus status) {
    return new GatewayDispute(
        ID,
        payment.id(),
        payment.gatewayKey().id(),
        status,
        "fraudulent",
        payment.amount(),
        DEADLINE,
        null,
        TestOrders.CREATED_AT);
  }

  private Future<HintOutcome> inquire(GatewayDispute stated) {
    gateway.stated = Future.succeededFuture(Optional.of(stated));
    return service.inquire("stripe", ID);
  }

  private HintOutcome state(DisputeStatus status) {
    return inquire(dispute(status)).result();
  }

  private Reason rejection(Future<HintOutcome> rejected) {
    assertThat(rejected.failed()).isTrue();
    return ((RequestRejectedException) rejected.cause()).reason();
  }

  private DisputeStatus stored() {
    return disputes.list(payment.id()).result().get(0).status();
  }

  /** All settlements have ended: their segments can be closed. */
  private void assertSegmentsEnded() {
    int last = segments.roll();
    assertThat(segments.lastClosed(0)).isEqualTo(last);
  }

  @Test
  void inquire_opensAndEnds_isStoredAndCountedOnce() {
    assertThat(state(DisputeStatus.NEEDS_RESPONSE)).isEqualTo(HintOutcome.RECORDED);
    assertThat(state(DisputeStatus.NEEDS_RESPONSE)).isEqualTo(HintOutcome.LATE);
    assertThat(state(DisputeStatus.UNDER_REVIEW)).isEqualTo(HintOutcome.RECORDED);
    assertThat(state(DisputeStatus.WON)).isEqualTo(HintOutcome.RECORDED);
    assertThat(state(DisputeStatus.WON)).isEqualTo(HintOutcome.LATE);

    assertThat(metrics.counted)
        .containsExactly(DisputeEvent.DISPUTE_OPENED, DisputeEvent.DISPUTE_WON);
    assertThat(stored()).isEqualTo(DisputeStatus.WON);
    assertThat(service.list(payment.id(), Access.ALL).result()).hasSize(1);
    assertSegmentsEnded();
  }

  @Test
  void inquire_firstSeenAtItsEnd_countsItsBeginning() {
    assertThat(state(DisputeStatus.LOST)).isEqualTo(HintOutcome.RECORDED);
    assertThat(state(DisputeStatus.WON)).isEqualTo(HintOutcome.RECORDED);

    assertThat(metrics.counted)
        .containsExactly(
            DisputeEvent.DISPUTE_OPENED,
            DisputeEvent.DISPUTE_LOST,
            DisputeEvent.DISPUTE_REINSTATED);
  }

  /** Every state after every other: only allowed transitions change anything. */
  @ParameterizedTest
  @EnumSource(DisputeStatus.class)
  void inquire_anyStateAfterThis_followsTheTable(DisputeStatus first) {
    for (DisputeStatus next : DisputeStatus.values()) {
      insert(TestOrders.order().succeeded());
      GatewayDispute stated = dispute(first);
      String reference = "dp_" + next;
      inquire(withReference(stated, reference));
      int counted = metrics.counted.size();

      HintOutcome outcome = inquire(withReference(dispute(next), reference)).result();

      // What is over when it is first seen is a reversal; nothing else turns into one, and it stays
      // one.
      DisputeStatus expected =
          first == DisputeStatus.REVERSED && next == DisputeStatus.LOST
              ? first
              : first != next && next == DisputeStatus.REVERSED ? DisputeStatus.LOST : next;
      boolean changes = first.canBecome(expected);
      assertThat(stored()).as("%s, then %s", first, next).isEqualTo(changes ? expected : first);
      assertThat(outcome)
          .as("%s, then %s", first, next)
          .isEqualTo(
              changes
                  ? HintOutcome.RECORDED
                  : first == expected || first.isOpen() || expected.isOpen()
                      ? HintOutcome.LATE
                      : HintOutcome.CONTRADICTING);
      if (!changes) {
        assertThat(metrics.counted).hasSize(counted);
      }
    }
    assertSegmentsEnded();
  }

  private static GatewayDispute withReference(GatewayDispute stated, String reference) {
    return new GatewayDispute(
        reference,
        stated.payment(),
        stated.gatewayKey(),
        stated.status(),
        stated.reason(),
        stated.amount(),
        stated.respondBy(),
        stated.fee(),
        stated.createdAt());
  }

  @Test
  void inquire_wonAndThenLost_isAConflict() {
    state(DisputeStatus.WON);

    assertThat(state(DisputeStatus.LOST)).isEqualTo(HintOutcome.CONTRADICTING);

    assertThat(metrics.conflicts).isOne();
    assertThat(stored()).isEqualTo(DisputeStatus.WON);
  }

  @Test
  void inquire_newDeadline_isStoredAndNotCounted() {
    state(DisputeStatus.NEEDS_RESPONSE);

    assertThat(
            inquire(with(dispute(DisputeStatus.NEEDS_RESPONSE), DEADLINE.plusSeconds(1), null))
                .result())
        .isEqualTo(HintOutcome.RECORDED);

    assertThat(metrics.counted).containsExactly(DisputeEvent.DISPUTE_OPENED);
    assertThat(disputes.list(payment.id()).result().get(0).respondBy())
        .isEqualTo(DEADLINE.plusSeconds(1));
    assertSegmentsEnded();
  }

  /** A gateway may state the fee of a dispute after its end. */
  @ParameterizedTest
  @EnumSource(DisputeStatus.class)
  void inquire_newFee_isStoredAndNotCounted(DisputeStatus status) {
    state(status);
    List<DisputeEvent> counted = List.copyOf(metrics.counted);
    Money fee = TestOrders.money("15.00", "USD");

    assertThat(inquire(with(dispute(status), DEADLINE, fee)).result())
        .isEqualTo(HintOutcome.RECORDED);

    assertThat(metrics.counted).isEqualTo(counted);
    assertThat(disputes.list(payment.id()).result().get(0).fee()).isEqualTo(fee);
    assertSegmentsEnded();
  }

  /**
   * The fee has the rate of its own currency. A fee without a rate does not hold up its dispute.
   */
  @ParameterizedTest
  @CsvSource({"USD, 15.00, 15.00", "EUR, 15.00, 15.48", "SEK, 150.00, "})
  void inquire_fee_isConvertedToUsDollars(String currency, String amount, @Nullable String usd) {
    GatewayDispute stated =
        with(dispute(DisputeStatus.LOST), DEADLINE, TestOrders.money(amount, currency));

    assertThat(inquire(stated).result()).isEqualTo(HintOutcome.RECORDED);

    assertThat(disputes.changes.get(0).feeUsd())
        .isEqualTo(usd == null ? null : new BigDecimal(usd));
  }

  private static GatewayDispute with(GatewayDispute stated, Instant deadline, @Nullable Money fee) {
    return new GatewayDispute(
        stated.reference(),
        stated.payment(),
        stated.gatewayKey(),
        stated.status(),
        stated.reason(),
        stated.amount(),
        deadline,
        fee,
        stated.createdAt());
  }

  @Test
  void inquire_otherCurrency_hasTheCurrentRate() {
    assertThat(inquire(inEuros(DisputeStatus.LOST)).result()).isEqualTo(HintOutcome.RECORDED);

    Dispute stored = disputes.list(payment.id()).result().get(0);
    assertThat(stored.rate())
        .isEqualTo(TestOrders.RATES.of(stored.amount().currency()))
        .isNotEqualTo(payment.rate());
    assertThat(stored.amountUsd()).isEqualTo(stored.rate().convert(stored.amount()));
  }

  /** Otherwise the amounts of its events would differ. */
  @Test
  void inquire_otherCurrencyAndNewRates_keepsItsRate() {
    inquire(inEuros(DisputeStatus.NEEDS_RESPONSE));
    Dispute opened = disputes.list(payment.id()).result().get(0);
    rates.replaceWith(
        new ExchangeRates(Map.of(opened.amount().currency(), TestOrders.rate("2.0000"))));

    assertThat(inquire(inEuros(DisputeStatus.WON)).result()).isEqualTo(HintOutcome.RECORDED);

    Dispute won = disputes.list(payment.id()).result().get(0);
    assertThat(won.rate()).isEqualTo(opened.rate());
    assertThat(won.amountUsd()).isEqualTo(opened.amountUsd());
  }

  private GatewayDispute inEuros(DisputeStatus status) {
    GatewayDispute stated = dispute(status);
    return new GatewayDispute(
        ID,
        stated.payment(),
        stated.gatewayKey(),
        status,
        null,
        TestOrders.money("10.00", "EUR"),
        null,
        null,
        stated.createdAt());
  }

  @Test
  void inquire_notOfThisLedgerOrAccount_changesNothing() {
    assertThat(service.inquire("stripe", ID).result()).isEqualTo(HintOutcome.FOREIGN);
    GatewayDispute stated = dispute(DisputeStatus.LOST);
    assertThat(
            inquire(
                    new GatewayDispute(
                        ID,
                        stated.payment(),
                        UUID.randomUUID(),
                        stated.status(),
                        null,
                        stated.amount(),
                        null,
                        null,
                        stated.createdAt()))
                .result())
        .as("another charge")
        .isEqualTo(HintOutcome.FOREIGN);
    gateway.account = Optional.of("acct_other");
    assertThat(state(DisputeStatus.LOST)).isEqualTo(HintOutcome.OTHER_ACCOUNT);
    payment = TestOrders.order().succeeded();
    assertThat(rejection(inquire(dispute(DisputeStatus.LOST)))).isEqualTo(Reason.NOT_FOUND);
    gateway.capabilities = new GatewayCapabilities(Set.of(), Map.of(), Set.of(), 1, Set.of());
    assertThat(state(DisputeStatus.LOST)).isEqualTo(HintOutcome.UNKNOWN_TYPE);

    assertThat(disputes.changes).isEmpty();
    assertThat(metrics.counted).isEmpty();
  }

  @Test
  void inquire_withoutAnswer_isToBeRepeated() {
    gateway.stated = Future.failedFuture("no answer");

    assertThat(rejection(service.inquire("stripe", ID))).isEqualTo(Reason.NO_EVIDENCE);
  }

  @Test
  void inquire_paymentUnknown_isResolvedFirst() {
    insert(TestOrders.markedUnknown(TestOrders.order().pending()));

    assertThat(rejection(inquire(dispute(DisputeStatus.NEEDS_RESPONSE))))
        .isEqualTo(Reason.NO_EVIDENCE);

    assertThat(gateway.inquiries).isOne();
    assertThat(state(DisputeStatus.NEEDS_RESPONSE)).isEqualTo(HintOutcome.RECORDED);
  }

  /** The payer has acted, which the ledger does not know yet. */
  @Test
  void inquire_paymentWaitsForItsPayer_isResolvedFirst() {
    insert(TestOrders.order().requiringAction());

    assertThat(rejection(inquire(dispute(DisputeStatus.NEEDS_RESPONSE))))
        .isEqualTo(Reason.NO_EVIDENCE);

    assertThat(gateway.inquiries).isOne();
    assertThat(state(DisputeStatus.NEEDS_RESPONSE)).isEqualTo(HintOutcome.RECORDED);
  }

  @Test
  void inquire_paymentFailed_isAContradiction() {
    insert(TestOrders.order().failed(new PaymentGatewayException("down")));

    assertThat(state(DisputeStatus.NEEDS_RESPONSE)).isEqualTo(HintOutcome.CONTRADICTING);

    assertThat(gateway.inquiries).isOne();
    assertThat(metrics.conflicts).isOne();
    assertThat(disputes.changes).isEmpty();
  }

  @Test
  void inquire_changedMeanwhile_isEvaluatedAgain() {
    state(DisputeStatus.NEEDS_RESPONSE);
    answer =
        change -> { // Another instance is faster.
          answer = null;
          inquire(dispute(DisputeStatus.UNDER_REVIEW));
          gateway.stated = Future.succeededFuture(Optional.of(dispute(DisputeStatus.WON)));
          return disputes.write(change);
        };

    assertThat(state(DisputeStatus.WON)).isEqualTo(HintOutcome.RECORDED);

    assertThat(disputes.changes).hasSize(3);
    assertThat(metrics.counted)
        .containsExactly(DisputeEvent.DISPUTE_OPENED, DisputeEvent.DISPUTE_WON);
    assertSegmentsEnded();
  }

  /** An answer arrives after the one to a later inquiry was stored. */
  @ParameterizedTest
  @CsvSource({
    ", needs_response, under_review",
    "needs_response, needs_response, under_review",
    "under_review, lost, won"
  })
  void inquire_answerOfBeforeTheStoredState_doesNotReplaceIt(
      @Nullable String before, String old, String current) {
    if (before != null) {
      state(DisputeStatus.of(before));
    }
    Promise<Optional<GatewayDispute>> slow = Promise.promise();
    gateway.stated = slow.future();
    Future<HintOutcome> hint = service.inquire("stripe", ID);
    assertThat(state(DisputeStatus.of(current))).isEqualTo(HintOutcome.RECORDED);

    slow.complete(Optional.of(dispute(DisputeStatus.of(old))));

    assertThat(hint.result()).isEqualTo(HintOutcome.LATE);
    assertThat(stored()).isEqualTo(DisputeStatus.of(current));
    assertThat(metrics.conflicts).isZero();
    assertSegmentsEnded();
  }

  /** The statement was executed, or not: it is repeated until that is known. */
  @ParameterizedTest
  @EnumSource(Executed.class)
  void inquire_commitUncertain_isCountedOnceItIsKnown(Executed executed) {
    answer =
        change -> {
          if (executed == Executed.YES) {
            disputes.write(change);
          }
          return Future.failedFuture(new LedgerUnavailableException("no answer"));
        };

    assertThat(rejection(inquire(dispute(DisputeStatus.LOST))))
        .isEqualTo(Reason.LEDGER_UNAVAILABLE);
    segments.roll();
    assertThat(segments.lastClosed(0)).as("its segment is open").isZero();
    assertThat(service.drained().isComplete()).isFalse();
    assertThat(rejection(service.inquire("stripe", ID)))
        .as("no other change meanwhile")
        .isEqualTo(Reason.LEDGER_UNAVAILABLE);
    assertThat(metrics.counted).isEmpty();

    scheduler.pass();

    assertThat(metrics.counted)
        .containsExactly(DisputeEvent.DISPUTE_OPENED, DisputeEvent.DISPUTE_LOST);
    assertThat(state(DisputeStatus.LOST)).isEqualTo(HintOutcome.LATE);
    assertThat(service.drained().succeeded()).isTrue();
    assertSegmentsEnded();
  }

  private enum Executed {
    YES,
    NO
  }

  @Test
  void inquire_commitUncertainAndOvertaken_isNotCounted() {
    answer =
        change -> { // Another instance is faster, and counts its own change.
          disputes.write(
              new DisputeLedger.Change(
                  change.after(),
                  change.account(),
                  change.events(),
                  change.feeUsd(),
                  UUID.randomUUID(),
                  1));
          return Future.failedFuture(new LedgerUnavailableException("no answer"));
        };
    inquire(dispute(DisputeStatus.LOST));

    scheduler.pass();

    assertThat(metrics.counted).isEmpty();
    assertThat(disputes.changes).hasSize(1);
    assertThat(service.drained().succeeded()).isTrue();
    assertSegmentsEnded();
  }

  @Test
  void inquire_identityTakenOver_leavesTheSegmentOpen() {
    answer = change -> Future.failedFuture(new SupersededException("one"));

    assertThat(rejection(inquire(dispute(DisputeStatus.LOST))))
        .isEqualTo(Reason.LEDGER_UNAVAILABLE);

    segments.roll();
    assertThat(segments.lastClosed(0)).isZero();
    assertThat(metrics.counted).isEmpty();
  }

  /** Such as an amount that exceeds its column: the ledger is available. */
  @Test
  void inquire_ledgerRejectsTheState_isToBeRepeated() {
    answer = change -> Future.failedFuture(new IllegalStateException("numeric field overflow"));

    assertThat(rejection(inquire(dispute(DisputeStatus.LOST)))).isEqualTo(Reason.NO_EVIDENCE);

    assertThat(metrics.counted).isEmpty();
    assertSegmentsEnded();
  }

  @Test
  void list_ofAnotherMerchant_isNotFound() {
    state(DisputeStatus.LOST);

    Future<List<Dispute>> found = service.list(payment.id(), Access.of("acme"));

    assertThat(found.failed()).isTrue();
    assertThat(((RequestRejectedException) found.cause()).reason()).isEqualTo(Reason.NOT_FOUND);
  }
}
