package dev.paymeter.postgres;

import static dev.paymeter.support.Await.await;
import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paymeter.audit.AuditStore;
import dev.paymeter.audit.AuditStoreContract;
import dev.paymeter.audit.IdentityInUseException;
import dev.paymeter.audit.LedgerPosition;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.port.LedgerUnavailableException;
import dev.paymeter.payment.port.PaymentLedger;
import dev.paymeter.payment.port.Scheduler;
import dev.paymeter.postgres.server.Database;
import dev.paymeter.report.ReportLedger;
import dev.paymeter.support.ledger.TestLeases;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.payment.ManualScheduler;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Transaction;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PostgresAuditStoreIT extends AuditStoreContract {
  private static final Duration PATIENT = Duration.ofSeconds(30);
  private static final Scheduler AT_ONCE = ManualScheduler.by(length -> Future.succeededFuture());

  private static final Vertx vertx = Vertx.vertx();
  private static String url;
  private static Pool pool;

  private final String instance = "instance-" + UUID.randomUUID();

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

  @Override
  public AuditStore books(String holder) {
    return books(holder, AT_ONCE);
  }

  private PostgresAuditStore books(String holder, Scheduler scheduler) {
    return new PostgresAuditStore(
        new StatementExecutor(pool, PATIENT),
        scheduler,
        instance,
        holder,
        AMOUNT_BOUNDS,
        DURATION_BOUNDS);
  }

  @Override
  public PaymentLedger ledger(int epoch) {
    TestPostgres.execute(
        url,
        "update instances set compared_timeline = '00000001' where instance_id = '%s'"
            .formatted(instance));
    return new PostgresPaymentLedger(
        new StatementExecutor(pool, PATIENT), new LedgerIdentity(instance, epoch));
  }

  @Override
  public ReportLedger reports(int epoch) {
    return new PostgresReportLedger(
        new StatementExecutor(pool, PATIENT), new LedgerIdentity(instance, epoch));
  }

  @Override
  public void endLease() {
    moveLease("-1 hour");
  }

  private void moveLease(String by) {
    TestPostgres.execute(
        url,
        "update instances set lease_until = clock_timestamp() + interval '%s' where instance_id = '%s'"
            .formatted(by, instance));
  }

  /** Inserts are accepted only where the ledger was compared with what the instance counted. */
  @Test
  void renew_storesTheComparedTimeline_unlessTheLedgerWentBack() {
    AuditStore auditStore = books("instance");
    AuditStore.AcquiredLease lease = await(auditStore.acquire());
    LedgerPosition acquired = lease.position();
    assertThat(row("compared_timeline")).as("not compared yet").isNull();
    await(auditStore.renew(LedgerPosition.STARTING));
    assertThat(row("compared_timeline")).isNull();

    TestLeases.resume(new StatementExecutor(pool, PATIENT), instance, lease);
    assertThat(row("compared_timeline")).isEqualTo(acquired.timeline());

    await(auditStore.renew(LedgerPosition.STARTING)); // Sent before the process has started.
    assertThat(row("compared_timeline")).isEqualTo(acquired.timeline());
    LedgerPosition renewed = await(auditStore.renew(acquired));
    assertThat(row("compared_timeline")).isEqualTo(acquired.timeline());
    assertThat(row("moved_at")).isNull();

    await(auditStore.renew(LedgerPosition.NONE));
    assertThat(row("compared_timeline")).isNull();
    String movedAt = row("moved_at");
    assertThat(movedAt).isNotNull();

    TestPostgres.execute(url, "update instances set renewals = renewals - 2");
    await(auditStore.renew(renewed));
    assertThat(row("compared_timeline")).isNull();
    assertThat(row("moved_at")).as("when it was found first").isEqualTo(movedAt);
  }

  /** A process that ended on another server has not compared this one. */
  @Test
  void acquire_onAnotherTimelineThanBefore_hasMoved() {
    AuditStore.AcquiredLease first = await(books("first").acquire());
    TestLeases.resume(new StatementExecutor(pool, PATIENT), instance, first);
    TestLeases.expire(url, instance);
    AuditStore.AcquiredLease second = await(books("second").acquire());
    assertThat(row("moved_at")).isNull();
    TestLeases.resume(new StatementExecutor(pool, PATIENT), instance, second);
    TestPostgres.execute(
        url,
        "update instances set compared_timeline = '0000000F' where instance_id = '%s'"
            .formatted(instance));
    TestLeases.expire(url, instance);

    await(books("third").acquire());

    assertThat(row("moved_at")).isNotNull();
    assertThat(row("compared_timeline")).isNull();
  }

  private String row(String column) {
    return TestPostgres.query(
            url, "select %s from instances where instance_id = '%s'".formatted(column, instance))
        .get(0)
        .get(0);
  }

  /** Regression: the next checkpoint overlapped the one whose acknowledgement was lost. */
  @Test
  void checkpoint_afterALostAcknowledgement_leavesNoGapAndNoOverlap() {
    PostgresAuditStore auditStore =
        new PostgresAuditStore(
            new StatementExecutor(pool, Duration.ofMillis(300)),
            AT_ONCE,
            instance,
            "holder",
            AMOUNT_BOUNDS,
            DURATION_BOUNDS);
    await(auditStore.acquire());
    LedgerPosition position = renew(auditStore);
    await(auditStore.checkpoint(1, "{}", new AuditStore.Sum(6000, 1), position));
    SqlConnection blocking = await(pool.getConnection());
    Transaction open = await(blocking.begin());
    await(blocking.query("lock table closed_segments in exclusive mode").execute());

    assertThatThrownBy(
            () -> await(auditStore.checkpoint(2, "{}", new AuditStore.Sum(6000, 20), position)))
        .hasRootCauseInstanceOf(TimeoutException.class);
    await(open.commit());
    await(blocking.close());
    eventually(() -> assertThat(closedSegments()).hasSize(2));
    await(auditStore.checkpoint(4, "{}", new AuditStore.Sum(6050, 320), position));
    await(auditStore.checkpoint(5, "{}", new AuditStore.Sum(7, 4000), position));

    assertThat(closedSegments())
        .containsExactly(
            List.of("1", "1", "6000", "1"),
            List.of("2", "2", "6000", "20"),
            List.of("3", "5", "57", "4300"));
  }

  private List<List<String>> closedSegments() {
    return TestPostgres.query(
        url,
        "select from_segment, segment, rows, cents from closed_segments where instance_id = '"
            + instance
            + "' order by from_segment");
  }

  /** Regression: the store waited for a lease that was renewed. */
  @Test
  void acquire_renewedLease_isRejectedNamingTheHolder() {
    AuditStore holder = books("host-a:17");
    await(holder.acquire());
    moveLease("1 second");
    PostgresAuditStore second =
        books(
            "host-b:18", ManualScheduler.by(pause -> holder.renew(LedgerPosition.NONE).mapEmpty()));

    assertThatThrownBy(() -> await(second.acquire()))
        .isInstanceOf(IdentityInUseException.class)
        .hasMessageContaining(instance)
        .hasMessageContaining("host-a:17");

    renew(holder);
  }

  @Test
  void acquire_leaseOfSilentHolder_waitsUntilItExpires() {
    await(books("first").acquire());
    AtomicInteger pauses = new AtomicInteger();
    PostgresAuditStore second =
        books(
            "second",
            ManualScheduler.by(
                pause -> {
                  moveLease(4 - pauses.incrementAndGet() + " seconds");
                  return Future.succeededFuture();
                }));

    assertThat(await(second.acquire()).epoch()).isEqualTo(2);
    assertThat(pauses).hasValueBetween(3, 4);
  }

  @Test
  void acquire_expiredLeaseConcurrently_oneTakesOverAndTheOtherWaits() {
    await(books("first").acquire());
    endLease();
    Promise<Void> waits = Promise.promise();
    Scheduler endless =
        ManualScheduler.by(
            pause -> {
              waits.tryComplete();
              return Promise.<Void>promise().future();
            });

    Future<AuditStore.AcquiredLease> one = books("one", endless).acquire();
    Future<AuditStore.AcquiredLease> other = books("other", endless).acquire();

    await(Future.any(one, other));
    await(waits.future());
    assertThat(Stream.of(one, other).filter(Future::succeeded))
        .extracting(acquired -> acquired.result().epoch())
        .containsExactly(2);
  }

  /**
   * A statement that a dead process had begun may still be committed. Regression: scrapes of its
   * successor lacked the rows.
   */
  @Test
  void awaitEarlierProcesses_statementBegunBeforeTakeover_waitsForItsEnd() {
    await(books("first").acquire());
    Payment settled = TestOrders.order().of("5", "USD").segment(3).succeeded();
    await(ledger(1).insert(TestOrders.pendingOf(settled)));
    SqlConnection dying = await(pool.getConnection());
    Transaction open = await(dying.begin());
    assertThat(
            await(
                    dying
                        .preparedQuery(SettlementUpdates.SETTLE)
                        .execute(
                            SettlementUpdates.parameters(
                                List.of(settled), new LedgerIdentity(instance, 1))))
                .rowCount())
        .isEqualTo(1);
    endLease();
    ManualScheduler polls = new ManualScheduler();
    AuditStore second = books("second", polls);
    await(second.acquire());
    Future<Void> ended = second.awaitEarlierProcesses();
    eventually(() -> assertThat(polls.waiting()).isEqualTo(1));
    polls.pass();
    eventually(() -> assertThat(polls.waiting()).isEqualTo(1));
    assertThat(ended.isComplete()).isFalse();

    await(open.commit());
    await(dying.close());
    polls.pass();

    await(ended);
    assertThat(await(second.earlier()).payments())
        .extracting(AuditStore.PaymentTotal::cents)
        .containsExactly(500L);
  }

  /** The server ends each statement of Paymeter earlier; a session of an operator may stay open. */
  @Test
  void awaitEarlierProcesses_transactionThatStaysOpen_waitsNoLongerThanAStatementMayTake() {
    await(books("first").acquire());
    SqlConnection operator = await(pool.getConnection());
    Transaction open = await(operator.begin());
    await(operator.query("update payments set user_id = user_id where false").execute());
    AtomicInteger pauses = new AtomicInteger();
    AuditStore second =
        books(
            "second",
            ManualScheduler.by(
                length -> {
                  pauses.addAndGet((int) length.toMillis());
                  return Future.succeededFuture();
                }));

    await(second.awaitEarlierProcesses());

    assertThat(pauses.get()).isBetween(15_000, 15_100);
    await(open.rollback());
    await(operator.close());
  }

  /** Regression: the statement did not check the epoch. */
  @Test
  void settle_transactionBegunBeforeTakeover_isRejectedAfterIt() {
    await(books("first").acquire());
    Payment settled = TestOrders.order().of("5", "USD").succeeded();
    await(ledger(1).insert(TestOrders.pendingOf(settled)));
    SqlConnection late = await(pool.getConnection());
    Transaction open = await(late.begin());
    await(late.query("select from payments").execute());
    endLease();
    await(books("second").acquire());

    assertThat(
            await(
                    late.preparedQuery(SettlementUpdates.SETTLE)
                        .execute(
                            SettlementUpdates.parameters(
                                List.of(settled), new LedgerIdentity(instance, 1))))
                .rowCount())
        .isZero();
    await(open.rollback());
    await(late.close());
  }

  /**
   * The audit reads the rows of about one second each second, and a start those of some seconds,
   * however large the ledger is. Regression: the planner considered only the epochs and read the
   * whole table.
   */
  @ParameterizedTest
  @CsvSource({
    "ENTRIES, force_custom_plan",
    "ENTRIES, force_generic_plan",
    "EVENT_ENTRIES, force_custom_plan",
    "EVENT_ENTRIES, force_generic_plan"
  })
  void entries_fewSegmentsOfManyRows_areReadByIndex(Query query, String planning) {
    if (TestPostgres.query(url, "select from payments where instance_id = 'many' limit 1")
        .isEmpty()) {
      TestPostgres.execute(url, MANY_ROWS);
    }
    String sql =
        query == Query.ENTRIES
            ? SettledTotalsQuery.PAYMENT_TOTALS
            : SettledTotalsQuery.EVENT_TOTALS;
    String bounds = query == Query.ENTRIES ? "'{1}', '{1}', 1000" : "'{1}'";
    String segments = "'%s', %s, " + bounds;

    SqlConnection connection = await(pool.getConnection());
    await(connection.query("set plan_cache_mode = " + planning).execute());
    await(connection.query("prepare few as " + sql).execute());
    for (String few : List.of("1, 990, 1, 991", "1, 990, 1, 2147483647", "1, 990, 2, 2147483647")) {
      String values = segments.formatted("many", few);
      List<String> plan = new ArrayList<>();
      await(connection.query("explain execute few(" + values + ")").execute())
          .forEach(line -> plan.add(line.getString(0)));

      assertThat(plan.toString()).contains("_by_segment").doesNotContain("Seq Scan");
    }
    await(connection.query("deallocate few").execute());
    await(connection.query("reset plan_cache_mode").execute());
    await(connection.close());
  }

  private enum Query {
    ENTRIES,
    EVENT_ENTRIES
  }

  private static final String MANY_ROWS =
      """
      insert into payments (id, status, order_id, user_id, amount, currency, amount_usd, fx_rate,
        fx_date, user_tier, payment_method, gateway, created_at, duration_us, settled_at,
        instance_id, epoch, segment)
      select gen_random_uuid(), 'success', 'o', 'u', 1, 'USD', 1, 1, current_date, 'basic',
        'credit_card', 'stripe', now(), 1, now(), 'many', 1, n / 25
      from generate_series(1, 25000) n;
      insert into business_events
      select 'shop', gen_random_uuid(), 'order', 'order', 1, 'USD', 1, 1, current_date, now(),
        gen_random_uuid(), 'many', 1, n / 25
      from generate_series(1, 25000) n;
      analyze payments;
      analyze business_events
      """;

  /** A statement must not be committed after the last audit of a takeover. */
  @Test
  void statements_onTheServer_endBeforeTheLastAudit() {
    assertThat(
            await(
                    pool.query(
                            "select setting::int from pg_settings where name = 'statement_timeout'")
                        .execute())
                .iterator()
                .next()
                .getInteger(0))
        .isEqualTo((int) Database.STATEMENT_TIMEOUT.toMillis());
  }

  @Test
  void acquire_serverUnreachable_isUnavailable() {
    Pool nowhere =
        Database.at("postgresql://user:secret@127.0.0.1:1/nowhere")
            .createPool(vertx, Database.MAIN_POOL, 1, Duration.ofMillis(200));
    AuditStore unreachable =
        new PostgresAuditStore(
            new StatementExecutor(nowhere, Duration.ofMillis(200)),
            AT_ONCE,
            instance,
            "a test",
            AMOUNT_BOUNDS,
            DURATION_BOUNDS);

    assertThatThrownBy(() -> await(unreachable.acquire()))
        .isInstanceOf(LedgerUnavailableException.class);
    assertThatThrownBy(() -> renew(unreachable)).isInstanceOf(LedgerUnavailableException.class);
    assertThatThrownBy(() -> await(unreachable.earlier()))
        .isInstanceOf(LedgerUnavailableException.class);
    await(nowhere.close());
  }
}
