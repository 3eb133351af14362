package dev.paymeter.postgres;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paymeter.payment.FailureCode;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentGatewayException;
import dev.paymeter.payment.port.LedgerUnavailableException;
import dev.paymeter.payment.port.PaymentLedger;
import dev.paymeter.payment.port.PaymentLedgerContract;
import dev.paymeter.postgres.server.Database;
import dev.paymeter.report.BusinessEvent;
import dev.paymeter.report.RecordedPayment;
import dev.paymeter.report.ReportLedger;
import dev.paymeter.support.ledger.TestLeases;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class PostgresPaymentLedgerIT extends PaymentLedgerContract {
  private static final int POOL_SIZE = 2;
  private static final Duration PATIENT = Duration.ofSeconds(5);
  private static final Duration IMPATIENT = Duration.ofMillis(200);

  private static final Vertx vertx = Vertx.vertx();
  private static String url;
  private static Pool pool;

  @BeforeAll
  static void createDatabase() {
    url = TestPostgres.newDatabase();
    pool = Database.at(url).createPool(vertx, Database.MAIN_POOL, POOL_SIZE, PATIENT);
    for (String instance : List.of("instance-1", "instance-2")) {
      TestLeases.acquire(new StatementExecutor(pool, PATIENT), instance);
    }
    // The lease is not renewed during the tests.
    TestPostgres.execute(url, "update instances set lease_until = 'infinity'");
  }

  @AfterAll
  static void close() {
    await(pool.close());
    await(vertx.close());
  }

  @Override
  public PaymentLedger ledger() {
    return ledger(pool, PATIENT, "instance-1");
  }

  @Override
  public ReportLedger reports() {
    return new PostgresReportLedger(
        new StatementExecutor(pool, PATIENT), new LedgerIdentity("instance-1", 1));
  }

  private static PaymentLedger ledger(Pool pool, Duration timeout, String instance) {
    return new PostgresPaymentLedger(
        new StatementExecutor(pool, timeout), new LedgerIdentity(instance, 1));
  }

  @Test
  void migrate_again_changesNothing() {
    Payment pending = TestOrders.order().pending();
    await(ledger().insert(pending));

    Database.at(url).migrate();

    assertThat(await(ledger().find(pending.id()))).contains(pending);
  }

  /** Regression test for deadlocks between two statements with the same events. */
  @Test
  void record_sameEventsInOppositeOrders_recordsAll() {
    for (int round = 0; round < 10; round++) {
      List<BusinessEvent> events = new ArrayList<>();
      for (int i = 0; i < 2000; i++) {
        events.add(TestOrders.event("shop", round + "-" + i, "order", "1"));
      }
      Future<List<ReportLedger.Recording>> one = reports().record(List.copyOf(events));
      Collections.reverse(events);
      Future<List<ReportLedger.Recording>> other = reports().record(events);

      assertThat(await(one)).hasSize(2000);
      assertThat(await(other)).hasSize(2000);
    }
  }

  @Test
  void recordPayments_samePaymentsInOppositeOrders_recordsAll() {
    for (int round = 0; round < 5; round++) {
      List<RecordedPayment> payments = new ArrayList<>();
      for (int i = 0; i < 2000; i++) {
        payments.add(TestOrders.order().recorded("opposite", round + "-" + i));
      }
      Future<List<ReportLedger.Recording>> one = reports().recordPayments(List.copyOf(payments));
      Collections.reverse(payments);
      Future<List<ReportLedger.Recording>> other = reports().recordPayments(payments);

      assertThat(await(one)).hasSize(2000);
      assertThat(await(other)).hasSize(2000);
    }
  }

  @Test
  void view_columns_areAsDocumented() {
    List<List<String>> columns =
        TestPostgres.query(
            url,
            "select column_name from information_schema.columns"
                + " where table_name = 'payments_ledger' order by ordinal_position");

    assertThat(columns.stream().flatMap(List::stream))
        .containsExactly(
            "payment_id",
            "transaction_id",
            "order_id",
            "status",
            "gateway",
            "user_tier",
            "payment_method",
            "currency",
            "amount",
            "amount_usd",
            "fx_rate",
            "fx_date",
            "duration",
            "error_type",
            "instance_id",
            "created_at",
            "settled_at",
            "source",
            "source_id",
            "recorded_at",
            "refunded",
            "gateway_key",
            "error_code",
            "merchant",
            "customer",
            "description",
            "metadata",
            "settled_by",
            "capture",
            "authorized_amount",
            "authorization_expires_at",
            "void_reason",
            "dispute_status");
  }

  @Test
  void view_allDetails_areThere() {
    Payment pending = TestOrders.order().allDetails().pending();
    await(ledger().insert(pending));

    assertThat(
            TestPostgres.query(
                url,
                "select customer, description, metadata ->> 'order_id' from payments_ledger"
                    + " where payment_id = '%s'".formatted(pending.id())))
        .containsExactly(List.of("cus_1", "Two \uD83D\uDC5F & 'socks'", "A-7"));
    assertThat(
            TestPostgres.query(
                url, "select token_hash from payments where id = '%s'".formatted(pending.id())))
        .containsExactly(List.of(TestOrders.TOKENS.create("pm_card_secret").hash()));
  }

  @Test
  void view_recordedPayment_hasPublisherAndTime() {
    RecordedPayment recorded =
        TestOrders.order()
            .recorded(
                "shop",
                "view-7",
                new PaymentGatewayException(FailureCode.GATEWAY_BUSY, "Overloaded"),
                Instant.parse("2026-03-01T00:00:00Z"));
    await(reports().recordPayments(List.of(recorded)));

    assertThat(
            TestPostgres.query(
                url,
                "select payment_id, status, error_type, error_code, instance_id, created_at at time zone 'UTC',"
                    + " settled_at at time zone 'UTC', source, recorded_at at time zone 'UTC'"
                    + " from payments_ledger where source_id = 'view-7'"))
        .containsExactly(
            List.of(
                recorded.payment().id().toString(),
                "failed",
                "PaymentGatewayException",
                "gateway_busy",
                "instance-1",
                "2026-02-28 23:59:59.75",
                "2026-03-01 00:00:00",
                "shop",
                "2026-03-04 05:06:07.123456"));
  }

  @Test
  void view_settledPayment_hasItsValues() {
    Payment failed =
        settle(
            TestOrders.order()
                .references("order_7", "user_7")
                .of("1.500", "KWD")
                .tier("premium")
                .method("apple_pay")
                .gateway("paypal")
                .failed(new PaymentGatewayException("Gateway timeout")));

    String id = failed.id().toString();
    assertThat(rowOf(failed))
        .containsExactly(
            id,
            "txn_" + id,
            "order_7",
            "failed",
            "paypal",
            "premium",
            "apple_pay",
            "KWD",
            "1.500",
            "4.86",
            "3.2425",
            "2025-01-02",
            "0.250000",
            "PaymentGatewayException",
            "instance-1",
            "2026-03-04 05:06:07.123456",
            "2026-03-04 05:06:07.373456",
            null,
            null,
            "2026-03-04 05:06:07.373456");
  }

  @Test
  void view_pendingPayment_hasNoOutcome() {
    Payment pending = TestOrders.order().pending();
    await(ledger().insert(pending));

    assertThat(rowOf(pending)).contains("pending", "12.50").containsOnlyOnce("pending");
    assertThat(rowOf(pending).subList(12, 15)).containsOnlyNulls();
    assertThat(rowOf(pending).get(16)).isNull();
  }

  @Test
  void settle_byAnotherInstance_keepsTheFirstInstance() {
    Payment settled = settle(TestOrders.order().succeeded());

    await(ledger(pool, PATIENT, "instance-2").settle(settled));

    assertThat(rowOf(settled).get(14)).isEqualTo("instance-1");
  }

  @Test
  void settle_pendingPayment_isRejected() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ledger().settle(TestOrders.order().pending()));
  }

  @Test
  void insert_serverUnreachable_isUnavailable() {
    Pool nowhere =
        Database.at("postgresql://user:secret@127.0.0.1:1/nowhere")
            .createPool(vertx, Database.MAIN_POOL, 1, IMPATIENT);
    PaymentLedger unreachable = ledger(nowhere, IMPATIENT, "instance-1");

    assertThatThrownBy(() -> await(unreachable.insert(TestOrders.order().pending())))
        .isInstanceOf(LedgerUnavailableException.class);
    assertThatThrownBy(() -> await(unreachable.check()))
        .isInstanceOf(LedgerUnavailableException.class);
  }

  @Test
  void insert_tableLocked_isUnavailableAfterTimeout() {
    PaymentLedger impatient = ledger(pool, IMPATIENT, "instance-1");
    await(
        pool.withTransaction(
            holder ->
                holder
                    .query("lock table payments in exclusive mode")
                    .execute()
                    .compose(locked -> impatient.insert(TestOrders.order().pending()))
                    .transform(
                        opened -> {
                          assertThat(opened.cause()).isInstanceOf(LedgerUnavailableException.class);
                          return Future.succeededFuture();
                        })));
  }

  @Test
  void insert_connectionsKilled_worksAgain() {
    await(ledger().check());
    TestPostgres.execute(
        url,
        "select pg_terminate_backend(pid) from pg_stat_activity"
            + " where datname = current_database() and application_name = 'paymeter'");
    Payment pending = TestOrders.order().pending();

    Future<Void> opened = ledger().insert(pending);
    // Each attempt detects a dead connection. Several attempts may use the same connection.
    for (int attempts = 1; attempts < 10 * POOL_SIZE && !succeeds(opened); attempts++) {
      opened = ledger().insert(pending);
    }

    await(opened);
    assertThat(await(ledger().find(pending.id()))).contains(pending);
  }

  private static boolean succeeds(Future<?> attempt) {
    return await(attempt.map(true).otherwise(false));
  }

  @Test
  void insert_databaseReadOnly_isUnavailableAndTheCheckFails() {
    String readOnlyUrl = TestPostgres.newDatabase();
    TestPostgres.execute(
        url,
        "alter database "
            + Database.at(readOnlyUrl).name()
            + " set default_transaction_read_only = on");
    Pool readOnlyPool = Database.at(readOnlyUrl).createPool(vertx, Database.MAIN_POOL, 1, PATIENT);
    PaymentLedger readOnly = ledger(readOnlyPool, PATIENT, "instance-1");

    assertThatThrownBy(() -> await(readOnly.insert(TestOrders.order().pending())))
        .isInstanceOf(LedgerUnavailableException.class);
    assertThatThrownBy(() -> await(readOnly.check()))
        .isInstanceOf(LedgerUnavailableException.class);
  }

  private Payment settle(Payment settled) {
    await(ledger().insert(TestOrders.pendingOf(settled)));
    await(ledger().settle(settled));
    return settled;
  }

  private static List<String> rowOf(Payment payment) {
    return TestPostgres.query(
            url,
            "select payment_id, transaction_id, order_id, status, gateway, user_tier,"
                + " payment_method, currency, amount, amount_usd, fx_rate, fx_date,"
                + " round(duration, 6), error_type, instance_id,"
                + " created_at at time zone 'UTC', settled_at at time zone 'UTC',"
                + " source, source_id, recorded_at at time zone 'UTC'"
                + " from payments_ledger where payment_id = '"
                + payment.id()
                + "'")
        .get(0);
  }
}
