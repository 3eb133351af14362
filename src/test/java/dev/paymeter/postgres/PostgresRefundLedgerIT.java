package dev.paymeter.postgres;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paymeter.payment.FailureCode;
import dev.paymeter.payment.GatewayKey;
import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentException;
import dev.paymeter.payment.PaymentGatewayException;
import dev.paymeter.payment.PaymentStatus;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.port.CleanupStore.UnconfirmedInsert;
import dev.paymeter.payment.port.GatewayAccount;
import dev.paymeter.payment.port.PaymentLedger;
import dev.paymeter.payment.port.RefundLedger;
import dev.paymeter.payment.port.RefundLedgerContract;
import dev.paymeter.payment.port.SupersededException;
import dev.paymeter.payment.port.UnresolvedTransfers;
import dev.paymeter.payment.port.UnresolvedTransfers.Inquiry;
import dev.paymeter.payment.port.UnresolvedTransfers.UnknownTotal;
import dev.paymeter.postgres.server.Database;
import dev.paymeter.support.ledger.TestLeases;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Contract of the refund ledger on PostgreSQL, and tests with several instances. */
class PostgresRefundLedgerIT extends RefundLedgerContract {
  private static final Duration LEASE = Duration.ofSeconds(30);
  private static final String ALIVE = "alive";
  private static final String OTHER = "other";

  private static final Vertx vertx = Vertx.vertx();
  private static String url;
  private static Pool pool;
  private static StatementExecutor statementExecutor;

  private final UnresolvedTransfers<Refund> unresolvedTransfers =
      PostgresUnresolvedTransfers.ofRefunds(statementExecutor, new LedgerIdentity(ALIVE, 1));

  @BeforeAll
  static void createDatabase() {
    url = TestPostgres.newDatabase();
    pool = Database.at(url).createPool(vertx, Database.MAIN_POOL, 8, Duration.ofSeconds(10));
    statementExecutor = new StatementExecutor(pool, Duration.ofSeconds(10));
    for (String instance : List.of(ALIVE, OTHER)) {
      TestLeases.acquire(statementExecutor, instance);
    }
  }

  @AfterAll
  static void close() {
    await(pool.close());
    await(vertx.close());
  }

  /** Keeps transfers of earlier tests from being taken. */
  @BeforeEach
  void postponeInquiries() {
    TestPostgres.execute(
        url, "update instances set lease_until = clock_timestamp() + interval '1 hour'");
    TestPostgres.execute(
        url,
        "update refunds set next_inquiry = clock_timestamp() + interval '1 hour'"
            + " where next_inquiry is not null");
  }

  @Override
  public PaymentLedger ledger() {
    return new PostgresPaymentLedger(statementExecutor, new LedgerIdentity(ALIVE, 1));
  }

  @Override
  public RefundLedger refunds() {
    return refunds(ALIVE);
  }

  private static RefundLedger refunds(String instance) {
    return new PostgresRefundLedger(statementExecutor, new LedgerIdentity(instance, 1));
  }

  private Payment paid(String amount) {
    return paid(amount, "EUR");
  }

  private Payment paid(String amount, String currency) {
    Payment succeeded = TestOrders.order().of(amount, currency).succeeded();
    await(ledger().insert(TestOrders.pendingOf(succeeded)));
    return await(ledger().settle(succeeded));
  }

  private static Refund inserted(RefundLedger by, Payment payment, String amount) {
    Refund refund = TestOrders.refund(payment, amount);
    assertThat(await(by.insert(refund, Optional.empty()))).isTrue();
    return refund;
  }

  private static Refund settled(Refund refund) {
    return refund.settle(
        new Payment.Settlement(TestOrders.DURATION, TestOrders.CREATED_AT, null, 7));
  }

  private static Refund failed(Refund refund) {
    return refund.settle(
        new Payment.Settlement(
            TestOrders.DURATION, TestOrders.CREATED_AT, new PaymentGatewayException("down"), 7));
  }

  private static Refund unknown(Refund refund) {
    Refund unknown =
        refund.markUnknown(
            new Payment.UnknownOutcome(
                Duration.ofSeconds(1), TestOrders.CREATED_AT.plusSeconds(1)));
    return await(refunds(ALIVE).markUnknown(unknown));
  }

  private static List<String> row(String columns, String table, UUID id) {
    List<List<String>> rows =
        TestPostgres.query(
            url, "select " + columns + " from " + table + " where id = '" + id + "'");
    return rows.isEmpty() ? List.of() : rows.get(0);
  }

  /** Two instances refund one cent at a time, twice as often as possible. */
  @Test
  void insert_concurrentlyByTwoInstances_refundsExactlyThePaidAmount() {
    Payment payment = paid("0.50");
    List<Future<Boolean>> inserts = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      for (String instance : List.of(ALIVE, OTHER)) {
        inserts.add(refunds(instance).insert(TestOrders.refund(payment, "0.01"), Optional.empty()));
      }
    }

    long inserted = inserts.stream().filter(insert -> await(insert)).count();

    assertThat(inserted).isEqualTo(50);
    assertThat(row("refund_reserved", "payments", payment.id())).containsExactly("0.50");
    assertThat(
            TestPostgres.query(
                url,
                "select sum(amount), count(*) from refunds where payment_id = '"
                    + payment.id()
                    + "'"))
        .containsExactly(List.of("0.50", "50"));
  }

  @Test
  void insert_sameKeyConcurrentlyByTwoInstances_insertsOne() {
    Payment payment = paid("50.00");
    IdempotencyKey key = new IdempotencyKey("", "POST /r", "at-once", "aa");
    List<Future<Boolean>> inserts = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      for (String instance : List.of(ALIVE, OTHER)) {
        inserts.add(refunds(instance).insert(TestOrders.refund(payment, "1.00"), Optional.of(key)));
      }
    }

    long inserted = inserts.stream().filter(insert -> await(insert)).count();

    assertThat(inserted).isEqualTo(1);
    assertThat(row("refund_reserved", "payments", payment.id())).containsExactly("1.00");
    assertThat(await(refunds().findRecord(key)).orElseThrow().inFlight()).isTrue();
  }

  @Test
  void insert_whilePreviousRefundFails_neverExceedsThePayment() {
    Payment payment = paid("1.00");
    Refund first = inserted(refunds(), payment, "1.00");
    List<Future<Boolean>> inserts = new ArrayList<>();
    Future<Refund> settling = null;
    for (int i = 0; i < 40; i++) {
      inserts.add(refunds(OTHER).insert(TestOrders.refund(payment, "1.00"), Optional.empty()));
      if (i == 20) {
        settling = refunds().settle(failed(first));
      }
    }
    await(settling);

    assertThat(inserts.stream().filter(insert -> await(insert)).count()).isLessThanOrEqualTo(1);
    await(refunds().insert(TestOrders.refund(payment, "1.00"), Optional.empty()));
    assertThat(row("refund_reserved", "payments", payment.id())).containsExactly("1.00");
  }

  private static Refund failedLater(Refund successful, int segment) {
    return successful.failLater(
        new Payment.Settlement(
            TestOrders.DURATION,
            TestOrders.CREATED_AT.plusSeconds(86_400),
            PaymentException.of(FailureCode.REFUND_FAILED, "the account was closed"),
            segment));
  }

  @Test
  void settle_laterFailure_writesTheBalancingEventAndTheEventOfThePayment() {
    Refund refund = inserted(refunds(), paid("100.00"), "10.00");
    Refund successful = await(refunds().settle(settled(refund)));

    await(refunds(OTHER).settle(failedLater(successful, 9)));
    await(refunds(OTHER).settle(failedLater(successful, 9)));

    assertThat(
            TestPostgres.query(
                url,
                "select publisher, event, label, amount, currency, amount_usd, fx_rate, receipt,"
                    + " instance_id, epoch, segment from business_events where id = '"
                    + Refund.failureId(refund.id())
                    + "'"))
        .containsExactly(
            List.of(
                "paymeter",
                "refund_failed",
                "refund_failed",
                "10.00",
                "EUR",
                "10.32",
                "1.0321",
                Refund.failureId(refund.id()).toString(),
                OTHER,
                "1",
                "9"));
    assertThat(
            row(
                "status, instance_id, segment, error_type, failure_code, failure_instance_id,"
                    + " failure_segment",
                "refunds",
                refund.id()))
        .as("the success stays as it was counted")
        .containsExactly("success", ALIVE, "7", null, "refund_failed", OTHER, "9");
    assertThat(row("refunded, refunded_usd, refund_reserved", "payments", refund.payment().id()))
        .containsExactly("0.00", "0.00", "0.00");
    assertThat(
            TestPostgres.query(
                url,
                "select status, coalesce(change, '-'), refunded from payment_events"
                    + " where payment_id = '%s' order by number offset 2"
                        .formatted(refund.payment().id())))
        .containsExactly(
            List.of("partially_refunded", "-", "10.00"),
            List.of("success", "refund_failed", "0.00"));
  }

  /** The part has the cent of another one, which its own amount would not have. */
  @Test
  void settle_laterFailureOfAPart_balancesItsAmountInUsd() {
    Payment payment = paid("1000", "KRW");
    await(refunds().settle(settled(inserted(refunds(), payment, "6"))));
    Refund part = await(refunds().settle(settled(inserted(refunds(), payment, "2"))));
    assertThat(part.amountUsd()).isEqualTo("0.01");
    assertThat(payment.rate().convert(part.amount())).isEqualTo("0.00");

    assertThat(await(refunds().settle(failedLater(part, 9))).amountUsd()).isEqualTo("0.01");

    assertThat(
            TestPostgres.query(
                url,
                "select event, amount, amount_usd from business_events where receipt in ('%s', '%s')"
                        .formatted(part.id(), Refund.failureId(part.id()))
                    + " order by event"))
        .containsExactly(List.of("refund", "2", "0.01"), List.of("refund_failed", "2", "0.01"));
  }

  /** While new refunds use the amount that is returned. */
  @Test
  void settle_laterFailureConcurrentlyByTwoInstances_isWrittenOnce() {
    Payment payment = paid("1.00");
    Refund successful = await(refunds().settle(settled(inserted(refunds(), payment, "1.00"))));
    List<Future<Refund>> failures = new ArrayList<>();
    List<Future<Boolean>> inserts = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      failures.add(refunds().settle(failedLater(successful, 8)));
      failures.add(refunds(OTHER).settle(failedLater(successful, 9)));
      inserts.add(refunds().insert(TestOrders.refund(payment, "1.00"), Optional.empty()));
    }

    assertThat(failures.stream().map(failure -> await(failure).settled()).distinct()).hasSize(1);
    assertThat(inserts.stream().filter(insert -> await(insert)).count()).isLessThanOrEqualTo(1);
    await(refunds().insert(TestOrders.refund(payment, "1.00"), Optional.empty()));
    assertThat(row("refunded, refund_reserved", "payments", payment.id()))
        .containsExactly("0.00", "1.00");
    assertThat(
            TestPostgres.query(
                url,
                "select count(*) from business_events where id = '"
                    + Refund.failureId(successful.id())
                    + "'"))
        .containsExactly(List.of("1"));
  }

  @Test
  void settle_laterFailureBySupersededProcess_isRejected() {
    Refund successful = await(refunds().settle(settled(inserted(refunds(), paid("1.00"), "1.00"))));

    assertThatThrownBy(
            () ->
                await(
                    new PostgresRefundLedger(statementExecutor, new LedgerIdentity(ALIVE, 0))
                        .settle(failedLater(successful, 9))))
        .isInstanceOf(SupersededException.class);
    assertThat(row("failed_at", "refunds", successful.id())).containsExactly((String) null);
  }

  @Test
  void insert_supersededProcess_isRejected() {
    RefundLedger superseded =
        new PostgresRefundLedger(statementExecutor, new LedgerIdentity(ALIVE, 0));

    assertThatThrownBy(
            () ->
                await(superseded.insert(TestOrders.refund(paid("1.00"), "1.00"), Optional.empty())))
        .isInstanceOf(SupersededException.class);
  }

  @Test
  void settle_supersededProcess_isRejected() {
    Refund refund = inserted(refunds(), paid("1.00"), "1.00");

    assertThatThrownBy(
            () ->
                await(
                    new PostgresRefundLedger(statementExecutor, new LedgerIdentity(ALIVE, 0))
                        .settle(settled(refund))))
        .isInstanceOf(SupersededException.class);
    assertThat(row("status", "refunds", refund.id())).containsExactly("pending");
  }

  @Test
  void settle_success_writesOneBusinessEvent() {
    Refund refund = inserted(refunds(), paid("100.00"), "10.00");

    await(refunds().settle(settled(refund)));
    await(refunds().settle(settled(refund)));

    assertThat(
            TestPostgres.query(
                url,
                "select publisher, event, label, amount, currency, amount_usd, fx_rate, receipt,"
                    + " instance_id, epoch, segment from business_events where id = '"
                    + refund.id()
                    + "'"))
        .containsExactly(
            List.of(
                "paymeter",
                "refund",
                "refund",
                "10.00",
                "EUR",
                "10.32",
                "1.0321",
                refund.id().toString(),
                ALIVE,
                "1",
                "7"));
    assertThat(
            row(
                "refunded, refund_reserved, status, current_status",
                "payments",
                refund.payment().id()))
        .containsExactly("10.00", "10.00", "success", "partially_refunded");
  }

  @ParameterizedTest
  @CsvSource({"1000, JPY, 10, 6.36", "1000, KRW, 10, 0.68", "1.000, KWD, 0.010, 3.24"})
  void settle_paymentIsRefundedInManyParts_addsUpToThePaymentInUsd(
      String amount, String currency, String part, String usd) {
    Payment payment = paid(amount, currency);
    List<BigDecimal> counted = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      await(refunds().settle(failed(inserted(refunds(), payment, part)))); // Not in the sum.
      counted.add(await(refunds().settle(settled(inserted(refunds(), payment, part)))).amountUsd());
    }

    assertThat(payment.amountUsd()).isEqualTo(usd);
    assertThat(row("refunded, refunded_usd", "payments", payment.id()))
        .containsExactly(amount, usd);
    assertThat(counted).allMatch(each -> each.signum() >= 0);
    assertThat(counted.stream().reduce(BigDecimal.ZERO, BigDecimal::add)).isEqualTo(usd);
    for (String table : List.of("business_events where label = 'refund'", "refunds where true")) {
      String ofPayment =
          " and id::text in (select id::text from refunds where status = 'success'"
              + " and payment_id = '"
              + payment.id()
              + "')";
      assertThat(TestPostgres.query(url, "select sum(amount_usd) from " + table + ofPayment))
          .containsExactly(List.of(usd));
    }
  }

  @Test
  void settle_responseIsLost_isStoredWithTheSameAmountInUsd() {
    Payment payment = paid("3", "JPY");
    await(refunds().settle(settled(inserted(refunds(), payment, "1"))));
    Refund second = inserted(refunds(), payment, "1");
    Refund stored = await(refunds().settle(settled(second)));

    Refund repeated = await(refunds().settle(settled(second)));

    assertThat(stored.amountUsd()).isEqualTo("0.00");
    assertThat(repeated.amountUsd()).isEqualTo("0.00");
  }

  @Test
  void settle_failed_writesOneError() {
    Refund refund = inserted(refunds(), paid("2000.00"), "1500.00");

    await(refunds().settle(failed(refund)));
    await(refunds().settle(failed(refund)));

    assertThat(
            TestPostgres.query(
                url,
                "select publisher, service, error_type, severity, service_label,"
                    + " error_type_label, segment from reported_errors where id = '"
                    + refund.id()
                    + "'"))
        .containsExactly(
            List.of(
                "paymeter",
                "refund",
                "PaymentGatewayException",
                "high",
                "refund",
                "PaymentGatewayException",
                "7"));
    assertThat(row("refunded, refund_reserved", "payments", refund.payment().id()))
        .containsExactly("0", "0.00");
  }

  @Test
  void view_refundedPayment_isSuccessWithRefundedAmount() {
    Refund refund = inserted(refunds(), paid("2.00"), "2.00");
    await(refunds().settle(settled(refund)));

    assertThat(
            TestPostgres.query(
                url,
                "select status, amount, refunded from payments_ledger where payment_id = '"
                    + refund.payment().id()
                    + "'"))
        .containsExactly(List.of("success", "2.00", "2.00"));
  }

  @Test
  void take_pendingOfLiveProcess_isNotTaken() {
    Refund refund = inserted(refunds(), paid("1.00"), "1.00");

    assertThat(taken()).doesNotContain(refund.id());
  }

  @Test
  void take_pendingOfDeadProcess_isMarkedUnknownAndTakenOnce() {
    Refund refund = inserted(refunds(OTHER), paid("1.00"), "1.00");
    TestLeases.expire(url, OTHER);

    assertThat(taken()).contains(refund.id());
    assertThat(taken()).doesNotContain(refund.id());
    Refund found = await(refunds().find(refund.payment().id(), refund.id())).orElseThrow();
    assertThat(found.status()).isEqualTo(PaymentStatus.UNKNOWN);
    assertThat(row("refund_reserved", "payments", refund.payment().id())).containsExactly("1.00");
  }

  @Test
  void take_accountOfAnotherGateway_isNotTaken() {
    Refund refund = unknown(inserted(refunds(), paid("1.00"), "1.00"));
    GatewayAccount other =
        new GatewayAccount("stripe", "another_account", Duration.ofSeconds(15), true);

    assertThat(await(unresolvedTransfers.take(TestOrders.demands(1000, List.of(other)), LEASE)))
        .isEmpty();
    assertThat(taken()).contains(refund.id());
  }

  @Test
  void take_pendingOfDeadProcess_lastsUntilTheTimeoutOfItsGateway() {
    Refund refund = inserted(refunds(OTHER), paid("1.00"), "1.00");
    TestLeases.expire(url, OTHER);

    assertThat(taken()).contains(refund.id());

    assertThat(await(refunds().find(refund.payment().id(), refund.id())).orElseThrow().unknown())
        .extracting(Payment.UnknownOutcome::duration)
        .isEqualTo(Duration.ofSeconds(15));
  }

  private Set<UUID> taken() {
    Set<UUID> ids = new HashSet<>();
    await(unresolvedTransfers.take(TestOrders.demands(1000, TestOrders.accounts("stripe")), LEASE))
        .forEach(inquiry -> ids.add(inquiry.transfer().id()));
    return ids;
  }

  @Test
  void postpone_unknown_isTakenAgainAndSettled() {
    Refund unknown = unknown(inserted(refunds(), paid("1.00"), "1.00"));
    assertThat(taken()).contains(unknown.id());

    await(unresolvedTransfers.postpone(unknown.id(), Duration.ZERO));

    Inquiry<Refund> again =
        await(
                unresolvedTransfers.take(
                    TestOrders.demands(1000, TestOrders.accounts("stripe")), LEASE))
            .stream()
            .filter(inquiry -> inquiry.transfer().id().equals(unknown.id()))
            .findFirst()
            .orElseThrow();
    assertThat(again.attempt()).isEqualTo(2);
    assertThat(again.transfer()).isEqualTo(unknown);
    await(refunds().settle(settled(again.transfer())));
    assertThat(row("status", "refunds", unknown.id())).containsExactly("success");
  }

  @Test
  void unknown_severalRefunds_areSummedByGateway() {
    Payment payment = TestOrders.order().gateway("lonely").of("9.00", "USD").succeeded();
    await(ledger().insert(TestOrders.pendingOf(payment)));
    await(ledger().settle(payment));
    unknown(inserted(refunds(), payment, "4.00"));
    unknown(inserted(refunds(), payment, "3.50"));

    assertThat(await(unresolvedTransfers.unknownByGateway()))
        .contains(
            new UnknownTotal(
                "lonely", 2, TestOrders.CREATED_AT.plusSeconds(1), new BigDecimal("7.50")));
  }

  @Test
  void findRefundable_paymentWithKey_hasTheOriginOfItsGatewayKey() {
    IdempotencyKey key = new IdempotencyKey("shop", "POST /p", "origin", "aa");
    Payment pending = TestOrders.order().pending(Optional.of(key));
    await(ledger().insert(pending, key));
    IdempotencyKey refundKey = new IdempotencyKey("shop", "POST /r", "origin", "aa");
    Payment payment =
        await(
            ledger()
                .settle(TestOrders.settled(pending, TestOrders.DURATION, TestOrders.CREATED_AT)));
    await(refunds().insert(TestOrders.refund(payment, "1.00"), Optional.of(refundKey)));

    Payment found = await(refunds().findRefundable(pending.id())).orElseThrow().payment();

    assertThat(found.gatewayKey()).isEqualTo(pending.gatewayKey());
    assertThat(found.gatewayKey().origin()).isEqualTo(new GatewayKey.Origin(ALIVE, key));
  }

  @Test
  void cancelRefunds_pending_deletesThemWithKeysAndReleasesAmounts() {
    Payment payment = paid("10.00");
    IdempotencyKey key = new IdempotencyKey("", "POST /r", "withdrawn", "aa");
    Refund rejected = TestOrders.refund(payment, "4.00");
    await(refunds().insert(rejected, Optional.of(key)));
    Refund other = inserted(refunds(), payment, "3.00");
    Refund succeeded = inserted(refunds(), payment, "1.00");
    await(refunds().settle(settled(succeeded)));
    PostgresCleanupStore cleanupStore = new PostgresCleanupStore(statementExecutor);

    int deleted =
        await(
            cleanupStore.cancelRefundInserts(
                List.of(
                    new UnconfirmedInsert(rejected.id(), Optional.of(key)),
                    new UnconfirmedInsert(succeeded.id(), Optional.empty()))));

    assertThat(deleted).isEqualTo(1);
    assertThat(await(refunds().findRecord(key))).isEmpty();
    assertThat(row("refund_reserved, refunded", "payments", payment.id()))
        .containsExactly("4.00", "1.00");
    assertThat(await(refunds().list(payment.id(), null, 10)))
        .extracting(Refund::id)
        .containsExactlyInAnyOrder(other.id(), succeeded.id());
  }

  @Test
  void expireKeys_unsettledRefund_keepsItsKey() {
    IdempotencyKey open = new IdempotencyKey("", "POST /r", "stays", "aa");
    IdempotencyKey ended = new IdempotencyKey("", "POST /r", "goes", "aa");
    Payment payment = paid("10.00");
    await(refunds().insert(TestOrders.refund(payment, "1.00"), Optional.of(open)));
    Refund settled = TestOrders.refund(payment, "1.00");
    await(refunds().insert(settled, Optional.of(ended)));
    await(refunds().settle(settled(settled)));

    await(new PostgresCleanupStore(statementExecutor).deleteExpiredKeys(Duration.ZERO, 1000));

    assertThat(await(refunds().findRecord(open))).isPresent();
    assertThat(await(refunds().findRecord(ended))).isEmpty();
  }
}
