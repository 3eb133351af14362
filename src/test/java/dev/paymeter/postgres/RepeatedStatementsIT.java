package dev.paymeter.postgres;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.postgres.server.Database;
import dev.paymeter.support.ledger.TestLeases;
import dev.paymeter.support.ledger.TestPostgres;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnection;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Costs of statements that are repeated all the time, in a ledger with many payments that the
 * server has no statistics about, and with plans from when it was empty.
 */
class RepeatedStatementsIT {
  private static final Duration PATIENT = Duration.ofSeconds(60);
  private static final int ROWS = 20_000;
  private static final int MAX_PAGES = 100;
  private static final Pattern PAGES =
      Pattern.compile("Buffers: shared hit=(\\d+)(?: read=(\\d+))?");

  /** As the service does: inserted as pending, then settled. */
  private static final List<String> PAYMENTS =
      List.of(
          """
          insert into payments (id, status, order_id, user_id, amount, currency, amount_usd,
            fx_rate, fx_date, user_tier, payment_method, gateway, created_at, inserted_by,
            inserted_epoch)
          select gen_random_uuid(), 'pending', 'o', 'u', 1, 'USD', 1, 1, current_date, 'basic',
            'credit_card', 'stripe', now(), 'instance', 1
          from generate_series(1, %d)
          """
              .formatted(ROWS),
          """
          update payments set status = 'success', duration_us = 1, settled_at = now(),
            instance_id = 'instance', epoch = 1, segment = 1
          """);

  private static final Vertx vertx = Vertx.vertx();
  private static Pool pool;
  private static SqlConnection connection;

  @BeforeAll
  static void settlePayments() {
    String url = TestPostgres.newDatabase();
    pool = Database.at(url).createPool(vertx, Database.AUDIT_POOL, 1, PATIENT);
    TestLeases.acquire(new StatementExecutor(pool, PATIENT), "instance");
    for (String table : List.of("payments", "instances")) {
      TestPostgres.execute(url, "alter table " + table + " set (autovacuum_enabled = off)");
    }
    connection = await(pool.getConnection());
    for (Statement each : Statement.values()) {
      run("prepare %s as %s".formatted(each, each.sql));
      run("execute %s%s".formatted(each, each.parameters));
    }
    PAYMENTS.forEach(sql -> TestPostgres.execute(url, sql));
  }

  @AfterAll
  static void close() {
    await(connection.close());
    await(pool.close());
    await(vertx.close());
  }

  private enum Statement {
    LOOK_BACK_STATE(PostgresLookBackStore.STATE, ""),
    MISSING_ACCOUNTS(PostgresAccountRegistry.MISSING, "(10, 'other')");

    private final String sql;
    private final String parameters;

    Statement(String sql, String parameters) {
      this.sql = sql;
      this.parameters = parameters;
    }
  }

  private static List<String> run(String sql) {
    List<String> lines = new ArrayList<>();
    await(connection.query(sql).execute())
        .forEach(row -> lines.add(String.valueOf(row.getValue(0))));
    return lines;
  }

  /**
   * Regression: both statements read all rows of the last minutes. With twenty thousand payments,
   * they took as long as the payments themselves.
   */
  @ParameterizedTest
  @CsvSource({"LOOK_BACK_STATE", "MISSING_ACCOUNTS"})
  void statement_manySettledPayments_readsFewPages(Statement statement) {
    List<String> plan =
        run("explain (analyze, buffers) execute " + statement + statement.parameters);

    Matcher pages = PAGES.matcher(String.join("\n", plan));
    assertThat(pages.find()).isTrue();
    String read = pages.group(2);
    assertThat(Integer.parseInt(pages.group(1)) + (read == null ? 0 : Integer.parseInt(read)))
        .as(String.join("\n", plan))
        .isLessThan(MAX_PAGES);
  }

  /**
   * Regression: the trigger compared each updated payment with each other one of its batch, a fifth
   * of the database's time under load.
   */
  @Test
  void update_batchOfPayments_comparesEachOnlyWithItsEarlierState() {
    List<String> plans = new ArrayList<>();
    PgConnection.cast(connection).noticeHandler(notice -> plans.add(notice.getMessage()));
    run("load 'auto_explain'");
    for (String setting :
        List.of(
            "auto_explain.log_min_duration = 0",
            "auto_explain.log_nested_statements = on",
            "auto_explain.log_analyze = on",
            "client_min_messages = log")) {
      run("set " + setting);
    }

    run(update(1)); // The session keeps the plan of this update.
    run(update(100));

    assertThat(plans)
        .filteredOn(plan -> plan.contains("old_rows"))
        .hasSize(2)
        .noneMatch(plan -> plan.contains("Rows Removed by Join Filter"));
  }

  private static String update(int payments) {
    return "update payments set refund_reserved = 1, refunded = 1 where id in"
        + " (select id from payments where refunded = 0 limit %d)".formatted(payments);
  }

  /**
   * Regression: up to PostgreSQL 17, each statement that reads all of a small table was compiled,
   * which takes 50 ms.
   */
  @Test
  void statements_areNotCompiled() {
    assertThat(run("show jit")).containsExactly("off");
  }
}
