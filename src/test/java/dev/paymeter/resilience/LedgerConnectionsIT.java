package dev.paymeter.resilience;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.LogLines;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.service.RunningService;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** New connections to a server whose settings or password have changed. */
class LedgerConnectionsIT {
  private final String admin = TestPostgres.newEmptyDatabase();
  private final String database = admin.substring(admin.lastIndexOf('/') + 1);
  private final String role = database + "_role";
  @TempDir private Path directory;

  @BeforeEach
  void createRole() {
    TestPostgres.execute(admin, "create role " + role + " login password 'first'");
    TestPostgres.execute(admin, "grant all on schema public to " + role);
  }

  @AfterEach
  void dropRole() {
    TestPostgres.execute(admin, "drop owned by " + role);
    TestPostgres.execute(admin, "drop role " + role);
  }

  @Test
  void pay_unsuitableSettingAfterReconnect_isRejectedUntilItIsReset() {
    String expected = "expected synchronous_commit = on";
    try (RunningService service = start(Map.of("database.url", url(role + ":first")));
        LogLines log = LogLines.of("dev.paymeter.postgres.server")) {
      assertThat(pay(service, "before")).isEqualTo(201);

      TestPostgres.execute(admin, "alter role " + role + " set synchronous_commit = off");
      terminateConnections();

      eventually(() -> assertThat(log.containing(expected)).isNotEmpty());
      eventually(() -> assertThat(ready(service)).isEqualTo(503));
      for (int payment = 0; payment < 5; payment++) {
        assertThat(pay(service, "during-" + payment)).isEqualTo(503);
      }
      assertThat(log.containing(expected)).hasSize(1);

      TestPostgres.execute(admin, "alter role " + role + " reset synchronous_commit");

      eventually(() -> assertThat(pay(service, "after")).isEqualTo(201));
      eventually(() -> assertThat(ready(service)).isEqualTo(200));
    }
  }

  @Test
  void pay_passwordOfTheFileChanged_isUsedByNewConnections() throws IOException {
    Path file = Files.writeString(directory.resolve("password"), "first\n");
    try (RunningService service =
        start(Map.of("database.url", url(role), "database.password-file", file.toString()))) {
      assertThat(pay(service, "before")).isEqualTo(201);

      TestPostgres.execute(admin, "alter role " + role + " password 'second'");
      Files.writeString(file, "second\n");
      terminateConnections();

      eventually(() -> assertThat(pay(service, "after")).isEqualTo(201));
      assertThat(service.metrics())
          .contains("paymeter_file_last_reload_successful{file=\"database_password\"} 1");
    }
  }

  private String url(String login) {
    return admin.replaceFirst("//[^@]+@", "//" + login + "@");
  }

  private static RunningService start(Map<String, String> settings) {
    return RunningService.start(settings);
  }

  private void terminateConnections() {
    TestPostgres.execute(
        admin,
        "select pg_terminate_backend(pid) from pg_stat_activity where usename = '" + role + "'");
  }

  private static int pay(RunningService service, String orderId) {
    return service.pay(RunningService.order(orderId, "12.34")).statusCode();
  }

  private static int ready(RunningService service) {
    return RunningService.get(service.management("/health/ready")).statusCode();
  }
}
