package dev.paymeter.postgres;

import static dev.paymeter.postgres.StatementExecutorTest.proxy;
import static dev.paymeter.support.Await.await;
import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.port.CleanupStore.UnconfirmedInsert;
import dev.paymeter.payment.port.IdempotencyRecord;
import dev.paymeter.payment.port.LedgerUnavailableException;
import dev.paymeter.payment.port.PaymentLedger;
import dev.paymeter.payment.port.RefundLedger;
import dev.paymeter.postgres.server.Database;
import dev.paymeter.support.ledger.TestLeases;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PreparedQuery;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tests of inserts that reach the server after they were canceled. */
class LateInsertsIT {
  private static final Duration PATIENT = Duration.ofSeconds(60);
  private static final IdempotencyKey KEY = new IdempotencyKey("", "POST /p", "late", "aa");

  private static final String INSERT_KEY =
      "insert into idempotency_keys (owner, route, key, fingerprint, payment_id, created_at)"
          + " values ('', 'POST /p', 'late', 'aa', gen_random_uuid(), now())";

  private static final Vertx vertx = Vertx.vertx();
  private static String url;
  private static Pool pool;
  private static StatementExecutor statementExecutor;

  private final PostgresCleanupStore cleanupStore = new PostgresCleanupStore(statementExecutor);

  private final PaymentLedger paymentLedger =
      new PostgresPaymentLedger(statementExecutor, new LedgerIdentity("instance", 1));

  @BeforeAll
  static void createDatabase() {
    url = TestPostgres.newDatabase();
    pool = Database.at(url).createPool(vertx, Database.MAIN_POOL, 4, PATIENT);
    statementExecutor = new StatementExecutor(pool, PATIENT);
    TestLeases.acquire(statementExecutor, "instance");
  }

  @AfterAll
  static void close() {
    await(pool.close());
    await(vertx.close());
  }

  @BeforeEach
  void renewLease() {
    TestPostgres.execute(
        url, "update instances set lease_until = 'infinity', compared_timeline = '00000001'");
    TestPostgres.execute(url, "delete from idempotency_keys");
    TestPostgres.execute(url, "delete from canceled_inserts");
  }

  private static void assertRejected(Future<?> insert) {
    assertThatThrownBy(() -> await(insert)).isInstanceOf(LedgerUnavailableException.class);
  }

  @Test
  void insert_canceledBefore_isRejected() {
    Payment payment = TestOrders.order().pending();
    assertThat(
            await(
                cleanupStore.cancelInserts(
                    List.of(new UnconfirmedInsert(payment.id(), Optional.empty())))))
        .isZero();

    assertRejected(paymentLedger.insert(payment));

    assertThat(await(paymentLedger.find(payment.id()))).isEmpty();
  }

  @Test
  void insertWithKey_canceledBefore_isRejectedAndItsKeyIsFree() {
    Payment payment = TestOrders.order().pending();
    await(
        cleanupStore.cancelInserts(List.of(new UnconfirmedInsert(payment.id(), Optional.of(KEY)))));

    assertThat(await(paymentLedger.insert(payment, KEY))).as("not inserted").isPresent();

    assertThat(await(paymentLedger.find(payment.id()))).isEmpty();
    assertThat(await(paymentLedger.insert(TestOrders.order().pending(), KEY)))
        .as("inserted")
        .isEmpty();
  }

  /**
   * The insert is committed between the statements of the cancellation. Regression: the payment was
   * deleted, and its key stayed in flight until its retention ended.
   */
  @Test
  void insertWithKey_committedDuringCancellation_leavesNoKey() throws SQLException {
    Payment payment = TestOrders.order().pending();
    List<UnconfirmedInsert> rejected =
        List.of(new UnconfirmedInsert(payment.id(), Optional.of(KEY)));
    try (Connection other = TestPostgres.connect(url)) {
      other.setAutoCommit(false);
      other.createStatement().execute(INSERT_KEY);
      Future<Optional<IdempotencyRecord<Payment>>> insert = paymentLedger.insert(payment, KEY);
      eventually(() -> assertThat(TestPostgres.blocked(url)).isEqualTo(1));

      await(
          cleanupStoreWaiting("delete from payments", () -> rollBack(other).compose(end -> insert))
              .cancelInserts(rejected));

      await(insert);
    }
    await(cleanupStore.cancelInserts(rejected));
    assertThat(await(paymentLedger.find(payment.id()))).isEmpty();
    assertThat(await(paymentLedger.insert(TestOrders.order().pending(), KEY)))
        .as("the key is free")
        .isEmpty();
  }

  private static Future<Connection> rollBack(Connection connection) {
    return vertx.executeBlocking(
        () -> {
          connection.rollback();
          return connection;
        });
  }

  /** Returns a store that waits for a step before it runs statements with this beginning. */
  private static PostgresCleanupStore cleanupStoreWaiting(
      String beginning, Supplier<Future<?>> step) {
    Pool waiting =
        proxy(
            Pool.class,
            sql -> {
              PreparedQuery<RowSet<Row>> query = pool.preparedQuery((String) sql);
              return ((String) sql).startsWith(beginning)
                  ? proxy(
                      PreparedQuery.class,
                      parameters -> step.get().compose(done -> query.execute((Tuple) parameters)))
                  : query;
            });
    return new PostgresCleanupStore(new StatementExecutor(waiting, PATIENT));
  }

  @Test
  void insertRefund_canceledBefore_isRejectedAndReservesNothing() {
    Payment payment = TestOrders.order().of("10.00", "EUR").succeeded();
    await(paymentLedger.insert(TestOrders.pendingOf(payment)));
    await(paymentLedger.settle(payment));
    RefundLedger refunds =
        new PostgresRefundLedger(statementExecutor, new LedgerIdentity("instance", 1));
    for (Optional<IdempotencyKey> key :
        List.of(Optional.of(KEY), Optional.<IdempotencyKey>empty())) {
      Refund refund = TestOrders.refund(payment, "10.00");
      await(cleanupStore.cancelRefundInserts(List.of(new UnconfirmedInsert(refund.id(), key))));

      assertThat(await(refunds.insert(refund, key))).isFalse();
    }

    assertThat(await(refunds.insert(TestOrders.refund(payment, "10.00"), Optional.of(KEY))))
        .isTrue();
  }

  /** After the lease has expired, other processes settle this process's pending payments. */
  @Test
  void insert_expiredLease_isRejectedUntilItIsRenewed() {
    Payment payment = TestOrders.order().pending();
    TestLeases.expire(url, "instance");

    assertRejected(paymentLedger.insert(payment));
    assertRejected(paymentLedger.insert(payment, KEY));

    assertThat(await(paymentLedger.find(payment.id()))).isEmpty();
    renewLease();
    assertThat(await(paymentLedger.insert(payment, KEY))).isEmpty();
  }

  @Test
  void insertRefund_expiredLease_isRejected() {
    Payment payment = TestOrders.order().of("10.00", "EUR").succeeded();
    await(paymentLedger.insert(TestOrders.pendingOf(payment)));
    await(paymentLedger.settle(payment));
    TestLeases.expire(url, "instance");

    assertRejected(
        new PostgresRefundLedger(statementExecutor, new LedgerIdentity("instance", 1))
            .insert(TestOrders.refund(payment, "1.00"), Optional.empty()));
  }

  /** After a failover, the row of a repeated request may have been lost, and counted before. */
  @Test
  void insert_timelineIsNotCompared_isRejectedUntilItIs() {
    Payment payment = TestOrders.order().pending();
    Payment settled = TestOrders.order().of("10.00", "EUR").succeeded();
    await(paymentLedger.insert(TestOrders.pendingOf(settled)));
    await(paymentLedger.settle(settled));
    TestPostgres.execute(url, "update instances set compared_timeline = '00000002'");

    assertRejected(paymentLedger.insert(payment));
    assertRejected(paymentLedger.insert(payment, KEY));
    assertRejected(
        new PostgresRefundLedger(statementExecutor, new LedgerIdentity("instance", 1))
            .insert(TestOrders.refund(settled, "1.00"), Optional.empty()));

    assertThat(await(paymentLedger.find(payment.id()))).isEmpty();
    renewLease();
    assertThat(await(paymentLedger.insert(payment, KEY))).isEmpty();
  }

  @Test
  void expireKeys_canceledInsertsOlderThanADay_areDeleted() {
    UnconfirmedInsert young =
        new UnconfirmedInsert(TestOrders.order().pending().id(), Optional.empty());
    UnconfirmedInsert old =
        new UnconfirmedInsert(TestOrders.order().pending().id(), Optional.empty());
    await(cleanupStore.cancelInserts(List.of(young, old)));
    TestPostgres.execute(
        url,
        "update canceled_inserts set canceled_at = canceled_at - interval '25 hours' where id = '"
            + old.id()
            + "'");

    await(cleanupStore.deleteExpiredKeys(Duration.ofHours(24), 10));

    assertThat(TestPostgres.query(url, "select id::text from canceled_inserts"))
        .containsExactly(List.of(young.id().toString()));
  }
}
