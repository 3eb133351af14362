package dev.paymeter.postgres;

import static dev.paymeter.support.Await.await;
import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentEvent;
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

/** What PostgreSQL writes down of each change, and in what order it is read. */
class PostgresPaymentEventLogIT {
  private static final String OF_ANOTHER_SERVER = "(xid::text::bigint + 1000000)::text::xid8";

  private static final Duration LEASE = Duration.ofSeconds(30);

  private Vertx vertx;
  private Pool pool;
  private String url;
  private StatementExecutor statementExecutor;
  private PostgresPaymentEventLog changes;
  private PostgresPaymentLedger ledger;

  @BeforeEach
  void open() {
    vertx = Vertx.vertx();
    url = TestPostgres.newDatabase();
    Database.at(url).migrate();
    pool = Database.at(url).pool(vertx, Database.MAIN_POOL, 4, Duration.ofSeconds(10));
    statementExecutor = new StatementExecutor(pool, Duration.ofSeconds(10));
    changes = new PostgresPaymentEventLog(statementExecutor);
    PostgresAuditStore books =
        new PostgresAuditStore(
            statementExecutor,
            ManualScheduler.by(length -> Future.succeededFuture()),
            "here",
            "a test",
            new long[] {100},
            new long[] {100});
    ledger = new PostgresPaymentLedger(statementExecutor, "here", await(books.open()).epoch());
  }

  @AfterEach
  void close() {
    await(pool.close());
    await(vertx.close());
  }

  @Test
  void after_paymentThatWasUnknown_isEachOfItsStatesAsItStood() {
    Payment pending = TestOrders.order().pending();
    Payment unknown = TestOrders.doubted(pending);
    Payment success =
        TestOrders.settled(
            unknown, unknown.doubted().orElseThrow().duration(), TestOrders.CREATED_AT);
    await(ledger.open(pending));
    await(ledger.doubt(unknown));
    await(ledger.settle(success));

    List<PaymentEvent> found = await(changes.after(PaymentEvent.Position.START, 10));

    assertThat(found)
        .extracting(PaymentEvent::status)
        .containsExactly("pending", "unknown", "success");
    assertThat(found)
        .extracting(paymentEvent -> paymentEvent.asItStood().orElseThrow())
        .containsExactly(pending, unknown, success);
    assertThat(await(changes.of(pending.id()))).isEqualTo(found);
    assertThat(await(changes.after(found.get(1).position(), 10))).containsExactly(found.get(2));
    assertThat(await(changes.after(PaymentEvent.Position.START, 1))).containsExactly(found.get(0));
  }

  @Test
  void after_transactionThatCommitsLate_waitsForIt() throws SQLException {
    Payment before = TestOrders.order().pending();
    Payment late = TestOrders.order().pending();
    Payment early = TestOrders.order().pending();
    await(ledger.open(before));
    await(ledger.open(late));
    await(ledger.open(early));
    PaymentEvent.Position start = await(changes.end());
    try (Connection slow = TestPostgres.connect(url)) {
      slow.setAutoCommit(false);
      slow.createStatement()
          .execute("update payments set gateway = 'late' where id = '" + late.id() + "'");
      TestPostgres.execute(
          url, "update payments set gateway = 'early' where id = '" + early.id() + "'");

      assertThat(await(changes.after(start, 10))).isEmpty();
      assertThat(await(changes.end())).isEqualTo(start);
      slow.commit();
    }

    assertThat(await(changes.after(start, 10)))
        .extracting(PaymentEvent::gateway)
        .containsExactly("late", "early");
  }

  @Test
  void after_statementThatChangesNoState_isNothing() {
    Payment pending = TestOrders.order().pending();
    await(ledger.open(pending));
    await(ledger.settle(TestOrders.settled(pending, TestOrders.TOOK, TestOrders.CREATED_AT)));
    await(ledger.settle(TestOrders.settled(pending, TestOrders.TOOK, TestOrders.CREATED_AT)));
    TestPostgres.execute(url, "update payments set inquiries = inquiries + 1");

    assertThat(await(changes.of(pending.id()))).hasSize(2);
  }

  @Test
  void after_withdrawnPayment_isBareAndEndsSo() {
    Payment pending = TestOrders.order().pending();
    await(ledger.open(pending));
    TestPostgres.execute(url, "delete from payments");

    List<PaymentEvent> found = await(changes.after(PaymentEvent.Position.START, 10));

    assertThat(found)
        .extracting(PaymentEvent::status)
        .containsExactly("pending", PaymentEvent.WITHDRAWN);
    assertThat(found).extracting(PaymentEvent::payment).containsOnly(pending.id());
    assertThat(found).extracting(PaymentEvent::asItStood).containsOnly(Optional.empty());
  }

  /** Into a server that is younger than the one that the dump is of. */
  @Test
  void after_restoredFromADump_nothingIsMissed() {
    Payment pending = TestOrders.order().pending();
    await(ledger.open(pending));
    await(changes.lead("one", LEASE));
    await(changes.published("one", await(changes.of(pending.id())).get(0).position()));
    TestPostgres.execute(url, "update payment_events set xid = " + OF_ANOTHER_SERVER);
    TestPostgres.execute(url, "update event_publication set xid = " + OF_ANOTHER_SERVER);
    PaymentEvent.Position known = await(changes.of(pending.id())).get(0).position();

    Database.at(url).migrate();
    await(ledger.settle(TestOrders.settled(pending, TestOrders.TOOK, TestOrders.CREATED_AT)));

    assertThat(statuses(changes.after(known, 10))).containsExactly("success");
    assertThat(statuses(changes.after(await(changes.lead("one", LEASE)).orElseThrow(), 10)))
        .containsExactly("success");
    assertThat(statuses(changes.after(PaymentEvent.Position.START, 10)))
        .containsExactly("pending", "success");
    assertThat(statuses(changes.of(pending.id()))).containsExactly("pending", "success");
  }

  private static List<String> statuses(Future<List<PaymentEvent>> found) {
    return await(found).stream().map(PaymentEvent::status).toList();
  }

  @Test
  void heldBack_whileATransactionMayStillWrite_grows_andIsZeroAfterwards() throws SQLException {
    try (Connection slow = begin(url)) {
      await(ledger.open(TestOrders.order().pending()));

      assertGrows(changes::heldBack);
      slow.commit();
    }

    // Others of the same server, such as its own housekeeping, hold changes back for a moment.
    eventually(() -> assertThat(await(changes.heldBack())).isZero());
  }

  @Test
  void heldBack_changesThatNobodyPublishes_areNotAmongThem() {
    await(ledger.open(TestOrders.order().pending()));

    eventually(() -> assertThat(await(changes.heldBack())).isZero());
    assertGrows(changes::unpublished);
  }

  @Test
  void unpublished_upToThePlaceThatWasTold_isZero() {
    Payment pending = TestOrders.order().pending();
    await(ledger.open(pending));
    await(changes.lead("one", LEASE));
    assertGrows(changes::unpublished);

    await(changes.published("one", await(changes.of(pending.id())).get(0).position()));

    assertThat(await(changes.unpublished())).isZero();
  }

  /** Of a transaction that writes changes itself, those of others count, and its own not yet. */
  @Test
  void unpublished_heldBackByATransactionOfChanges_grows() throws SQLException {
    Payment first = TestOrders.order().pending();
    await(ledger.open(first));
    await(changes.lead("one", LEASE));
    await(changes.published("one", await(changes.of(first.id())).get(0).position()));
    try (Connection slow = begin(url)) {
      slow.createStatement().execute("update payments set gateway = 'late'");
      assertThat(await(changes.unpublished())).isZero();
      await(ledger.open(TestOrders.order().pending()));

      assertThat(await(changes.after(await(changes.end()), 10))).isEmpty();
      assertGrows(changes::unpublished);
      slow.rollback();
    }

    eventually(
        () -> {
          await(changes.published("one", await(changes.end())));
          assertThat(await(changes.unpublished())).isZero();
        });
  }

  /** As whoever publishes from there does: all that there is comes behind it. */
  @Test
  void unpublished_placeOfAnotherServer_isBeforeAllChanges() {
    await(ledger.open(TestOrders.order().pending()));
    TestPostgres.execute(
        url, "update event_publication set number = 0, xid = " + OF_ANOTHER_SERVER);

    assertGrows(changes::unpublished);
  }

  /** A transaction that is about to write. */
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
  void of_unknownPayment_isNothing() {
    assertThat(await(changes.of(UUID.randomUUID()))).isEmpty();
  }

  @Test
  void lead_whileAnotherHasTheRight_isNothing() {
    PaymentEvent.Position start = await(changes.lead("one", LEASE)).orElseThrow();

    assertThat(await(changes.lead("two", LEASE))).isEmpty();
    assertThat(await(changes.lead("one", LEASE))).contains(start);
  }

  @Test
  void lead_afterAnotherLeft_goesOnWhereThatWas() {
    await(changes.lead("one", LEASE));
    await(changes.published("one", new PaymentEvent.Position(12, 34)));
    await(changes.published("two", new PaymentEvent.Position(56, 78)));
    await(changes.leave("two"));
    assertThat(await(changes.lead("two", LEASE))).isEmpty();

    await(changes.leave("one"));

    assertThat(await(changes.lead("two", LEASE))).contains(new PaymentEvent.Position(12, 34));
  }
}
