package dev.paymeter.postgres;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;

import dev.paymeter.audit.AuditStore.Sum;
import dev.paymeter.audit.AuditStoreContract;
import dev.paymeter.audit.LookBackStore.Loss;
import dev.paymeter.audit.LookBackStore.Range;
import dev.paymeter.audit.LookBackStore.State;
import dev.paymeter.payment.FailureCode;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentException;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.port.LedgerDifference;
import dev.paymeter.payment.port.PaymentLedger;
import dev.paymeter.postgres.server.Database;
import dev.paymeter.support.ledger.TestLeases;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.payment.ManualScheduler;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PostgresLookBackStoreIT {
  private static final String OPERATOR = "alice (0123)";
  private static final Duration PATIENT = Duration.ofSeconds(30);
  private static final String INSTANCE = "looked-back";
  private static final int ALL = 1_000_000;

  private static final Vertx vertx = Vertx.vertx();
  private static Pool pool;
  private static String url;

  private final PostgresLookBackStore lookBack =
      new PostgresLookBackStore(new StatementExecutor(pool, PATIENT));

  private PostgresAuditStore auditStore;
  private PaymentLedger ledger;

  @BeforeAll
  static void createDatabase() {
    url = TestPostgres.newDatabase();
    pool = Database.at(url).createPool(vertx, Database.MAIN_POOL, 4, PATIENT);
  }

  @AfterAll
  static void close() {
    await(pool.close());
    await(vertx.close());
  }

  /** Acquires the lease of the instance, whose segments the test closes. */
  @BeforeEach
  void acquireLease() {
    auditStore =
        new PostgresAuditStore(
            new StatementExecutor(pool, PATIENT),
            ManualScheduler.by(pause -> Future.succeededFuture()),
            INSTANCE,
            "a test",
            AuditStoreContract.AMOUNT_BOUNDS,
            AuditStoreContract.DURATION_BOUNDS);
    StatementExecutor statementExecutor = new StatementExecutor(pool, PATIENT);
    ledger =
        new PostgresPaymentLedger(
            statementExecutor,
            TestLeases.resume(statementExecutor, INSTANCE, await(auditStore.acquire())));
  }

  @AfterEach
  void delete() {
    TestPostgres.execute(
        url,
        "truncate payments, refunds, disputes, dispute_fees, instances, closed_segments,"
            + " acknowledgements, business_events, reported_errors");
  }

  private Payment settle(int segment, String usd) {
    Payment payment = TestOrders.order().of(usd, "USD").segment(segment).succeeded();
    await(ledger.insert(TestOrders.pendingOf(payment)));
    return await(ledger.settle(payment));
  }

  private void checkpoint(int segment, long rows, long cents) {
    await(
        auditStore
            .reread(0)
            .compose(reread -> auditStore.renew(reread.position()))
            .compose(
                position -> auditStore.checkpoint(segment, "{}", new Sum(rows, cents), position)));
  }

  private State compared() {
    await(lookBack.compareOldest(ALL));
    return await(lookBack.state());
  }

  @Test
  void compare_unchangedRows_hasNoDifference() {
    settle(1, "1.00");
    settle(2, "2.50");
    checkpoint(2, 2, 350);

    State state = compared();

    assertThat(state.rows()).isEqualTo(2);
    assertThat(state.difference()).isZero();
    assertThat(state.different()).isEmpty();
    assertThat(state.oldestComparison()).isLessThan(PATIENT);
  }

  /** The alert fires until then. */
  @Test
  void state_loss_isShownUntilAnOperatorAcceptsIt() {
    TestPostgres.execute(
        url,
        "select begin_generation(ledger_generation(), 'looked-back', 'evidence', now(), 2, 3000)");
    assertThat(await(lookBack.state()).losses()).extracting(Loss::rows).containsExactly(2L);

    TestPostgres.execute(url, "select acknowledge_loss(ledger_generation(), 'a test')");

    assertThat(await(lookBack.state()).losses()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "delete from payments where amount = 1.00 | 101",
        "update payments set amount_usd = 9999.99 where amount = 1.00 | 999899",
        "update payments set user_id = 'another' where amount = 1.00 | 1",
        "update payments set gateway = 'paypal' where amount = 1.00 | 1",
        "update payments set customer = 'cus_1' where amount = 1.00 | 1",
        "update payments set description = 'x' where amount = 1.00 | 1",
        "update payments set metadata = '{\"a\":\"b\"}' where amount = 1.00 | 1",
        "update payments set token_hash = 'a1' where amount = 1.00 | 1",
        "update payments set manual_settlement = gen_random_uuid() where amount = 1.00 | 1",
        "update payments set duration_us = 0 where amount = 1.00 | 1",
        "update payments set segment = 1 - segment where amount = 1.00 | 1",
        "insert into payments (id, status, order_id, user_id, amount, currency, amount_usd,"
            + " fx_rate, fx_date, user_tier, payment_method, gateway, created_at, duration_us,"
            + " settled_at, instance_id, epoch, segment) select gen_random_uuid(), status,"
            + " order_id, user_id, amount, currency, amount_usd, fx_rate, fx_date, user_tier,"
            + " payment_method, gateway, created_at, duration_us, settled_at, instance_id, epoch,"
            + " segment from payments where amount = 1.00 | 101",
        "update payments set instance_id = 'unknown', epoch = 3 where amount = 1.00 | 202",
        "update payments set epoch = epoch + 1 where amount = 1.00 | 202",
      })
  void compare_rowChangedByHand_isADifferenceThatNamesItsSegment(String sql, long difference) {
    settle(1, "1.00");
    settle(2, "2.50");
    checkpoint(2, 2, 350);
    assertThat(compared().difference()).isZero();

    TestPostgres.execute(url, sql);

    State state = compared();
    assertThat(state.difference()).isEqualTo(difference);
    assertThat(state.different())
        .extracting(Range::instanceId, Range::epoch, Range::segment)
        .containsExactly(tuple(INSTANCE, 1, 2));
    assertThat(compared().difference()).as("later").isEqualTo(difference);
  }

  @Test
  void compare_rowChangedBeforeTheCheckpoint_isADifference() {
    settle(1, "1.00");
    TestPostgres.execute(url, "update payments set amount_usd = 1.01");
    checkpoint(1, 1, 100);

    assertThat(compared().difference()).isEqualTo(1);
  }

  @Test
  void compare_refundAndItsEventChangedByHand_areDifferences() {
    Payment payment = settle(1, "5.00");
    PostgresRefundLedger refunds =
        new PostgresRefundLedger(
            new StatementExecutor(pool, PATIENT), new LedgerIdentity(INSTANCE, 1));
    Refund refund = TestOrders.refund(payment, "2.00");
    await(refunds.insert(refund, Optional.empty()));
    await(
        refunds.settle(
            refund.settle(
                new Payment.Settlement(TestOrders.DURATION, TestOrders.CREATED_AT, null, 1))));
    checkpoint(1, 2, 700);
    assertThat(compared().difference()).isZero();

    TestPostgres.execute(url, "update refunds set amount = 3.00");
    assertThat(compared().difference()).isEqualTo(1);
    TestPostgres.execute(url, "delete from business_events");
    assertThat(compared().difference()).isEqualTo(201);
  }

  @Test
  void compare_refundThatFailsLater_isInASegmentOfItsOwn() {
    Payment payment = settle(1, "5.00");
    PostgresRefundLedger refunds =
        new PostgresRefundLedger(
            new StatementExecutor(pool, PATIENT), new LedgerIdentity(INSTANCE, 1));
    Refund refund = TestOrders.refund(payment, "2.00");
    await(refunds.insert(refund, Optional.empty()));
    Refund successful =
        await(
            refunds.settle(
                refund.settle(
                    new Payment.Settlement(TestOrders.DURATION, TestOrders.CREATED_AT, null, 1))));
    checkpoint(1, 5000, 700); // Large ranges are not extended.
    compared();
    long rows = await(lookBack.state()).rows();

    await(
        refunds.settle(
            successful.failLater(
                new Payment.Settlement(
                    TestOrders.DURATION,
                    TestOrders.CREATED_AT.plusSeconds(1),
                    PaymentException.of(FailureCode.REFUND_FAILED, "closed"),
                    2))));
    checkpoint(2, 1, 200);

    assertThat(await(lookBack.compareOldest(20_000)))
        .filteredOn(range -> range.segment() == 2)
        .extracting(Range::difference)
        .containsExactly(0L);
    TestPostgres.execute(url, "update refunds set failure_message = 'open'");
    assertThat(await(lookBack.compareOldest(20_000)))
        .filteredOn(range -> range.segment() == 2)
        .extracting(Range::difference)
        .containsExactly(1L);
  }

  @Test
  void compare_laterRefund_doesNotChangeThePaymentsSegment() {
    settle(1, "5.00");
    checkpoint(1, 1, 500);

    TestPostgres.execute(url, "update payments set refund_reserved = 1, refunded = 1");

    assertThat(compared().difference()).isZero();
  }

  @Test
  void compare_severalEpochs_leaveNoGap() {
    settle(1, "1.00");
    checkpoint(1, 1, 100);
    Payment afterCheckpoint = settle(2, "2.00");
    await(auditStore.release());
    acquireLease();
    settle(1, "4.00");
    checkpoint(1, 2, 600);
    assertThat(compared().rows()).isEqualTo(3);

    TestPostgres.execute(url, "delete from payments where id = '" + afterCheckpoint.id() + "'");

    assertThat(compared().difference()).isEqualTo(201);
  }

  @Test
  void compare_manyRanges_takesTurns() {
    for (int segment = 1; segment <= 4; segment++) {
      settle(segment, "1.00");
      checkpoint(segment, 6000, 6000 * 100L); // Large ranges are not extended.
    }

    List<Range> first = await(lookBack.compareOldest(12_000));
    List<Range> second = await(lookBack.compareOldest(12_000));

    assertThat(first).extracting(Range::segment).containsExactlyInAnyOrder(1, 2);
    assertThat(second).extracting(Range::segment).containsExactlyInAnyOrder(3, 4);
  }

  @Test
  void acknowledge_difference_isRecordedAndTheRowsAreExpected() {
    settle(1, "1.00");
    settle(2, "2.50");
    checkpoint(2, 2, 350);
    TestPostgres.execute(url, "delete from payments where amount = 1.00");
    assertThat(compared().difference()).isEqualTo(101);

    TestPostgres.execute(
        url, "select acknowledge_difference('looked-back', 1, 1, 'a test order was deleted')");

    assertThat(await(lookBack.state()).difference()).isZero();
    assertThat(compared().difference()).isZero();
    assertThat(
            TestPostgres.query(
                url, "select operator, reason, rows, found_rows from acknowledgements"))
        .containsExactly(List.of("postgres", "a test order was deleted", "2", "1"));
  }

  @Test
  void acknowledge_differenceThatTheOperatorSaw_isRecordedWithTheOperator() {
    settle(1, "1.00");
    settle(2, "2.50");
    checkpoint(2, 2, 350);
    TestPostgres.execute(url, "delete from payments where amount = 1.00");
    compared();
    LedgerDifference seen = await(lookBack.differences()).get(0);
    assertThat(List.of(seen.rows(), seen.cents(), seen.foundRows(), seen.foundCents()))
        .containsExactly(2L, 350L, 1L, 250L);

    TestPostgres.execute(url, "update payments set order_id = 'other'");
    compared();
    assertThat(await(lookBack.acknowledge(accepted(seen), OPERATOR)))
        .as("rows that changed since")
        .isEmpty();
    LedgerDifference now = await(lookBack.differences()).get(0);
    assertThat(await(lookBack.acknowledge(accepted(now), OPERATOR)).orElseThrow())
        .isEqualTo("accepted: 1 rows and 250 cents instead of 2 rows and 350 cents");

    assertThat(await(lookBack.differences())).isEmpty();
    assertThat(await(lookBack.acknowledge(accepted(now), OPERATOR))).as("a second time").isEmpty();
    assertThat(TestPostgres.query(url, "select operator, reason from acknowledgements"))
        .containsExactly(List.of(OPERATOR, "a test order"));
  }

  private static LedgerDifference.Acknowledgement accepted(LedgerDifference seen) {
    return new LedgerDifference.Acknowledgement(
        seen.instanceId(), seen.epoch(), seen.segment(), seen.foundState(), "a test order");
  }

  @Test
  void acknowledge_withoutDifferenceOrReason_isRejected() {
    settle(1, "1.00");
    checkpoint(1, 1, 100);
    compared();

    assertThatThrownBy(
            () ->
                TestPostgres.execute(
                    url, "select acknowledge_difference('looked-back', 1, 1, 'why')"))
        .hasMessageContaining("expected a segment with a difference, found none");
    TestPostgres.execute(url, "delete from payments");
    compared();
    assertThatThrownBy(
            () ->
                TestPostgres.execute(
                    url, "select acknowledge_difference('looked-back', 1, 1, ' ')"))
        .hasMessageContaining("acknowledgements_reason_check");
  }
}
