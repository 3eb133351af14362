package dev.paymeter.postgres;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paymeter.payment.Dispute;
import dev.paymeter.payment.DisputeStatus;
import dev.paymeter.payment.FailureCode;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentException;
import dev.paymeter.payment.PaymentGatewayException;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.Severity;
import dev.paymeter.payment.port.DisputeLedger;
import dev.paymeter.payment.port.SupersededException;
import dev.paymeter.postgres.server.Database;
import dev.paymeter.report.BusinessEvent;
import dev.paymeter.report.ErrorReport;
import dev.paymeter.report.EventReport;
import dev.paymeter.report.ReportedError;
import dev.paymeter.support.ledger.TestLeases;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Moves of rows, which are counted in another segment than the one in which they were committed.
 */
class PostgresSegmentStoreIT {
  private static final int SEGMENT = 7;
  private static final int OPEN = 9;

  private static final Vertx vertx = Vertx.vertx();
  private static String url;
  private static Pool pool;
  private static StatementExecutor statementExecutor;

  private String instance;
  private LedgerIdentity identity;
  private PostgresSegmentStore segmentStore;

  @BeforeAll
  static void createDatabase() {
    url = TestPostgres.newDatabase();
    pool = Database.at(url).createPool(vertx, Database.MAIN_POOL, 2, Duration.ofSeconds(30));
    statementExecutor = new StatementExecutor(pool, Duration.ofSeconds(30));
  }

  @AfterAll
  static void close() {
    await(pool.close());
    await(vertx.close());
  }

  @BeforeEach
  void acquire() {
    instance = "instance-" + UUID.randomUUID();
    identity = TestLeases.acquire(statementExecutor, instance);
    segmentStore = new PostgresSegmentStore(statementExecutor, identity);
  }

  private Payment paid() {
    Payment paid = TestOrders.order().segment(SEGMENT).succeeded();
    PostgresPaymentLedger payments = new PostgresPaymentLedger(statementExecutor, identity);
    await(payments.insert(TestOrders.pendingOf(paid)));
    return await(payments.settle(paid));
  }

  private static Payment.Settlement settlement(PaymentException error) {
    return new Payment.Settlement(TestOrders.DURATION, TestOrders.CREATED_AT, error, SEGMENT);
  }

  private Refund refunded(Payment payment, PaymentException error) {
    PostgresRefundLedger refunds = new PostgresRefundLedger(statementExecutor, identity);
    Refund refund = TestOrders.refund(payment, "1.00");
    await(refunds.insert(refund, Optional.empty()));
    return await(refunds.settle(refund.settle(settlement(error))));
  }

  private Refund failedLater(Refund refund) {
    PaymentException error =
        PaymentException.of(FailureCode.REFUND_FAILED, "the account is closed");
    return await(
        new PostgresRefundLedger(statementExecutor, identity)
            .settle(refund.failLater(settlement(error))));
  }

  private List<String> segments(String table, String column) {
    return TestPostgres.query(
            url,
            "select %s, count(*) from %s where %s = '%s' group by 1 order by 1"
                .formatted(
                    column,
                    table,
                    column.startsWith("failure") ? "failure_instance_id" : "instance_id",
                    instance))
        .stream()
        .map(row -> String.join("x", row))
        .toList();
  }

  private void move(UUID... receipts) {
    await(segmentStore.move(List.of(receipts), SEGMENT, OPEN));
  }

  @Test
  void move_payment_movesItsRowOnly() {
    Payment moved = paid();
    paid();

    move(moved.receipt());

    assertThat(segments("payments", "segment")).containsExactly("7x1", "9x1");
    assertThat(await(new PostgresPaymentLedger(statementExecutor, identity).find(moved.id())))
        .map(payment -> payment.settled().orElseThrow().segment())
        .contains(OPEN);
    move(moved.receipt()); // Repeated after a failure.
    assertThat(segments("payments", "segment")).containsExactly("7x1", "9x1");
    assertThat(
            TestPostgres.query(
                url,
                "select status from payment_events where payment_id = '%s' order by number"
                    .formatted(moved.id())))
        .as("no event for readers")
        .containsExactly(List.of("pending"), List.of("success"));
  }

  @Test
  void move_refunds_movesThemWithTheirEventsAndErrors() {
    Payment payment = paid();
    Refund successful = refunded(payment, null);
    Refund failed = refunded(payment, new PaymentGatewayException("down"));
    refunded(payment, null);

    move(successful.receipt(), failed.receipt());

    assertThat(segments("payments", "segment")).containsExactly("7x1");
    assertThat(segments("refunds", "segment")).containsExactly("7x1", "9x2");
    assertThat(segments("business_events", "segment")).containsExactly("7x1", "9x1");
    assertThat(segments("reported_errors", "segment")).containsExactly("9x1");
  }

  /** The success, in the same segment, is counted there already. */
  @Test
  void move_laterFailureOfARefund_leavesItsSuccess() {
    Refund refund = failedLater(refunded(paid(), null));

    move(refund.receipt());

    assertThat(segments("refunds", "segment")).containsExactly("7x1");
    assertThat(segments("refunds", "failure_segment")).containsExactly("9x1");
    assertThat(
            TestPostgres.query(
                url,
                "select event, segment from business_events where instance_id = '%s' order by 1"
                    .formatted(instance)))
        .containsExactly(List.of("refund", "7"), List.of("refund_failed", "9"));
  }

  @Test
  void move_dispute_movesItsEventAndItsFee() {
    Payment payment = paid();
    Dispute opened =
        new Dispute(
            UUID.randomUUID(),
            payment.id(),
            "dp_" + payment.id(),
            DisputeStatus.NEEDS_RESPONSE,
            "fraudulent",
            payment.amount(),
            payment.amountUsd(),
            payment.rate(),
            null,
            TestOrders.money("15.00", "EUR"),
            TestOrders.CREATED_AT,
            TestOrders.CREATED_AT,
            1);
    DisputeLedger.Change change =
        new DisputeLedger.Change(
            opened,
            String.valueOf(payment.account()),
            opened.status().eventsAfter(null),
            new BigDecimal("15.48"),
            UUID.randomUUID(),
            SEGMENT);
    assertThat(await(new PostgresDisputeLedger(statementExecutor, identity).write(change)))
        .isTrue();

    move(change.receipt());

    assertThat(segments("business_events", "segment")).containsExactly("9x1");
    assertThat(segments("dispute_fees", "segment")).containsExactly("9x1");
    assertThat(segments("payments", "segment")).containsExactly("7x1");
  }

  @Test
  void move_reports_movesThoseOfTheReceipts() {
    PostgresReportLedger reports = new PostgresReportLedger(statementExecutor, identity);
    List<BusinessEvent> events = List.of(event(), event());
    await(reports.record(events));
    ReportedError error =
        new ReportedError(
            new ErrorReport("shop", instance, "cart", "CartException", Severity.HIGH),
            "cart",
            "CartException",
            TestOrders.CREATED_AT,
            UUID.randomUUID(),
            SEGMENT);
    await(reports.recordErrors(List.of(error)));

    move(events.get(1).receipt(), error.receipt());

    assertThat(segments("business_events", "segment")).containsExactly("7x1", "9x1");
    assertThat(segments("reported_errors", "segment")).containsExactly("9x1");
  }

  private static BusinessEvent event() {
    return new BusinessEvent(
        new EventReport(
            "shop", UUID.randomUUID().toString(), "order", TestOrders.money("5", "USD")),
        "order",
        new BigDecimal("5.00"),
        TestOrders.RATES.of(TestOrders.money("5", "USD").currency()),
        TestOrders.CREATED_AT,
        UUID.randomUUID(),
        SEGMENT);
  }

  /** The successor has restored what is in the segments. */
  @Test
  void move_identityTakenOver_changesNothing() {
    Payment payment = paid();
    TestPostgres.execute(
        url, "update instances set epoch = epoch + 1 where instance_id = '" + instance + "'");

    assertThatThrownBy(() -> move(payment.receipt())).isInstanceOf(SupersededException.class);

    assertThat(segments("payments", "segment")).containsExactly("7x1");
  }
}
