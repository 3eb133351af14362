package dev.paymeter.resilience;

import static dev.paymeter.support.Await.await;
import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paymeter.postgres.UnsuitableServerException;
import dev.paymeter.postgres.server.Database;
import dev.paymeter.support.LogLines;
import dev.paymeter.support.ledger.TestPgBouncer;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.service.RunningService;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The service behind PgBouncer, as Debian installs it. */
class PgBouncerIT {
  private static final String SESSION_MODE = "pool_mode = session\ndefault_pool_size = 30";
  private static final String TRANSACTION_MODE = "pool_mode = transaction\ndefault_pool_size = 3";
  private static final String WHAT_TO_SET = "set pool_mode = session";
  private static final int CLIENTS = 6;

  private final String database = TestPostgres.newDatabase();
  @TempDir private Path directory;

  @Test
  void pay_sessionMode_isAccepted() {
    try (TestPgBouncer bouncer = bouncer(SESSION_MODE);
        RunningService service = start(bouncer)) {
      assertThat(pay(service, "order")).isEqualTo(201);
    }
  }

  @Test
  void query_startupParametersIgnored_statementsAreBounded() {
    Vertx vertx = Vertx.vertx();
    try (TestPgBouncer bouncer =
        bouncer(SESSION_MODE, "ignore_startup_parameters = statement_timeout,extra_float_digits")) {
      Pool pool =
          Database.at(bouncer.url())
              .createPool(vertx, Database.MAIN_POOL, 1, Duration.ofSeconds(5));

      assertThat(
              await(pool.query("show statement_timeout").execute()).iterator().next().getString(0))
          .isEqualTo("10s");
    } finally {
      await(vertx.close());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "pool_mode = transaction",
        "pool_mode = transaction\ndefault_pool_size = 1",
        "pool_mode = transaction\nserver_round_robin = 1\nmin_pool_size = 5",
        "pool_mode = transaction\nserver_reset_query_always = 1",
        "pool_mode = statement",
        "pool_mode = session\nserver_reset_query ="
      })
  void start_sharedSessions_isRejectedWithWhatToSet(String settings) {
    try (TestPgBouncer bouncer = bouncer(settings)) {
      assertThatThrownBy(() -> start(bouncer).close())
          .hasMessageContaining(Database.at(bouncer.url()).address())
          .hasMessageContaining(WHAT_TO_SET)
          .message()
          .doesNotContain("\n");
    }
  }

  @RepeatedTest(5)
  void migrate_sharedSessionsUnderLoad_isRejected() throws InterruptedException {
    try (TestPgBouncer bouncer = bouncer(TRANSACTION_MODE)) {
      AtomicBoolean stopped = new AtomicBoolean();
      ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
      for (int client = 0; client < CLIENTS; client++) {
        clients.submit(() -> query(bouncer.url(), stopped));
      }
      try {
        assertThatThrownBy(() -> Database.at(bouncer.url()).migrate())
            .isInstanceOf(UnsuitableServerException.class)
            .hasMessageContaining(WHAT_TO_SET);
      } finally {
        stopped.set(true);
        clients.shutdown();
        assertThat(clients.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
      }
    }
  }

  private static Void query(String url, AtomicBoolean stopped) throws SQLException {
    try (Connection connection = TestPostgres.connect(url);
        Statement statement = connection.createStatement()) {
      while (!stopped.get()) {
        statement.execute("select 1");
      }
    }
    return null;
  }

  @Test
  void pay_sharedSessionsAfterReconnect_isRejectedUntilSessionMode() throws IOException {
    try (TestPgBouncer bouncer = bouncer(SESSION_MODE);
        RunningService service = start(bouncer);
        LogLines log = LogLines.of("dev.paymeter.postgres.server")) {
      assertThat(pay(service, "before")).isEqualTo(201);

      bouncer.restart(TRANSACTION_MODE);

      eventually(() -> assertThat(log.containing(WHAT_TO_SET)).isNotEmpty());
      eventually(() -> assertThat(ready(service)).isEqualTo(503));
      for (int payment = 0; payment < 5; payment++) {
        assertThat(pay(service, "during-" + payment)).isEqualTo(503);
      }
      assertThat(log.containing(WHAT_TO_SET)).hasSize(1);

      bouncer.restart(SESSION_MODE);

      eventually(() -> assertThat(pay(service, "after")).isEqualTo(201));
      eventually(() -> assertThat(ready(service)).isEqualTo(200));
    }
  }

  private TestPgBouncer bouncer(String... settings) {
    return TestPgBouncer.start(directory, database, settings);
  }

  private static RunningService start(TestPgBouncer bouncer) {
    return RunningService.start(Map.of("database.url", bouncer.url(), "database.timeout", "10s"));
  }

  private static int pay(RunningService service, String orderId) {
    return service.pay(RunningService.order(orderId, "12.34")).statusCode();
  }

  private static int ready(RunningService service) {
    return RunningService.get(service.management("/health/ready")).statusCode();
  }
}
