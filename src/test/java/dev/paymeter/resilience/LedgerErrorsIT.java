package dev.paymeter.resilience;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.Scrape;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.service.RunningService;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Payments while the database responds with errors that only an operator can end. */
class LedgerErrorsIT {
  private static final JsonObject EVENT =
      new JsonObject()
          .put("kind", "event")
          .put("publisher", "shop")
          .put("id", "order-7")
          .put("event", "order")
          .put("amount", "12.34");

  private final String admin = TestPostgres.newEmptyDatabase();
  private final String database = admin.substring(admin.lastIndexOf('/') + 1);
  private final String role = database + "_role";
  private final String server = admin.substring(0, admin.lastIndexOf('/') + 1) + "postgres";
  private RunningService service;

  /** Errors, each with the statements that cause and end it. */
  enum DatabaseError {
    WRONG_PASSWORD("alter role %2$s password 'another'", "alter role %2$s password 'secret'"),
    NO_LOGIN("alter role %2$s nologin", "alter role %2$s login"),
    CLOSED_DATABASE(
        "alter database %1$s allow_connections false",
        "alter database %1$s allow_connections true"),
    RENAMED_DATABASE(
        "alter database %1$s rename to %1$s_other", "alter database %1$s_other rename to %1$s"),
    REVOKED_RIGHTS(
        "revoke all on all tables in schema public from %2$s",
        "grant all on all tables in schema public to %2$s");

    private final String cause;
    private final String end;

    DatabaseError(String cause, String end) {
      this.cause = cause;
      this.end = end;
    }
  }

  @BeforeEach
  void createRole() {
    TestPostgres.execute(server, "create role " + role + " login password 'secret'");
    TestPostgres.execute(server, "alter database " + database + " owner to " + role);
    TestPostgres.execute(admin, "grant all on schema public to " + role);
  }

  @AfterEach
  void stop() {
    if (service != null) {
      service.close();
    }
    TestPostgres.execute(server, "drop database " + database + " with (force)");
    TestPostgres.execute(server, "drop role " + role);
  }

  @ParameterizedTest
  @EnumSource
  void pay_databaseError_isRejectedAndAcceptedAfterwards(DatabaseError error) {
    start(Map.of());
    assertThat(pay("before").statusCode()).isEqualTo(201);
    cause(error);

    HttpResponse<String> rejected = pay("during");

    assertThat(rejected.statusCode()).isEqualTo(503);
    assertThat(rejected.headers().firstValueAsLong("Retry-After")).hasValue(1);
    assertThat(new JsonObject(rejected.body()).getString("type"))
        .isEqualTo("/problems/ledger-unavailable");
    assertThat(new Scrape(service.metrics()).sum("paymeter_payments_unavailable_total"))
        .isEqualByComparingTo("1");
    eventually(() -> assertThat(ready()).isEqualTo(503));

    end(error);

    eventually(() -> assertThat(pay("after").statusCode()).isEqualTo(201));
    eventually(() -> assertThat(ready()).isEqualTo(200));
    assertCountedLikeTheLedger();
  }

  @ParameterizedTest
  @EnumSource
  void pay_unknownOutcomeDuringDatabaseError_isResolvedAfterwards(DatabaseError error) {
    start(Map.of("gateways.stripe.timeout", "2s", "simulator.faults.answer-lost", "1"));
    CompletableFuture<HttpResponse<String>> response =
        service.payLater(RunningService.order("order", "12.34"));
    eventually(() -> assertThat(statuses()).containsExactly("pending"));
    cause(error);

    assertThat(response.orTimeout(30, TimeUnit.SECONDS).join().statusCode()).isEqualTo(202);
    end(error);

    eventually(() -> assertThat(statuses()).containsExactly("success"));
    assertCountedLikeTheLedger();
  }

  /** Regression: the instance stayed ready, and responded to each payment with 500. */
  @Test
  void pay_databaseCreatedAnew_isRejectedUntilTheRestart() {
    start(Map.of());
    assertThat(pay("before").statusCode()).isEqualTo(201);
    TestPostgres.execute(server, "drop database " + database + " with (force)");
    TestPostgres.execute(server, "create database " + database + " owner " + role);

    for (int payment = 0; payment < 5; payment++) {
      assertThat(pay("during-" + payment).statusCode()).isEqualTo(503);
    }
    eventually(() -> assertThat(ready()).isEqualTo(503));

    service.close();
    start(Map.of());

    assertThat(ready()).isEqualTo(200);
    assertThat(pay("after").statusCode()).isEqualTo(201);
  }

  /**
   * The event is committed, the response to it is lost, and its repetition gets a database error.
   * Regression: the event was never counted; later, it was a duplicate.
   */
  @Test
  void record_responseLostBeforeDatabaseError_isCountedOnce() throws SQLException {
    start(Map.of("metrics.sampling-rate", "1")); // Attempts are counted by their timings.
    CompletableFuture<HttpResponse<String>> response;
    try (Connection other = TestPostgres.connect(admin)) {
      other.setAutoCommit(false);
      other.createStatement().execute("lock table business_events in share mode");
      response = RunningService.postLater(service.api("/v1/observations"), EVENT);
      eventually(() -> assertThat(TestPostgres.blocked(admin)).isEqualTo(1));
      execute(DatabaseError.WRONG_PASSWORD.cause);
      terminateConnections("wait_event_type is distinct from 'Lock'");
      eventually(() -> assertThat(failedRecordings()).isGreaterThanOrEqualTo(2));
      other.commit();
    }
    assertThat(response.join().statusCode()).isEqualTo(503);
    execute(DatabaseError.WRONG_PASSWORD.end);

    eventually(
        () ->
            assertThat(new Scrape(service.metrics()).sum("business_events_usd_count"))
                .isEqualByComparingTo("1"));
    assertThat(TestPostgres.query(admin, "select id from business_events"))
        .containsExactly(List.of("order-7"));
    HttpResponse<String> again = RunningService.post(service.api("/v1/observations"), EVENT);
    assertThat(new JsonObject(again.body()).getString("outcome")).isEqualTo("duplicate");
    eventually(
        () -> assertThat(new Scrape(service.metrics()).sum("metrics_ledger_drift")).isZero());
  }

  private int failedRecordings() {
    return new Scrape(service.metrics())
        .sum(
            "low_level_operations_seconds_count",
            "operation=\"ledger_record\"",
            "outcome=\"failure\"")
        .intValueExact();
  }

  private void cause(DatabaseError error) {
    if (error == DatabaseError.RENAMED_DATABASE) {
      // A database in use cannot be renamed, and the service would connect again at once.
      execute(DatabaseError.CLOSED_DATABASE.cause);
      terminateConnections();
      execute(error.cause);
      execute("alter database %1$s_other allow_connections true");
    } else {
      execute(error.cause);
    }
    terminateConnections();
  }

  private void end(DatabaseError error) {
    execute(error.end);
  }

  /** Rights are those of tables in the database itself, which may not accept connections. */
  private void execute(String sql) {
    TestPostgres.execute(
        sql.contains(" on all tables ") ? admin : server, sql.formatted(database, role));
  }

  private void terminateConnections() {
    terminateConnections("true");
  }

  private void terminateConnections(String condition) {
    TestPostgres.execute(
        server,
        "select pg_terminate_backend(pid) from pg_stat_activity where usename = '%s' and %s"
            .formatted(role, condition));
  }

  private void start(Map<String, String> settings) {
    Map<String, String> all = new HashMap<>(settings);
    all.put("database.url", admin.replaceFirst("//[^@]+@", "//" + role + ":secret@"));
    all.put("database.timeout", "2s");
    service = RunningService.start(all);
  }

  private HttpResponse<String> pay(String orderId) {
    return service.payLater(RunningService.order(orderId, "12.34")).join();
  }

  private int ready() {
    return RunningService.get(service.management("/health/ready")).statusCode();
  }

  private List<String> statuses() {
    return TestPostgres.query(admin, "select status from payments_ledger").stream()
        .map(row -> row.get(0))
        .toList();
  }

  private void assertCountedLikeTheLedger() {
    Scrape scrape = new Scrape(service.metrics());
    assertThat(scrape.sum("payment_requests_total"))
        .isEqualByComparingTo(
            TestPostgres.query(
                    admin, "select count(*) from payments_ledger where status <> 'pending'")
                .get(0)
                .get(0));
  }
}
