package dev.paymeter.postgres;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.payment.GatewayKey;
import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentStatus;
import dev.paymeter.payment.port.CleanupStore;
import dev.paymeter.payment.port.CleanupStore.UnconfirmedInsert;
import dev.paymeter.payment.port.GatewayAccount;
import dev.paymeter.payment.port.IdempotencyRecord;
import dev.paymeter.payment.port.UnresolvedTransfers;
import dev.paymeter.payment.port.UnresolvedTransfers.Inquiry;
import dev.paymeter.postgres.server.Database;
import dev.paymeter.support.ledger.TestLeases;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.payment.ManualClock;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;

/** Tests of unresolved payments and cleanup with several instances. */
class PostgresUnresolvedTransfersIT {
  private static final Duration LEASE = Duration.ofSeconds(30);
  private static final List<GatewayAccount> ACCOUNTS = TestOrders.accounts("stripe", "paypal");

  private Vertx vertx;
  private Pool pool;
  private String url;
  private StatementExecutor statementExecutor;
  private LedgerIdentity identity;
  private UnresolvedTransfers<Payment> unresolvedTransfers;
  private CleanupStore cleanupStore;
  private PostgresPaymentLedger ledger;

  @BeforeEach
  void open() {
    vertx = Vertx.vertx();
    url = TestPostgres.newDatabase();
    pool = Database.at(url).createPool(vertx, Database.MAIN_POOL, 4, Duration.ofSeconds(10));
    statementExecutor = new StatementExecutor(pool, Duration.ofSeconds(10));
    identity = TestLeases.acquire(statementExecutor, "alive");
    unresolvedTransfers = PostgresUnresolvedTransfers.ofPayments(statementExecutor, identity);
    cleanupStore = new PostgresCleanupStore(statementExecutor);
    ledger = new PostgresPaymentLedger(statementExecutor, identity);
  }

  @AfterEach
  void close() {
    await(pool.close());
    await(vertx.close());
  }

  private PostgresPaymentLedger instance(String name) {
    return new PostgresPaymentLedger(
        statementExecutor, TestLeases.acquire(statementExecutor, name));
  }

  private Payment pending(PostgresPaymentLedger by) {
    Payment pending = TestOrders.order().pending();
    await(by.insert(pending));
    return pending;
  }

  private Payment unknown() {
    return unknown(TestOrders.order());
  }

  private Payment unknown(TestOrders order) {
    Payment pending = order.pending();
    await(ledger.insert(pending));
    Payment unknown = TestOrders.markedUnknown(pending);
    await(ledger.markUnknown(unknown));
    return unknown;
  }

  @Test
  void find_anyStatus_hasTheOriginOfItsGatewayKey() {
    IdempotencyKey key = new IdempotencyKey("", "r", "found", "aa");
    Payment keyed = TestOrders.order().pending(Optional.of(key));
    await(instance("test-instance").insert(keyed, key));

    assertThat(await(unresolvedTransfers.find(keyed.id())).orElseThrow().gatewayKey())
        .isEqualTo(keyed.gatewayKey());
    Payment settled = TestOrders.settled(keyed, Duration.ofSeconds(1), TestOrders.CREATED_AT);
    await(instance("settler").settle(settled));

    Payment found = await(unresolvedTransfers.find(keyed.id())).orElseThrow();
    assertThat(found.status()).isEqualTo(PaymentStatus.SUCCESS);
    assertThat(found.gatewayKey()).isEqualTo(keyed.gatewayKey());
    assertThat(await(unresolvedTransfers.find(UUID.randomUUID()))).isEmpty();
  }

  /** As {@code take}: another instance may have counted the outcome, which the ledger lacks. */
  @Test
  void find_whileAnInstanceHasNotComparedTheLedger_isEmpty() {
    UUID unknown = unknown().id();
    assertThat(await(unresolvedTransfers.find(unknown))).isPresent();

    TestPostgres.execute(
        url,
        "update instances set compared_timeline = 'other' where instance_id = '%s'"
            .formatted(identity.instanceId()));

    assertThat(await(unresolvedTransfers.find(unknown))).isEmpty();
  }

  @Test
  void take_pendingOfLiveProcess_isNotTaken() {
    pending(ledger);

    assertThat(await(unresolvedTransfers.take(TestOrders.demands(10, ACCOUNTS), LEASE))).isEmpty();
  }

  /** Stripe finds an intent by its key only if the request is the same as that of the charge. */
  @Test
  void take_withKey_hasTheOriginOfItsGatewayKey() {
    IdempotencyKey key = new IdempotencyKey("", "r", "origin", "aa");
    Payment keyed = TestOrders.order().pending(Optional.of(key));
    await(instance("test-instance").insert(keyed, key));
    Payment other = pending(instance("other"));
    TestLeases.expire(url, "test-instance");
    TestLeases.expire(url, "other");

    List<Inquiry<Payment>> taken =
        await(unresolvedTransfers.take(TestOrders.demands(10, ACCOUNTS), LEASE));

    assertThat(taken)
        .extracting(inquiry -> inquiry.transfer().gatewayKey())
        .containsExactlyInAnyOrder(keyed.gatewayKey(), other.gatewayKey());
    assertThat(taken)
        .extracting(inquiry -> inquiry.transfer().gatewayKey().origin())
        .containsExactlyInAnyOrder(
            keyed.gatewayKey().origin(), new GatewayKey.Origin("other", null));
  }

  @Test
  void take_pendingOfExpiredLease_isMarkedUnknown() {
    Payment pending = pending(instance("killed"));
    TestLeases.expire(url, "killed");

    List<Inquiry<Payment>> taken =
        await(unresolvedTransfers.take(TestOrders.demands(10, ACCOUNTS), LEASE));

    assertThat(taken).hasSize(1);
    Payment payment = taken.get(0).transfer();
    assertThat(payment.id()).isEqualTo(pending.id());
    assertThat(payment.status()).isEqualTo(PaymentStatus.UNKNOWN);
    assertThat(payment.unknownOutcome().orElseThrow().duration())
        .as("the gateway's timeout: the payment was created long ago")
        .isEqualTo(ACCOUNTS.get(0).timeout());
    assertThat(await(ledger.find(pending.id()))).contains(payment);
  }

  @Test
  void take_pendingLessThanTheTimeout_hasItsDuration() {
    pending(instance("killed"));
    TestLeases.expire(url, "killed");
    List<GatewayAccount> slow =
        List.of(
            new GatewayAccount(
                "stripe", TestOrders.account("stripe"), Duration.ofDays(36_500), true));

    Payment payment =
        await(unresolvedTransfers.take(TestOrders.demands(10, slow), LEASE)).get(0).transfer();

    assertThat(payment.unknownOutcome().orElseThrow().duration())
        .isEqualTo(Duration.between(payment.createdAt(), payment.unknownOutcome().get().since()));
  }

  /** The gateway of the same name here is another one, and would have no evidence. */
  @Test
  void take_anotherAccount_isNotTaken() {
    unknown();
    pending(instance("killed"));
    TestLeases.expire(url, "killed");
    List<GatewayAccount> other =
        List.of(
            new GatewayAccount("stripe", "another_account", Duration.ofSeconds(15), true),
            new GatewayAccount(
                "paypal", TestOrders.account("stripe"), Duration.ofSeconds(15), true));

    assertThat(await(unresolvedTransfers.take(TestOrders.demands(10, other), LEASE))).isEmpty();
    assertThat(await(unresolvedTransfers.take(TestOrders.demands(10, List.of()), LEASE))).isEmpty();
    assertThat(TestPostgres.query(url, "select status from payments where unknown_since is null"))
        .as("unchanged")
        .containsExactly(List.of("pending"));
    assertThat(await(unresolvedTransfers.take(TestOrders.demands(10, ACCOUNTS), LEASE))).hasSize(2);
  }

  @Test
  void take_withoutAccount_isTakenByEachInstanceWithTheGateway() {
    Payment pending = TestOrders.order().pending().withAccount(null);
    await(instance("killed").insert(pending));
    TestLeases.expire(url, "killed");
    List<GatewayAccount> notStated =
        List.of(new GatewayAccount("stripe", null, Duration.ofSeconds(15), false));

    assertThat(
            await(
                unresolvedTransfers.take(
                    TestOrders.demands(10, TestOrders.accounts("paypal")), LEASE)))
        .isEmpty();
    assertThat(await(unresolvedTransfers.take(TestOrders.demands(10, notStated), LEASE)))
        .extracting(inquiry -> inquiry.transfer().account())
        .containsExactly((String) null);
  }

  @Test
  void take_pendingOfEarlierEpoch_isMarkedUnknown() {
    Payment pending = pending(instance("restarted"));
    TestLeases.expire(url, "restarted");
    instance("restarted");

    assertThat(await(unresolvedTransfers.take(TestOrders.demands(10, ACCOUNTS), LEASE)))
        .extracting(inquiry -> inquiry.transfer().id())
        .containsExactly(pending.id());
  }

  private void assertNothingIsTaken() {
    assertThat(await(unresolvedTransfers.take(TestOrders.demands(10, ACCOUNTS), LEASE))).isEmpty();
  }

  private void assertBothAreTaken() {
    assertThat(await(unresolvedTransfers.take(TestOrders.demands(10, ACCOUNTS), LEASE))).hasSize(2);
  }

  private void change(String instance, String assignment) {
    TestPostgres.execute(
        url, "update instances set %s where instance_id = '%s'".formatted(assignment, instance));
  }

  /** Regression: another instance had counted the outcomes that a restored ledger lacked. */
  @Test
  void take_anotherInstanceHasNotComparedTheLedger_waitsUntilItHasOrDoesNotRun() {
    unknown();
    pending(instance("killed"));
    TestLeases.expire(url, "killed");
    instance("other");

    for (String assignment :
        List.of(
            "compared_timeline = null",
            "compared_timeline = '0000000F'",
            "lease_until = clock_timestamp() - interval '50 seconds'")) {
      change("other", assignment);
      assertNothingIsTaken();
    }
    assertThat(TestPostgres.query(url, "select status from payments where unknown_since is null"))
        .as("unchanged")
        .containsExactly(List.of("pending"));

    change("other", "lease_until = clock_timestamp() - interval '2 minutes'");
    assertBothAreTaken();
  }

  @Test
  void take_itselfHasNotComparedTheLedger_takesNothing() {
    unknown();
    pending(instance("killed"));
    TestLeases.expire(url, "killed");
    for (String assignment : List.of("compared_timeline = null", "lease_until = now()")) {
      change("alive", assignment);
      assertNothingIsTaken();
      change("alive", "compared_timeline = '00000001', lease_until = 'infinity'");
    }
    change("alive", "epoch = epoch + 1");
    assertNothingIsTaken();
    change("alive", "epoch = epoch - 1");

    assertBothAreTaken();
  }

  /** An instance that runs may not have reached the restored ledger yet. */
  @Test
  void take_lessThanAMinuteAfterAMove_waitsForInstancesThatHaveNotRenewedSinceThen() {
    unknown();
    pending(instance("killed"));
    TestLeases.expire(url, "killed");
    change("alive", "moved_at = clock_timestamp() - interval '30 seconds'");
    change("killed", "lease_until = clock_timestamp() - interval '1 day'");
    assertNothingIsTaken();

    change("killed", "lease_until = clock_timestamp() - interval '1 second'");
    assertBothAreTaken();

    unknown();
    unknown();
    change("killed", "lease_until = clock_timestamp() - interval '1 day'");
    change("alive", "moved_at = clock_timestamp() - interval '61 seconds'");
    assertBothAreTaken();
  }

  @Test
  void take_unknown_isTakenAgainOnlyWhenDue() {
    Payment unknown = unknown();

    assertThat(await(unresolvedTransfers.take(TestOrders.demands(10, ACCOUNTS), LEASE)))
        .containsExactly(new Inquiry(unknown, 1));
    assertThat(await(unresolvedTransfers.take(TestOrders.demands(10, ACCOUNTS), LEASE))).isEmpty();

    await(unresolvedTransfers.postpone(unknown.id(), Duration.ZERO));
    assertThat(await(unresolvedTransfers.take(TestOrders.demands(10, ACCOUNTS), LEASE)))
        .containsExactly(new Inquiry(unknown, 2));
    await(unresolvedTransfers.postpone(unknown.id(), Duration.ofHours(1)));
    assertThat(await(unresolvedTransfers.take(TestOrders.demands(10, ACCOUNTS), LEASE))).isEmpty();
  }

  @Test
  void take_excludedGateway_takesOnlyOthers() {
    unknown(TestOrders.order().gateway("slow"));
    Payment other = unknown(TestOrders.order().gateway("quick"));

    assertThat(
            await(
                unresolvedTransfers.take(
                    TestOrders.demands(10, TestOrders.accounts("quick")), LEASE)))
        .containsExactly(new Inquiry(other, 1));
    assertThat(
            await(
                unresolvedTransfers.take(
                    TestOrders.demands(10, TestOrders.accounts("slow")), LEASE)))
        .hasSize(1);
  }

  /** Regression: without "skip locked" and the lease, transfers were taken several times. */
  @Test
  void take_concurrently_takesEachOnce() {
    Set<UUID> all =
        IntStream.range(0, 40).mapToObj(i -> unknown().id()).collect(Collectors.toSet());

    List<Future<List<Inquiry<Payment>>>> takes = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      takes.add(unresolvedTransfers.take(TestOrders.demands(7, ACCOUNTS), LEASE));
    }
    List<UUID> taken =
        takes.stream()
            .flatMap(take -> await(take).stream())
            .map(inquiry -> inquiry.transfer().id())
            .collect(Collectors.toList());
    await(unresolvedTransfers.take(TestOrders.demands(40, ACCOUNTS), LEASE))
        .forEach(rest -> taken.add(rest.transfer().id()));

    assertThat(taken).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(all);
  }

  /**
   * Regression: entries of settled rows stayed in the index at no time of an inquiry, and each call
   * read all of them while a transaction of another client kept the server from removing them.
   */
  @Test
  void take_transactionOfAnotherClientIsOpen_doesNotReadSettledRows() throws SQLException {
    TestPostgres.execute(url, "update instances set lease_until = 'infinity'");
    ManualClock clock = new ManualClock();
    Pool single = Database.at(url).createPool(vertx, Database.AUDIT_POOL, 1, LEASE);
    StatementExecutor executor = new StatementExecutor(single, LEASE);
    UnresolvedTransfers<Payment> transfers =
        PostgresUnresolvedTransfers.ofPayments(executor, identity, clock);
    try (Connection other = TestPostgres.connect(url)) {
      other.setAutoCommit(false);
      other.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      other.createStatement().execute("select count(*) from payments");
      List<Payment> settled = settleMany(1000);
      Payment due = unknown();
      await(transfers.take(TestOrders.demands(10, ACCOUNTS), LEASE));
      clock.advance(Duration.ofSeconds(1)); // The searches for pending rows are due again.
      await(transfers.take(TestOrders.demands(10, ACCOUNTS), LEASE));

      endOtherSessions(executor, other);
      long before = entriesRead(executor);
      for (int call = 0; call < 10; call++) {
        await(transfers.postpone(due.id(), Duration.ZERO));
        assertThat(await(transfers.take(TestOrders.demands(10, ACCOUNTS), LEASE))).hasSize(1);
      }

      assertThat(settled).hasSize(1000);
      assertThat(entriesRead(executor) - before).isLessThan(500);
    }
    await(single.close());
  }

  /** Settles payments, each of which was pending, and then unknown for an hour. */
  private List<Payment> settleMany(int count) {
    List<Payment> pending = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      pending.add(TestOrders.order().pending());
    }
    awaitAll(pending, ledger::insert);
    TestPostgres.execute(
        url,
        "update payments set status = 'unknown', unknown_since = now(), duration_us = 1,"
            + " next_inquiry = now() - interval '1 hour'");
    awaitAll(
        pending,
        payment ->
            ledger.settle(
                TestOrders.settled(
                    TestOrders.markedUnknown(payment),
                    Duration.ofSeconds(1),
                    TestOrders.CREATED_AT.plusSeconds(60))));
    return pending;
  }

  private static void awaitAll(List<Payment> payments, Function<Payment, Future<?>> step) {
    await(Future.all(payments.stream().map(step).toList()));
  }

  /** Ends the sessions that settled payments: they may report late what they have read. */
  private static void endOtherSessions(StatementExecutor executor, Connection except)
      throws SQLException {
    await(
        executor.run(
            "select pg_terminate_backend(pid, 10000) from pg_stat_activity"
                + " where datname = current_database() and backend_type = 'client backend'"
                + " and pid not in (pg_backend_pid(), $1)",
            Tuple.of(except.unwrap(PGConnection.class).getBackendPID())));
  }

  /** Returns the number of entries of the indexes on payments that the pool's session has read. */
  private long entriesRead(StatementExecutor executor) {
    await(executor.run("select pg_stat_force_next_flush()", Tuple.tuple()));
    await(executor.run("select 1", Tuple.tuple()));
    String read =
        TestPostgres.query(
                url,
                "select sum(idx_tup_read) from pg_stat_user_indexes where relname = 'payments'")
            .get(0)
            .get(0);
    return Long.parseLong(read);
  }

  @Test
  void unknown_severalPayments_areSummedByGateway() {
    Payment first = unknown(TestOrders.order().of("10.00", "USD"));
    unknown(TestOrders.order().of("2.50", "USD"));
    unknown(TestOrders.order().of("1.00", "USD").gateway("paypal"));
    pending(ledger);
    Payment ended = unknown();
    await(
        ledger.settle(
            TestOrders.settled(
                ended, Duration.ofSeconds(1), TestOrders.CREATED_AT.plusSeconds(60))));

    assertThat(await(unresolvedTransfers.unknownByGateway()))
        .containsExactlyInAnyOrder(
            new UnresolvedTransfers.UnknownTotal(
                "stripe", 2, first.unknownOutcome().orElseThrow().since(), new BigDecimal("12.50")),
            new UnresolvedTransfers.UnknownTotal(
                "paypal", 1, first.unknownOutcome().orElseThrow().since(), new BigDecimal("1.00")));
  }

  @Test
  void insert_keyOfDeadProcess_isNotInFlight() {
    IdempotencyKey key = new IdempotencyKey("", "r", "k", "aa");
    Payment pending = TestOrders.order().pending();
    PostgresPaymentLedger killed = instance("killed");
    await(killed.insert(pending, key));
    assertThat(await(ledger.insert(TestOrders.order().pending(), key)).orElseThrow().inFlight())
        .isTrue();

    TestLeases.expire(url, "killed");

    assertThat(await(ledger.insert(TestOrders.order().pending(), key)).orElseThrow())
        .satisfies(idempotencyRecord -> assertThat(idempotencyRecord.inFlight()).isFalse())
        .satisfies(idempotencyRecord -> assertThat(idempotencyRecord.transfer()).contains(pending));
  }

  @Test
  void insert_sameKeyConcurrently_insertsOne() {
    PostgresPaymentLedger other = instance("other");
    IdempotencyKey key = new IdempotencyKey("", "r", "many", "aa");

    List<Future<Optional<IdempotencyRecord<Payment>>>> inserts = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      inserts.add((i % 2 == 0 ? ledger : other).insert(TestOrders.order().pending(), key));
    }

    assertThat(inserts.stream().filter(insert -> await(insert).isEmpty())).hasSize(1);
    assertThat(TestPostgres.query(url, "select count(*) from payments"))
        .containsExactly(List.of("1"));
  }

  @Test
  void cancelInserts_pending_deletesOnlyThemAndTheirKeys() {
    IdempotencyKey key = new IdempotencyKey("", "r", "rejected", "aa");
    Payment rejected = TestOrders.order().pending();
    await(ledger.insert(rejected, key));
    Payment withoutKey = pending(ledger);
    Payment unknown = unknown();
    Payment other = pending(ledger);

    int deleted =
        await(
            cleanupStore.cancelInserts(
                List.of(
                    new UnconfirmedInsert(rejected.id(), Optional.of(key)),
                    new UnconfirmedInsert(withoutKey.id(), Optional.empty()),
                    new UnconfirmedInsert(unknown.id(), Optional.empty()),
                    new UnconfirmedInsert(UUID.randomUUID(), Optional.of(key)))));

    assertThat(deleted).isEqualTo(2);
    assertThat(await(ledger.find(rejected.id()))).isEmpty();
    assertThat(await(ledger.find(withoutKey.id()))).isEmpty();
    assertThat(await(ledger.find(unknown.id()))).isPresent();
    assertThat(await(ledger.find(other.id()))).isPresent();
    assertThat(await(ledger.insert(TestOrders.order().pending(), key)))
        .as("the key is free")
        .isEmpty();
  }

  @Test
  void cancelInserts_keyOfAnotherPayment_isKept() {
    IdempotencyKey key = new IdempotencyKey("", "r", "taken", "aa");
    Payment rejected = pending(ledger);
    await(ledger.insert(TestOrders.order().pending(), key));

    await(
        cleanupStore.cancelInserts(
            List.of(new UnconfirmedInsert(rejected.id(), Optional.of(key)))));

    assertThat(await(ledger.insert(TestOrders.order().pending(), key))).isPresent();
  }

  @Test
  void expireKeys_oldKeysOfSettledPayments_areDeletedInBatches() {
    for (int i = 0; i < 5; i++) {
      Payment ended = TestOrders.order().succeeded();
      await(ledger.insert(TestOrders.pendingOf(ended), new IdempotencyKey("", "r", "k" + i, "aa")));
      await(ledger.settle(ended));
    }
    await(ledger.insert(TestOrders.order().pending(), new IdempotencyKey("", "r", "open", "aa")));
    Duration day = Duration.ofHours(24);
    assertThat(await(cleanupStore.deleteExpiredKeys(day, 10))).isZero();
    TestPostgres.execute(
        url,
        "update idempotency_keys set created_at = created_at - interval '24 hours'"
            + " where key <> 'k4'");

    assertThat(await(cleanupStore.deleteExpiredKeys(day, 3))).isEqualTo(3);
    assertThat(await(cleanupStore.deleteExpiredKeys(day, 3))).isEqualTo(1);
    assertThat(await(cleanupStore.deleteExpiredKeys(day, 3))).isZero();
    assertThat(TestPostgres.query(url, "select key from idempotency_keys order by key"))
        .containsExactly(List.of("k4"), List.of("open"));
  }
}
