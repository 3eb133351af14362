package dev.paymeter.postgres;

import static dev.paymeter.support.Await.await;
import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentEvent;
import dev.paymeter.payment.port.CleanupStore;
import dev.paymeter.postgres.server.Database;
import dev.paymeter.support.Await;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.payment.ManualScheduler;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tests of the events that PostgreSQL writes, and of the order in which they are read. */
class PostgresPaymentEventLogIT {
  private static final String XID_OF_ANOTHER_SERVER = "(xid::text::bigint + 1000000)::text::xid8";

  private static final String ALL_EVENTS =
      "select payment_id, status from payment_events order by number";

  private static final Duration LEASE = Duration.ofSeconds(30);

  private Vertx vertx;
  private Pool pool;
  private String url;
  private StatementExecutor statementExecutor;
  private PostgresPaymentEventLog events;
  private PostgresPaymentLedger ledger;

  @BeforeEach
  void open() {
    vertx = Vertx.vertx();
    url = TestPostgres.newDatabase();
    Database.at(url).migrate();
    pool = Database.at(url).createPool(vertx, Database.MAIN_POOL, 4, Duration.ofSeconds(10));
    statementExecutor = new StatementExecutor(pool, Duration.ofSeconds(10));
    events = new PostgresPaymentEventLog(statementExecutor);
    PostgresAuditStore auditStore =
        new PostgresAuditStore(
            statementExecutor,
            ManualScheduler.by(length -> Future.succeededFuture()),
            "here",
            "a test",
            new long[] {100},
            new long[] {100});
    ledger =
        new PostgresPaymentLedger(
            statementExecutor, new LedgerIdentity("here", await(auditStore.acquire()).epoch()));
  }

  @AfterEach
  void close() {
    await(pool.close());
    await(vertx.close());
  }

  @Test
  void after_settledUnknownPayment_returnsEachStateWithItsPayment() {
    Payment pending = TestOrders.order().pending();
    Payment unknown = TestOrders.markedUnknown(pending);
    Payment success =
        TestOrders.settled(
            unknown, unknown.unknownOutcome().orElseThrow().duration(), TestOrders.CREATED_AT);
    await(ledger.insert(pending));
    await(ledger.markUnknown(unknown));
    await(ledger.settle(success));

    List<PaymentEvent> found = await(events.readAfter(PaymentEvent.Position.START, 10));

    assertThat(found)
        .extracting(PaymentEvent::status)
        .containsExactly("pending", "unknown", "success");
    assertThat(found)
        .extracting(paymentEvent -> paymentEvent.findSnapshot().orElseThrow())
        .containsExactly(pending, unknown, success);
    assertThat(await(events.readOf(pending.id()))).isEqualTo(found);
    assertThat(await(events.readAfter(found.get(1).position(), 10))).containsExactly(found.get(2));
    assertThat(await(events.readAfter(PaymentEvent.Position.START, 1)))
        .containsExactly(found.get(0));
  }

  @Test
  void after_uncommittedTransaction_waitsForIt() throws SQLException {
    Payment before = TestOrders.order().pending();
    Payment late = TestOrders.order().pending();
    Payment early = TestOrders.order().pending();
    await(ledger.insert(before));
    await(ledger.insert(late));
    await(ledger.insert(early));
    PaymentEvent.Position start = await(events.lastPosition());
    try (Connection slow = TestPostgres.connect(url)) {
      slow.setAutoCommit(false);
      slow.createStatement()
          .execute("update payments set gateway = 'late' where id = '" + late.id() + "'");
      TestPostgres.execute(
          url, "update payments set gateway = 'early' where id = '" + early.id() + "'");

      assertThat(await(events.readAfter(start, 10))).isEmpty();
      assertThat(await(events.lastPosition())).isEqualTo(start);
      slow.commit();
    }

    assertThat(await(events.readAfter(start, 10)))
        .extracting(PaymentEvent::gateway)
        .containsExactly("late", "early");
  }

  @Test
  void after_updateWithoutStateChange_returnsNoEvent() {
    Payment pending = TestOrders.order().pending();
    await(ledger.insert(pending));
    await(ledger.settle(TestOrders.settled(pending, TestOrders.DURATION, TestOrders.CREATED_AT)));
    await(ledger.settle(TestOrders.settled(pending, TestOrders.DURATION, TestOrders.CREATED_AT)));
    TestPostgres.execute(url, "update payments set inquiries = inquiries + 1");

    assertThat(await(events.readOf(pending.id()))).hasSize(2);
  }

  @Test
  void after_canceledInsert_returnsWithdrawnWithoutPayment() {
    Payment pending = TestOrders.order().pending();
    await(ledger.insert(pending));
    await(
        new PostgresCleanupStore(statementExecutor)
            .cancelInserts(
                List.of(new CleanupStore.UnconfirmedInsert(pending.id(), Optional.empty()))));

    List<PaymentEvent> found = await(events.readAfter(PaymentEvent.Position.START, 10));

    assertThat(found)
        .extracting(PaymentEvent::status)
        .containsExactly("pending", PaymentEvent.WITHDRAWN);
    assertThat(found).extracting(PaymentEvent::paymentId).containsOnly(pending.id());
    assertThat(found).extracting(PaymentEvent::findSnapshot).containsOnly(Optional.empty());
  }

  /**
   * Regression: deleting old payments published that they were never charged. A pending or unknown
   * payment may have been charged, too.
   */
  @Test
  void after_deletedPayments_returnsNoFurtherEvent() {
    Payment pending = TestOrders.order().pending();
    Payment unknown = TestOrders.markedUnknown(TestOrders.order().pending());
    Payment settled = TestOrders.order().succeeded();
    await(ledger.insert(pending));
    await(ledger.insert(TestOrders.pendingOf(unknown)));
    await(ledger.insert(TestOrders.pendingOf(settled)));
    await(ledger.markUnknown(unknown));
    await(ledger.settle(settled));
    List<List<String>> before = TestPostgres.query(url, ALL_EVENTS);

    TestPostgres.execute(url, "delete from payments");

    assertThat(TestPostgres.query(url, ALL_EVENTS)).isEqualTo(before).hasSize(5);
    assertThat(await(events.readOf(settled.id())))
        .extracting(PaymentEvent::status)
        .containsExactly("pending", "success");
  }

  /** The new server has lower transaction numbers than the dumped one. */
  @Test
  void after_restoredFromDump_missesNoEvent() {
    Payment pending = TestOrders.order().pending();
    await(ledger.insert(pending));
    await(events.acquireLease("one", LEASE));
    await(events.savePosition("one", await(events.readOf(pending.id())).get(0).position()));
    TestPostgres.execute(url, "update payment_events set xid = " + XID_OF_ANOTHER_SERVER);
    TestPostgres.execute(url, "update event_publication set xid = " + XID_OF_ANOTHER_SERVER);
    PaymentEvent.Position known = await(events.readOf(pending.id())).get(0).position();

    Database.at(url).migrate();
    await(ledger.settle(TestOrders.settled(pending, TestOrders.DURATION, TestOrders.CREATED_AT)));

    assertThat(statuses(events.readAfter(known, 10))).containsExactly("success");
    assertThat(
            statuses(events.readAfter(await(events.acquireLease("one", LEASE)).orElseThrow(), 10)))
        .containsExactly("success");
    assertThat(statuses(events.readAfter(PaymentEvent.Position.START, 10)))
        .containsExactly("pending", "success");
    assertThat(statuses(events.readOf(pending.id()))).containsExactly("pending", "success");
  }

  private static List<String> statuses(Future<List<PaymentEvent>> found) {
    return await(found).stream().map(PaymentEvent::status).toList();
  }

  @Test
  void heldBack_openTransaction_growsUntilItEnds() throws SQLException {
    try (Connection slow = begin(url)) {
      await(ledger.insert(TestOrders.order().pending()));

      assertGrows(events::heldBackAge);
      slow.commit();
    }

    // Other transactions of the server, such as autovacuum, may hold events back briefly.
    eventually(() -> assertThat(await(events.heldBackAge())).isZero());
  }

  @Test
  void heldBack_unpublishedEvents_areNotCounted() {
    await(ledger.insert(TestOrders.order().pending()));

    eventually(() -> assertThat(await(events.heldBackAge())).isZero());
    assertGrows(events::oldestUnpublishedAge);
  }

  @Test
  void unpublished_allPublished_isZero() {
    Payment pending = TestOrders.order().pending();
    await(ledger.insert(pending));
    await(events.acquireLease("one", LEASE));
    assertGrows(events::oldestUnpublishedAge);

    await(events.savePosition("one", await(events.readOf(pending.id())).get(0).position()));

    assertThat(await(events.oldestUnpublishedAge())).isZero();
  }

  /** Counts committed events behind an open transaction, but not its own. */
  @Test
  void unpublished_heldBackByOpenTransaction_grows() throws SQLException {
    Payment first = TestOrders.order().pending();
    await(ledger.insert(first));
    await(events.acquireLease("one", LEASE));
    await(events.savePosition("one", await(events.readOf(first.id())).get(0).position()));
    try (Connection slow = begin(url)) {
      slow.createStatement().execute("update payments set gateway = 'late'");
      assertThat(await(events.oldestUnpublishedAge())).isZero();
      await(ledger.insert(TestOrders.order().pending()));

      assertThat(await(events.readAfter(await(events.lastPosition()), 10))).isEmpty();
      assertGrows(events::oldestUnpublishedAge);
      slow.rollback();
    }

    eventually(
        () -> {
          await(events.savePosition("one", await(events.lastPosition())));
          assertThat(await(events.oldestUnpublishedAge())).isZero();
        });
  }

  /** The publisher then starts from the first event. */
  @Test
  void unpublished_positionOfAnotherServer_countsAllEvents() {
    await(ledger.insert(TestOrders.order().pending()));
    TestPostgres.execute(
        url, "update event_publication set number = 0, xid = " + XID_OF_ANOTHER_SERVER);

    assertGrows(events::oldestUnpublishedAge);
  }

  /** Begins a transaction that has a transaction number. */
  private static Connection begin(String url) throws SQLException {
    Connection connection = TestPostgres.connect(url);
    connection.setAutoCommit(false);
    connection.createStatement().execute("select pg_current_xact_id()");
    return connection;
  }

  private static void assertGrows(Supplier<Future<Duration>> age) {
    Duration first =
        Await.first(() -> Optional.of(await(age.get())).filter(found -> found.toMillis() > 0));
    eventually(() -> assertThat(await(age.get())).isGreaterThan(first));
  }

  @Test
  void of_absentPayment_isEmpty() {
    assertThat(await(events.readOf(UUID.randomUUID()))).isEmpty();
  }

  @Test
  void acquire_leaseOfAnotherHolder_isEmpty() {
    PaymentEvent.Position start = await(events.acquireLease("one", LEASE)).orElseThrow();

    assertThat(await(events.acquireLease("two", LEASE))).isEmpty();
    assertThat(await(events.acquireLease("one", LEASE))).contains(start);
  }

  @Test
  void acquire_afterRelease_returnsThePublishedPosition() {
    await(events.acquireLease("one", LEASE));
    await(events.savePosition("one", new PaymentEvent.Position(12, 34)));
    await(events.savePosition("two", new PaymentEvent.Position(56, 78)));
    await(events.releaseLease("two"));
    assertThat(await(events.acquireLease("two", LEASE))).isEmpty();

    await(events.releaseLease("one"));

    assertThat(await(events.acquireLease("two", LEASE)))
        .contains(new PaymentEvent.Position(12, 34));
  }
}
