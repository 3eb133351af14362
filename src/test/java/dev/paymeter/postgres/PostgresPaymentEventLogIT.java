package dev.paymeter.postgres;

import static dev.paymeter.support.Await.await;
import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.paymeter.payment.Access;
import dev.paymeter.payment.EventBatch;
import dev.paymeter.payment.EventOffset;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentEvent;
import dev.paymeter.payment.port.CleanupStore;
import dev.paymeter.payment.service.HistoryService;
import dev.paymeter.postgres.server.Database;
import dev.paymeter.support.Await;
import dev.paymeter.support.ledger.TestLeases;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tests of the events that PostgreSQL writes, and of the order in which they are read. */
class PostgresPaymentEventLogIT {
  private static final String AGE_EVENTS =
      "update payment_events set at = at - interval '3 minutes'";

  /** Moves a ledger's rows to another server, which has lower transaction numbers. */
  private static final List<String> MOVE =
      List.of(
          "update payment_events set xid = (xid::text::bigint + 1000000)::text::xid8",
          "update event_publication set xid = (xid::text::bigint + 1000000)::text::xid8",
          "update generations set xid = (xid::text::bigint + 1000000)::text::xid8",
          AGE_EVENTS);

  private static final String ALL_EVENTS =
      "select payment_id, status from payment_events order by number";

  private static final String ROW_VERSIONS =
      "select number, ctid, xmin from payment_events order by number";

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
    pool = Database.at(url).createPool(vertx, Database.MAIN_POOL, 4, Duration.ofSeconds(10));
    statementExecutor = new StatementExecutor(pool, Duration.ofSeconds(10));
    events = new PostgresPaymentEventLog(statementExecutor);
    ledger =
        new PostgresPaymentLedger(statementExecutor, TestLeases.acquire(statementExecutor, "here"));
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

    List<PaymentEvent> found = read(EventOffset.START, 10);

    assertThat(found)
        .extracting(PaymentEvent::status)
        .containsExactly("pending", "unknown", "success");
    assertThat(found)
        .extracting(paymentEvent -> paymentEvent.findSnapshot().orElseThrow())
        .containsExactly(pending, unknown, success);
    assertThat(await(events.readOf(pending.id()))).isEqualTo(found);
    assertThat(read(EventOffset.after(found.get(1).position()), 10)).containsExactly(found.get(2));
    assertThat(read(EventOffset.START, 1)).containsExactly(found.get(0));
  }

  @Test
  void after_uncommittedTransaction_waitsForIt() throws SQLException {
    Payment before = TestOrders.order().pending();
    Payment late = TestOrders.order().pending();
    Payment early = TestOrders.order().pending();
    await(ledger.insert(before));
    await(ledger.insert(late));
    await(ledger.insert(early));
    EventOffset start = end();
    try (Connection slow = TestPostgres.connect(url)) {
      slow.setAutoCommit(false);
      slow.createStatement()
          .execute("update payments set gateway = 'late' where id = '" + late.id() + "'");
      TestPostgres.execute(
          url, "update payments set gateway = 'early' where id = '" + early.id() + "'");

      assertThat(read(start, 10)).isEmpty();
      assertThat(end()).isEqualTo(start);
      slow.commit();
    }

    assertThat(read(start, 10)).extracting(PaymentEvent::gateway).containsExactly("late", "early");
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

    List<PaymentEvent> found = read(EventOffset.START, 10);

    assertThat(found)
        .extracting(PaymentEvent::status)
        .containsExactly("pending", PaymentEvent.WITHDRAWN);
    assertThat(found).extracting(PaymentEvent::paymentId).containsOnly(pending.id());
    assertThat(found).extracting(PaymentEvent::findSnapshot).containsOnly(Optional.empty());
  }

  /** The merchant's reader learns of it although the payment's row is gone. */
  @Test
  void after_canceledInsertOfMerchant_returnsWithdrawnWithTheMerchant() {
    Payment pending = TestOrders.order().merchant("acme").pending();
    await(ledger.insert(pending));
    await(
        new PostgresCleanupStore(statementExecutor)
            .cancelInserts(
                List.of(new CleanupStore.UnconfirmedInsert(pending.id(), Optional.empty()))));

    assertThat(readOf("acme", EventOffset.START, 10))
        .extracting(PaymentEvent::status, PaymentEvent::merchant)
        .containsExactly(tuple("pending", "acme"), tuple(PaymentEvent.WITHDRAWN, "acme"));
  }

  @Test
  void after_ofMerchant_returnsItsEventsOnly_inOrder() {
    Payment first = TestOrders.order().merchant("acme").pending();
    Payment second = TestOrders.order().merchant("acme").pending();
    await(ledger.insert(first));
    await(ledger.insert(TestOrders.order().merchant("other").pending()));
    await(ledger.insert(TestOrders.order().pending()));
    await(ledger.insert(second));
    await(ledger.settle(TestOrders.settled(first, TestOrders.DURATION, TestOrders.CREATED_AT)));

    List<PaymentEvent> all = read(EventOffset.START, 10);
    List<PaymentEvent> own = readOf("acme", EventOffset.START, 10);

    assertThat(all).hasSize(5);
    assertThat(own).containsExactly(all.get(0), all.get(3), all.get(4));
    assertThat(readOf("acme", EventOffset.START, 2)).isEqualTo(own.subList(0, 2));
    assertThat(readOf("acme", EventOffset.after(all.get(2).position()), 10))
        .isEqualTo(own.subList(1, 3));
    assertThat(readOf("missing", EventOffset.START, 10)).isEmpty();
  }

  /** Otherwise, each read of a merchant without new payments would search all events again. */
  @Test
  void eventsAfter_ofMerchantWithoutNewEvents_endAtTheLastOfAll() {
    HistoryService historyService = new HistoryService(events);
    Access acme = Access.of("acme");
    await(ledger.insert(TestOrders.order().pending()));
    EventOffset middle = end();
    await(ledger.insert(TestOrders.order().merchant("other").pending()));

    for (EventOffset after : List.of(EventOffset.START, middle, end())) {
      EventBatch none = await(historyService.eventsAfter(after, 10, acme));
      assertThat(none.isEmpty()).isTrue();
      assertThat(none.end()).isEqualTo(end());
    }
    EventOffset before = end();
    await(ledger.insert(TestOrders.order().merchant("acme").pending()));
    await(ledger.insert(TestOrders.order().merchant("acme").pending()));
    await(ledger.insert(TestOrders.order().pending()));
    EventBatch first = await(historyService.eventsAfter(before, 1, acme));
    assertThat(first.events()).hasSize(1);
    assertThat(first.end()).isEqualTo(EventOffset.after(first.events().get(0).position()));
    EventBatch rest = await(historyService.eventsAfter(first.end(), 10, acme));
    assertThat(rest.events()).hasSize(1);
    assertThat(rest.end()).isEqualTo(end());
    assertThat(await(historyService.eventsAfter(EventOffset.START, 10, Access.ALL)).events())
        .hasSize(5);
  }

  @Test
  void eventsAfter_ofMerchantInEarlierGeneration_resetsAndMissesNoEvent() {
    HistoryService historyService = new HistoryService(events);
    Access acme = Access.of("acme");
    await(ledger.insert(TestOrders.order().pending()));
    EventOffset start = end();
    await(ledger.insert(TestOrders.order().merchant("acme").pending()));
    beginGeneration();
    await(ledger.insert(TestOrders.order().pending()));

    EventBatch batch = await(historyService.eventsAfter(start, 10, acme));

    assertThat(batch.reset()).isPresent();
    assertThat(batch.events()).extracting(PaymentEvent::merchant).containsExactly("acme");
    assertThat(batch.end()).isEqualTo(end());
  }

  /** A merchant with few payments would otherwise read those of all others to find its own. */
  @Test
  void after_ofMerchant_readsItsEntriesOfTheIndexOnly() {
    TestPostgres.execute(
        url,
        "insert into payment_events (generation, payment_id, status, gateway, merchant)"
            + " select 1, gen_random_uuid(), 'success', 'stripe',"
            + " case when n % 1000 = 0 then 'acme' when n % 2 = 0 then 'other' end"
            + " from generate_series(1, 50000) n");

    SqlConnection connection = await(pool.getConnection());
    await(
        connection
            .query("prepare own as " + PostgresPaymentEventLog.EVENTS_OF_MERCHANT_AFTER)
            .execute());
    List<String> plan = new ArrayList<>();
    await(
            connection
                .query("explain (analyze, buffers off) execute own('', '0', 0, 200, 'acme')")
                .execute())
        .forEach(line -> plan.add(line.getString(0)));
    await(connection.close());

    assertThat(plan.toString())
        .contains("payment_events_by_merchant")
        .containsPattern("actual time=\\S+ rows=50[. ]")
        .doesNotContain("Rows Removed by Filter");
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

  @Test
  void after_earlierGeneration_resetsOnceAndMissesNoEvent() {
    Payment pending = TestOrders.order().pending();
    await(ledger.insert(pending));
    EventOffset knowing = EventOffset.after(await(events.readOf(pending.id())).get(0).position());
    String generation = beginGeneration();
    await(ledger.settle(TestOrders.settled(pending, TestOrders.DURATION, TestOrders.CREATED_AT)));

    EventBatch batch = await(events.readAfter(knowing, 10));

    EventBatch.Reset reset = batch.reset().orElseThrow();
    assertThat(reset.generation()).isEqualTo(generation);
    assertThat(reset.position()).isEqualTo(new PaymentEvent.Position(generation, 0, 0));
    assertThat(statuses(batch.events())).containsExactly("success");
    assertThat(batch.end())
        .isEqualTo(EventOffset.after(batch.events().get(0).position()))
        .extracting(EventOffset::generation)
        .isEqualTo(generation);
    assertThat(await(events.readAfter(batch.end(), 10)).isEmpty()).isTrue();
  }

  /** The reader has not seen all events of its own generation, and gets them in pages. */
  @Test
  void after_earlierGenerationWithUnseenEvents_getsThemFirst() {
    for (int i = 0; i < 3; i++) {
      await(ledger.insert(TestOrders.order().pending()));
    }
    beginGeneration();
    List<PaymentEvent> before = read(EventOffset.START, 10);
    await(ledger.insert(TestOrders.order().pending()));

    EventBatch first = await(events.readAfter(EventOffset.after(before.get(0).position()), 1));
    EventBatch rest = await(events.readAfter(first.end(), 10));

    assertThat(first.reset().orElseThrow().position()).isEqualTo(before.get(0).position());
    assertThat(first.events()).containsExactly(before.get(1));
    assertThat(rest.reset()).isEmpty();
    assertThat(rest.events()).hasSize(2).startsWith(before.get(2));
    assertThat(read(EventOffset.START, 10)).startsWith(before.toArray(PaymentEvent[]::new));
  }

  /** The ledger went back to a time before the reader's generation began. */
  @Test
  void after_lostGeneration_resetsToTheNewestOne() {
    await(ledger.insert(TestOrders.order().pending()));
    String generation = beginGeneration();
    await(ledger.insert(TestOrders.order().pending()));

    EventBatch batch =
        await(
            events.readAfter(
                EventOffset.after(new PaymentEvent.Position("0123abcd", 1_000_000, 7)), 10));

    assertThat(batch.reset()).isPresent();
    assertThat(batch.events())
        .extracting(event -> event.position().generation())
        .containsExactly(generation);
  }

  /** The reader was not connected while several generations began. */
  @Test
  void after_lostGenerationThatIsNotTheLastOne_resetsToTheOneThatReplacesIt() {
    await(ledger.insert(TestOrders.order().pending()));
    TestPostgres.execute(url, AGE_EVENTS);
    TestPostgres.execute(url, "insert into generations (replaces) values ('0123abcd')");
    await(ledger.insert(TestOrders.order().pending()));
    beginGeneration();
    await(ledger.insert(TestOrders.order().pending()));
    EventOffset lost = EventOffset.after(new PaymentEvent.Position("0123abcd", 1_000_000, 7));

    assertThat(read(lost, 10))
        .extracting(PaymentEvent::position)
        .containsExactlyElementsOf(
            read(EventOffset.START, 10).stream().skip(1).map(PaymentEvent::position).toList())
        .hasSize(2);
  }

  /** The last events may have been written after the ledger went back. */
  @Test
  void after_lastEventsOfAnEarlierGeneration_getsThemAgain() {
    await(ledger.insert(TestOrders.order().pending()));
    TestPostgres.execute(url, AGE_EVENTS);
    await(ledger.insert(TestOrders.order().pending()));
    PaymentEvent.Position last = await(events.lastPosition());
    List<EventOffset> readers =
        List.of(
            EventOffset.after(read(EventOffset.START, 1).get(0).position()),
            EventOffset.after(last),
            EventOffset.after(positionAfter(1000)),
            EventOffset.after(new PaymentEvent.Position("0123abcd", 1, 1)));
    TestPostgres.query(
        url, "insert into generations (reason) values ('test') returning generation");

    for (EventOffset reader : readers) {
      assertThat(read(reader, 10))
          .extracting(PaymentEvent::position)
          .as("%s", reader)
          .containsExactly(last);
    }
  }

  /** Regression: the whole history was sent again, which may be hundreds of millions of events. */
  @Test
  void after_positionThatTheServerHasNotReached_resetsToNewEvents() {
    await(ledger.insert(TestOrders.order().pending()));
    PaymentEvent.Position last = await(events.lastPosition());

    EventBatch batch = await(events.readAfter(EventOffset.after(positionAfter(1000)), 10));
    await(ledger.insert(TestOrders.order().pending()));

    assertThat(batch.reset().orElseThrow().position()).isEqualTo(last);
    assertThat(batch.events()).isEmpty();
    assertThat(read(batch.end(), 10)).hasSize(1);
  }

  /** A transaction number that wrote no event may be used again by a standby. */
  @Test
  void lastPosition_unusedTransactions_isThatOfTheLastEvent() {
    await(ledger.insert(TestOrders.order().pending()));
    TestPostgres.query(url, "select pg_current_xact_id()");

    assertThat(await(events.lastPosition()))
        .isEqualTo(read(EventOffset.START, 1).get(0).position());
  }

  /** The events of a generation are complete when the next one begins. */
  @Test
  void beginGeneration_waitsForTransactionsThatWriteEvents() throws Exception {
    Payment payment = TestOrders.order().pending();
    await(ledger.insert(payment));
    EventOffset start = end();
    CompletableFuture<String> begun;
    try (Connection slow = begin(url)) {
      slow.createStatement().execute("update payments set gateway = 'before'");
      begun = CompletableFuture.supplyAsync(this::beginGeneration);
      eventually(() -> assertThat(TestPostgres.blocked(url)).isEqualTo(1));
      CompletableFuture<Void> after =
          CompletableFuture.runAsync(() -> await(ledger.insert(TestOrders.order().pending())));
      eventually(() -> assertThat(TestPostgres.blocked(url)).isEqualTo(2));
      slow.commit();
      after.join();
    }

    List<PaymentEvent> found = read(start, 10);
    assertThat(found)
        .extracting(event -> event.position().generation())
        .containsExactly(start.generation(), begun.join());
    assertThat(found.get(0).gateway()).isEqualTo("before");
  }

  /** The new server has lower transaction numbers than the dumped one. */
  @Test
  void migrate_restoredDump_missesNoEventAndRewritesNoRow() {
    Payment pending = TestOrders.order().pending();
    await(ledger.insert(pending));
    await(events.acquireLease("one", LEASE));
    await(events.saveOffset("one", EventOffset.after(last(pending))));
    MOVE.forEach(statement -> TestPostgres.execute(url, statement));
    EventOffset known = EventOffset.after(last(pending));
    List<List<String>> rows = TestPostgres.query(url, ROW_VERSIONS);

    Database.at(url).migrate();
    Database.at(url).migrate();
    await(ledger.settle(TestOrders.settled(pending, TestOrders.DURATION, TestOrders.CREATED_AT)));

    assertThat(TestPostgres.query(url, ROW_VERSIONS)).containsAll(rows).hasSize(2);
    assertThat(TestPostgres.query(url, "select reason from generations order by number"))
        .containsExactly(List.of("created"), List.of("restored from a dump"));
    assertThat(await(events.readAfter(known, 10)).reset()).isPresent();
    assertThat(statuses(read(known, 10))).containsExactly("success");
    EventOffset published = await(events.acquireLease("one", LEASE)).orElseThrow();
    assertThat(await(events.readAfter(published, 10)).reset()).isPresent();
    assertThat(statuses(read(published, 10))).containsExactly("success");
    assertThat(statuses(read(EventOffset.START, 10))).containsExactly("pending", "success");
    assertThat(statuses(await(events.readOf(pending.id())))).containsExactly("pending", "success");
  }

  @Test
  void migrate_sameServer_beginsNoGeneration() {
    await(ledger.insert(TestOrders.order().pending()));

    Database.at(url).migrate();

    assertThat(TestPostgres.query(url, "select number from generations")).hasSize(1);
  }

  /** Begins a generation, with no event in the last minutes before. */
  private String beginGeneration() {
    TestPostgres.execute(url, AGE_EVENTS);
    return TestPostgres.query(
            url, "insert into generations (reason) values ('test') returning generation")
        .get(0)
        .get(0);
  }

  private PaymentEvent.Position positionAfter(long transactions) {
    PaymentEvent.Position last = await(events.lastPosition());
    return new PaymentEvent.Position(
        last.generation(), last.transaction() + transactions, last.number());
  }

  private PaymentEvent.Position last(Payment payment) {
    List<PaymentEvent> all = await(events.readOf(payment.id()));
    return all.get(all.size() - 1).position();
  }

  private EventOffset end() {
    return EventOffset.after(await(events.lastPosition()));
  }

  private List<PaymentEvent> read(EventOffset after, int limit) {
    return await(events.readAfter(after, limit)).events();
  }

  private List<PaymentEvent> readOf(String merchant, EventOffset after, int limit) {
    return await(events.readAfter(after, limit, merchant)).events();
  }

  private static List<String> statuses(List<PaymentEvent> found) {
    return found.stream().map(PaymentEvent::status).toList();
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

    await(events.saveOffset("one", EventOffset.after(last(pending))));

    assertThat(await(events.oldestUnpublishedAge())).isZero();
  }

  /** Counts committed events behind an open transaction, but not its own. */
  @Test
  void unpublished_heldBackByOpenTransaction_grows() throws SQLException {
    Payment first = TestOrders.order().pending();
    await(ledger.insert(first));
    await(events.acquireLease("one", LEASE));
    await(events.saveOffset("one", EventOffset.after(last(first))));
    try (Connection slow = begin(url)) {
      slow.createStatement().execute("update payments set gateway = 'late'");
      assertThat(await(events.oldestUnpublishedAge())).isZero();
      await(ledger.insert(TestOrders.order().pending()));

      assertThat(read(end(), 10)).isEmpty();
      assertGrows(events::oldestUnpublishedAge);
      slow.rollback();
    }

    eventually(
        () -> {
          await(events.saveOffset("one", end()));
          assertThat(await(events.oldestUnpublishedAge())).isZero();
        });
  }

  @Test
  void unpublished_eventsOfANewGeneration_areCounted() {
    Payment pending = TestOrders.order().pending();
    await(ledger.insert(pending));
    await(events.acquireLease("one", LEASE));
    await(events.saveOffset("one", EventOffset.after(last(pending))));
    beginGeneration();
    assertThat(await(events.oldestUnpublishedAge())).isZero();

    await(ledger.insert(TestOrders.order().pending()));

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
    EventOffset start = await(events.acquireLease("one", LEASE)).orElseThrow();

    assertThat(await(events.acquireLease("two", LEASE))).isEmpty();
    assertThat(await(events.acquireLease("one", LEASE))).contains(start);
  }

  @Test
  void acquire_afterRelease_returnsThePublishedOffset() {
    EventOffset published =
        new EventOffset("0123abcd", new PaymentEvent.Position("4567abcd", 12, 34));
    await(events.acquireLease("one", LEASE));
    await(events.saveOffset("one", published));
    await(events.saveOffset("two", EventOffset.START));
    await(events.releaseLease("two"));
    assertThat(await(events.acquireLease("two", LEASE))).isEmpty();

    await(events.releaseLease("one"));

    assertThat(await(events.acquireLease("two", LEASE))).contains(published);
  }
}
