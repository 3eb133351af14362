package dev.paymeter.resilience;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.Scrape;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.service.RunningService;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Payments while the database responds with errors that only an operator can end. */
class LedgerErrorsIT {
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
        "alter database %1$s rename to %1$s_other", "alter database %1$s_other rename to %1$s");

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

  private void cause(DatabaseError error) {
    if (error == DatabaseError.RENAMED_DATABASE) {
      terminateConnections(); // A database in use cannot be renamed.
    }
    TestPostgres.execute(server, error.cause.formatted(database, role));
    terminateConnections();
  }

  private void end(DatabaseError error) {
    TestPostgres.execute(server, error.end.formatted(database, role));
  }

  private void terminateConnections() {
    TestPostgres.execute(
        server,
        "select pg_terminate_backend(pid) from pg_stat_activity where usename = '" + role + "'");
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
