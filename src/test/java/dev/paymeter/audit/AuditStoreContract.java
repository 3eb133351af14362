package dev.paymeter.audit;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.paymeter.audit.AuditStore.ErrorTotal;
import dev.paymeter.audit.AuditStore.EventTotal;
import dev.paymeter.audit.AuditStore.PaymentTotal;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentException;
import dev.paymeter.payment.PaymentGatewayException;
import dev.paymeter.payment.PaymentStatus;
import dev.paymeter.payment.Severity;
import dev.paymeter.payment.port.LedgerUnavailableException;
import dev.paymeter.payment.port.PaymentLedger;
import dev.paymeter.payment.port.SupersededException;
import dev.paymeter.report.BusinessEvent;
import dev.paymeter.report.RecordedPayment;
import dev.paymeter.report.ReportLedger;
import dev.paymeter.report.ReportedError;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The contract of all {@link AuditStore} implementations, with a new identity in each test. */
public abstract class AuditStoreContract {
  public static final long[] AMOUNT_BOUNDS = {1_00, 10_00};
  public static final long[] DURATION_BOUNDS = {250_000};

  private static final PaymentException TIMEOUT = new PaymentGatewayException("Gateway timeout");
  private static final AuditStore.Sum NOTHING = new AuditStore.Sum(0, 0);
  private static final String TOTALS = "{\"family\":[{\"labels\":{\"a\":\"b\"},\"cells\":[1,2]}]}";

  /** Returns the identity's store for one more process. */
  public abstract AuditStore books(String holder);

  /** Returns the ledger of the process with this epoch. */
  public abstract PaymentLedger ledger(int epoch);

  public abstract ReportLedger reports(int epoch);

  /** Lets the identity's lease expire now. */
  public abstract void endLease();

  @Test
  void acquire_newIdentity_isTheFirstEpochWithoutTotals() {
    AuditStore first = books("first");

    AuditStore.AcquiredLease acquiredLease = await(first.acquire());
    assertThat(acquiredLease.epoch()).isEqualTo(1);
    assertThat(acquiredLease.totals()).isNull();
    assertThat(acquiredLease.baseline()).isNull();
    assertThat(await(first.earlier()).payments()).isEmpty();
    assertThat(await(first.segments(1, Integer.MAX_VALUE)).payments()).isEmpty();
    assertThat(await(first.earlier()).events()).isEmpty();
  }

  private static void checkpoint(AuditStore auditStore, int segment) {
    await(auditStore.checkpoint(segment, TOTALS, NOTHING, renew(auditStore)));
  }

  /** Renews the lease of a ledger that has not moved. */
  protected static LedgerPosition renew(AuditStore auditStore) {
    return await(auditStore.reread(0).compose(reread -> auditStore.renew(reread.position())));
  }

  /** A ledger that went back may not contain the last epoch. */
  @Test
  void acquire_laterEpochIsKnown_isTheNextOne() {
    assertThat(await(books("first").acquire(7)).epoch()).isEqualTo(8);
    endLease();

    assertThat(await(books("second").acquire(7)).epoch()).isEqualTo(9);
  }

  @Test
  void renew_eachPosition_followsThePreviousOne() {
    AuditStore first = books("first");
    LedgerPosition acquired = await(first.acquire()).position();

    LedgerPosition renewed = renew(first);
    LedgerPosition again = renew(first);

    assertThat(acquired.precedes(renewed)).isTrue();
    assertThat(renewed.precedes(again)).isTrue();
    assertThat(again.precedes(renewed)).isFalse();
  }

  /** An inflated checkpoint was written to a new primary that lacked the rows. */
  @Test
  void checkpoint_renewalOfAnotherHistory_isRejected() {
    AuditStore first = books("first");
    await(first.acquire());
    LedgerPosition now = renew(first);

    for (LedgerPosition other :
        List.of(
            new LedgerPosition("another system", now.timeline(), now.renewals()),
            new LedgerPosition(now.system(), "another timeline", now.renewals()),
            new LedgerPosition(now.system(), now.timeline(), now.renewals() + 1))) {
      assertThatThrownBy(() -> await(first.checkpoint(1, TOTALS, NOTHING, other)))
          .isInstanceOf(LedgerUnavailableException.class);
      assertThatThrownBy(() -> await(first.verify(other)))
          .isInstanceOf(LedgerUnavailableException.class);
    }

    assertThat(await(first.reread(1)).totals()).isNull();
    await(first.verify(now));
    await(first.checkpoint(1, TOTALS, NOTHING, now));
    assertThat(await(first.reread(1)).totals()).isNotNull();
  }

  @Test
  void reread_afterCheckpoint_returnsItAndTheLaterRows() {
    AuditStore first = books("first");
    await(first.acquire());
    settle(1, TestOrders.order().of("5", "USD").segment(1).succeeded());
    checkpoint(first, 1);
    settle(1, TestOrders.order().of("6", "USD").segment(2).succeeded());
    settle(1, TestOrders.order().of("7", "USD").segment(3).succeeded());

    AuditStore.Reread reread = await(first.reread(2));

    assertThat(new JsonObject(reread.totals())).isEqualTo(new JsonObject(TOTALS));
    assertThat(reread.later().payments()).extracting(PaymentTotal::cents).containsExactly(600L);
  }

  @Test
  void acquire_afterRelease_isTheNextEpochAtOnce() {
    AuditStore first = books("first");
    await(first.acquire());
    await(first.release());

    assertThat(await(books("second").acquire()).epoch()).isEqualTo(2);
  }

  @Test
  void acquire_afterExpiry_takesOver() {
    await(books("first").acquire());
    endLease();

    assertThat(await(books("second").acquire()).epoch()).isEqualTo(2);
  }

  @Test
  void superseded_anyOperation_isRejected() {
    AuditStore first = books("first");
    LedgerPosition position = await(first.acquire()).position();
    Payment settled = TestOrders.order().succeeded();
    await(ledger(1).insert(TestOrders.pendingOf(settled)));
    endLease();
    await(books("second").acquire());

    assertSuperseded(first.renew(LedgerPosition.NONE));
    assertSuperseded(first.checkpoint(1, TOTALS, NOTHING, position));
    assertSuperseded(first.reread(1));
    assertSuperseded(ledger(1).insert(TestOrders.order().pending()));
    assertSuperseded(ledger(1).settle(settled));
    assertSuperseded(reports(1).record(List.of(event(1, "order", "1"))));
    assertSuperseded(
        reports(1).recordPayments(List.of(TestOrders.order().recorded("shop", "new"))));
  }

  @Test
  void superseded_release_keepsTheNewLease() {
    AuditStore first = books("first");
    await(first.acquire());
    endLease();
    AuditStore second = books("second");
    await(second.acquire());

    await(first.release());

    renew(second);
    assertThat(await(ledger(2).check().map("there"))).isEqualTo("there");
  }

  @Test
  void renew_expiredAndNotTakenOver_succeeds() {
    AuditStore first = books("first");
    await(first.acquire());
    endLease();

    renew(first);

    settle(1, TestOrders.order().succeeded());
  }

  @Test
  void segments_equalLabels_areSummed() {
    AuditStore auditStore = books("first");
    await(auditStore.acquire());
    settle(1, TestOrders.order().of("2.50", "EUR").segment(1).succeeded());
    settle(1, TestOrders.order().of("1.25", "EUR").segment(2).succeededIn(Duration.ofMillis(7)));
    settle(1, TestOrders.order().of("2000", "USD").gateway("paypal").segment(2).failed(TIMEOUT));
    settle(1, TestOrders.order().of("2.50", "EUR").segment(3).succeeded());

    assertThat(await(auditStore.segments(1, 2)).payments())
        .containsExactlyInAnyOrder(
            new PaymentTotal(
                PaymentStatus.SUCCESS,
                "stripe",
                "standard",
                "credit_card",
                "EUR",
                null,
                false,
                1,
                0,
                2,
                258 + 129,
                250_000 + 7_000),
            new PaymentTotal(
                PaymentStatus.FAILED,
                "paypal",
                "standard",
                "credit_card",
                "USD",
                "PaymentGatewayException",
                true,
                2,
                0,
                1,
                2000_00,
                250_000));
    assertThat(await(auditStore.segments(4, 9)).payments()).isEmpty();
  }

  /** Payments that other services processed have the same totals as Paymeter's own. */
  @Test
  void segments_reportedPayments_areAdded() {
    AuditStore first = books("first");
    await(first.acquire());
    settle(1, TestOrders.order().of("2.50", "EUR").segment(1).succeeded());
    recordPayment(1, TestOrders.order().of("2.50", "EUR").segment(1));
    recordPayment(1, TestOrders.order().of("2.50", "EUR").segment(2));

    assertThat(await(first.segments(1, 1)).payments())
        .extracting(PaymentTotal::count, PaymentTotal::cents, PaymentTotal::micros)
        .containsExactly(tuple(2L, 2 * 258L, 500_000L));
    endLease();
    AuditStore second = books("second");
    await(second.acquire());
    assertThat(await(second.earlier()).payments())
        .extracting(PaymentTotal::count)
        .containsExactly(3L);
  }

  private void recordPayment(int epoch, TestOrders payment) {
    RecordedPayment recorded = payment.recorded("shop", UUID.randomUUID().toString());
    assertThat(await(reports(epoch).recordPayments(List.of(recorded))))
        .containsExactly(ReportLedger.Recording.ACCEPTED);
  }

  @Test
  void segments_ofOtherEpochs_areExcluded() {
    AuditStore first = books("first");
    await(first.acquire());
    settle(1, TestOrders.order().succeeded());
    await(first.release());
    AuditStore second = books("second");
    await(second.acquire());

    assertThat(await(second.segments(1, Integer.MAX_VALUE)).payments()).isEmpty();
    assertThat(await(second.earlier()).payments()).hasSize(1);
  }

  @Test
  void earlier_severalEpochs_returnsAll() {
    for (int epoch = 1; epoch <= 3; epoch++) {
      await(books("process " + epoch).acquire());
      settle(epoch, TestOrders.order().of("1.10", "USD").segment(epoch).succeeded());
      endLease();
    }
    AuditStore fourth = books("fourth");
    await(fourth.acquire());

    assertThat(await(fourth.earlier()).payments())
        .extracting(PaymentTotal::count)
        .containsExactly(3L);
    assertThat(await(fourth.earlier()).payments())
        .extracting(PaymentTotal::cents)
        .containsExactly(330L);
  }

  /** The checkpoint and the later rows are everything that was settled, without overlap. */
  @Test
  void checkpoint_nextEpoch_restoresItAndReadsOnlyLaterRows() {
    AuditStore first = books("first");
    await(first.acquire());
    settle(1, TestOrders.order().of("5", "USD").segment(1).succeeded());
    settle(1, TestOrders.order().of("6", "USD").segment(2).succeeded());
    settle(1, TestOrders.order().of("7", "USD").segment(3).succeeded());
    checkpoint(first, 2);
    endLease();
    AuditStore second = books("second");

    AuditStore.AcquiredLease acquiredLease = await(second.acquire());

    assertThat(new JsonObject(acquiredLease.totals())).isEqualTo(new JsonObject(TOTALS));
    assertThat(await(second.earlier()).payments())
        .extracting(PaymentTotal::cents)
        .containsExactly(700L);
  }

  @Test
  void checkpoint_ofALaterEpoch_closesTheEarlierOnes() {
    await(books("first").acquire());
    settle(1, TestOrders.order().of("5", "USD").segment(9).succeeded());
    endLease();
    AuditStore second = books("second");
    await(second.acquire());
    settle(2, TestOrders.order().of("6", "USD").segment(1).succeeded());
    settle(2, TestOrders.order().of("7", "USD").segment(2).succeeded());
    checkpoint(second, 1);
    await(second.release());
    AuditStore third = books("third");

    await(third.acquire());

    assertThat(await(third.earlier()).payments())
        .extracting(PaymentTotal::cents)
        .containsExactly(700L);
  }

  /** The totals of earlier epochs do not change with own checkpoints. */
  @Test
  void earlier_afterOwnCheckpoint_isUnchanged() {
    await(books("first").acquire());
    settle(1, TestOrders.order().of("5", "USD").succeeded());
    endLease();
    AuditStore second = books("second");
    await(second.acquire());

    checkpoint(second, 1);

    assertThat(await(second.earlier()).payments())
        .extracting(PaymentTotal::cents)
        .containsExactly(500L);
  }

  /** Regression: an event of the next segment was read, too. */
  @Test
  void events_equalLabels_areSummed() {
    AuditStore auditStore = books("first");
    await(auditStore.acquire());
    record(1, 1, "order", "1.00");
    record(1, 2, "order", "0.50");
    record(1, 2, "order", "1.01");
    record(1, 2, "refund", "99.99");
    record(1, 3, "order", "1.00");

    assertThat(await(auditStore.segments(1, 2)).events())
        .containsExactlyInAnyOrder(
            new EventTotal("order", 0, 2, 150),
            new EventTotal("order", 1, 1, 101),
            new EventTotal("refund", 2, 1, 9999));
    assertThat(await(auditStore.segments(4, 9)).events()).isEmpty();
  }

  @Test
  void earlierEvents_afterCheckpoint_areTheLaterOnes() {
    AuditStore first = books("first");
    await(first.acquire());
    record(1, 1, "order", "5");
    record(1, 2, "order", "6");
    checkpoint(first, 1);
    endLease();
    AuditStore second = books("second");
    await(second.acquire());

    record(2, 1, "order", "7");

    assertThat(await(second.earlier()).events())
        .containsExactly(new EventTotal("order", 1, 1, 600));
    assertThat(await(second.segments(1, 1)).events())
        .containsExactly(new EventTotal("order", 1, 1, 700));
  }

  /** Regression: an error of the next segment was read, too. */
  @Test
  void errors_equalLabels_areSummed() {
    AuditStore auditStore = books("first");
    await(auditStore.acquire());
    recordError(1, 1, "checkout", "other");
    recordError(1, 2, "checkout", "other");
    recordError(1, 2, "search", "BadException");
    recordError(1, 3, "search", "BadException");

    assertThat(await(auditStore.segments(1, 2)).errors())
        .containsExactlyInAnyOrder(
            new ErrorTotal("checkout", "other", Severity.MEDIUM, 2),
            new ErrorTotal("search", "BadException", Severity.MEDIUM, 1));
    assertThat(await(auditStore.earlier()).errors()).isEmpty();
  }

  private void recordError(int epoch, int segment, String serviceLabel, String typeLabel) {
    ReportedError error =
        TestOrders.error("shop", UUID.randomUUID().toString(), "a-service", "ItsException");
    assertThat(
            await(
                reports(epoch)
                    .recordErrors(
                        List.of(
                            new ReportedError(
                                error.report(),
                                serviceLabel,
                                typeLabel,
                                error.recordedAt(),
                                error.receipt(),
                                segment)))))
        .containsExactly(ReportLedger.Recording.ACCEPTED);
  }

  private void record(int epoch, int segment, String event, String usd) {
    assertThat(await(reports(epoch).record(List.of(event(segment, event, usd)))))
        .containsExactly(ReportLedger.Recording.ACCEPTED);
  }

  private static BusinessEvent event(int segment, String word, String usd) {
    BusinessEvent event = TestOrders.event("shop", UUID.randomUUID().toString(), word, usd);
    return new BusinessEvent(
        event.report(),
        event.label(),
        event.amountUsd(),
        event.rate(),
        event.recordedAt(),
        event.receipt(),
        segment);
  }

  protected final Payment settle(int epoch, Payment settled) {
    await(ledger(epoch).insert(TestOrders.pendingOf(settled)));
    await(ledger(epoch).settle(settled));
    return settled;
  }

  private static void assertSuperseded(Future<?> attempt) {
    assertThatThrownBy(() -> await(attempt)).isInstanceOf(SupersededException.class);
  }
}
