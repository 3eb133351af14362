package dev.paymeter.postgres;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.audit.AuditStoreContract;
import dev.paymeter.audit.ProofStore.Instance;
import dev.paymeter.audit.ProofStore.SettledRow;
import dev.paymeter.metrics.AuditedPipelineMetrics;
import dev.paymeter.metrics.audited.LedgerValues;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.port.LedgerCut;
import dev.paymeter.payment.port.PaymentLedger;
import dev.paymeter.postgres.server.Database;
import dev.paymeter.support.ledger.TestLeases;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.payment.ManualScheduler;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class PostgresProofStoreIT {
  private static final String INSTANCE = "proved";
  private static final Duration PATIENT = Duration.ofSeconds(30);
  private static final int SEGMENTS = 6;
  private static final LedgerCut LAST = new LedgerCut(2, SEGMENTS);

  /** A sample of each family, and of each part of a histogram. */
  private static final Map<String, Map<String, String>> SAMPLES =
      Map.of(
          "payment_requests_total",
              Map.of("status", "success", "gateway", "stripe", "user_tier", "standard"),
          "payment_duration_seconds_sum",
              Map.of("gateway", "stripe", "payment_method", "credit_card"),
          "payment_amount_usd_sum", Map.of("currency", "USD", "user_tier", "standard"),
          "payment_amount_usd_bucket",
              Map.of("currency", "USD", "user_tier", "standard", "le", "10.0"),
          "business_events_usd_count", Map.of("event", "order"),
          "business_events_usd_sum", Map.of("event", "order"),
          "errors_total",
              Map.of("service", "cart", "error_type", "CartException", "severity", "high"));

  private static final Vertx vertx = Vertx.vertx();
  private static Pool pool;
  private static String url;

  /** Rows of two processes, some in each segment. */
  @BeforeAll
  static void createRows() {
    url = TestPostgres.newDatabase();
    pool = Database.at(url).createPool(vertx, Database.MAIN_POOL, 4, PATIENT);
    for (int epoch = 1; epoch <= 2; epoch++) {
      StatementExecutor statements = new StatementExecutor(pool, PATIENT);
      PostgresAuditStore auditStore =
          new PostgresAuditStore(
              statements,
              ManualScheduler.by(pause -> Future.succeededFuture()),
              INSTANCE,
              "a test",
              AuditStoreContract.AMOUNT_BOUNDS,
              AuditStoreContract.DURATION_BOUNDS);
      PaymentLedger ledger =
          new PostgresPaymentLedger(
              statements, TestLeases.resume(statements, INSTANCE, await(auditStore.acquire())));
      for (int segment = 1; segment <= SEGMENTS; segment++) {
        for (int i = 0; i < segment; i++) {
          Payment payment =
              TestOrders.order()
                  .of(epoch + i * 3 + ".0" + segment, "USD")
                  .segment(segment)
                  .succeeded();
          await(ledger.insert(TestOrders.pendingOf(payment)));
          await(ledger.settle(payment));
        }
      }
      await(auditStore.release());
    }
    TestPostgres.execute(
        url,
        """
        insert into business_events (publisher, id, event, label, amount, currency, amount_usd,
          fx_rate, fx_date, recorded_at, receipt, instance_id, epoch, segment)
        select 'shop', i::text, 'order', 'order', i, 'USD', i, 1, date '2026-11-30', now(),
          gen_random_uuid(), 'proved', 1 + i % 2, 1 + i % 6
        from generate_series(1, 40) i;
        insert into reported_errors (publisher, id, service, error_type, severity, service_label,
          error_type_label, recorded_at, receipt, instance_id, epoch, segment)
        select 'shop', i::text, 'cart', 'CartException', 'high', 'cart', 'CartException', now(),
          gen_random_uuid(), 'proved', 1 + i % 2, 1 + i % 6
        from generate_series(1, 30) i;
        -- Rows that other instances recover after a loss are in the last segment.
        update business_events set epoch = 1, segment = 2147483647
        where id in ('2', '4') and instance_id = 'proved';
        """);
  }

  @AfterAll
  static void close() {
    await(pool.close());
    await(vertx.close());
  }

  /** Returns a store that reads few rows with a statement. */
  private static PostgresProofStore store(int page, int maxSummed) {
    return new PostgresProofStore(
        new StatementExecutor(pool, PATIENT),
        AuditedPipelineMetrics.amountBounds(),
        AuditedPipelineMetrics.durationBounds(),
        page,
        maxSummed);
  }

  private static List<SettledRow> rows(int page, LedgerCut after, LedgerCut upTo) {
    List<SettledRow> rows = new ArrayList<>();
    await(store(page, 1000).rows(INSTANCE, after, upTo, rows::add));
    return rows;
  }

  @Test
  void rows_all_areThoseOfTheTables() {
    List<SettledRow> rows = rows(1000, LedgerCut.ZERO, LAST);

    assertThat(rows).filteredOn(row -> row.kind() == SettledRow.Kind.PAYMENT).hasSize(42);
    assertThat(rows).filteredOn(row -> row.kind() == SettledRow.Kind.EVENT).hasSize(40);
    assertThat(rows).filteredOn(row -> row.kind() == SettledRow.Kind.ERROR).hasSize(30);
    assertThat(rows)
        .extracting(row -> row.kind().label() + " " + row.id())
        .contains("event shop/1")
        .doesNotHaveDuplicates();
  }

  @Test
  void rows_inSmallPages_areTheSame() {
    assertThat(rows(7, LedgerCut.ZERO, LAST)).isEqualTo(rows(1000, LedgerCut.ZERO, LAST));
    assertThat(rows(42, LedgerCut.ZERO, LAST)).isEqualTo(rows(1000, LedgerCut.ZERO, LAST));
  }

  /** Each pair of cuts, with statements that add up more and less than these rows. */
  @Test
  void totals_betweenAnyCuts_areTheSumOfTheRows() {
    List<LedgerCut> cuts = new ArrayList<>(List.of(LedgerCut.ZERO));
    for (int epoch = 1; epoch <= 2; epoch++) {
      for (int segment = 0; segment <= SEGMENTS; segment += 2) {
        cuts.add(new LedgerCut(epoch, segment));
      }
    }
    for (LedgerCut after : cuts) {
      for (LedgerCut upTo : cuts.subList(cuts.indexOf(after), cuts.size())) {
        List<SettledRow> rows = rows(1000, after, upTo);
        assertThat(rows)
            .extracting(SettledRow::position)
            .allMatch(position -> position.compareTo(after) > 0 && position.compareTo(upTo) <= 0);
        for (int maxSummed : List.of(1, 5, 1000)) {
          LedgerValues values = new LedgerValues();
          values.add(await(store(1000, maxSummed).totals(INSTANCE, after, upTo)));
          SAMPLES.forEach(
              (name, labels) ->
                  assertThat(values.value(name, labels))
                      .as("%s after %s up to %s, %s at once", name, after, upTo, maxSummed)
                      .isEqualByComparingTo(sum(rows, name, labels)));
        }
      }
    }
  }

  private static BigDecimal sum(List<SettledRow> rows, String name, Map<String, String> labels) {
    LedgerValues values = new LedgerValues();
    return rows.stream()
        .flatMap(row -> values.valueOf(row.totals(), name, labels).stream())
        .reduce(BigDecimal.ZERO, BigDecimal::add);
  }

  @Test
  void instance_ended_isNotRunning() {
    assertThat(await(store(1000, 1000).instance(INSTANCE)).orElseThrow())
        .extracting(Instance::epoch, Instance::isRunning, Instance::baseline)
        .containsExactly(2, false, null);
  }

  @Test
  void hasRowsBefore_firstRow_isTrueAfterIt() {
    Instant first = TestOrders.CREATED_AT.plus(TestOrders.DURATION);

    assertThat(await(store(1, 1).hasRowsBefore(INSTANCE, first))).isFalse();
    assertThat(await(store(1, 1).hasRowsBefore(INSTANCE, first.plusSeconds(1)))).isTrue();
    assertThat(await(store(1, 1).hasRowsBefore("other", first.plusSeconds(1)))).isFalse();
  }
}
