package dev.paymeter.postgres.server;

import static dev.paymeter.support.Await.await;
import static dev.paymeter.support.Await.eventually;
import static dev.paymeter.support.Await.first;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paymeter.postgres.IncompatibleSchemaException;
import dev.paymeter.postgres.UnsuitableServerException;
import dev.paymeter.support.ledger.PostgresTemplate;
import dev.paymeter.support.ledger.TestPostgres;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DatabaseIT {
  private final Vertx vertx = Vertx.vertx();

  @AfterEach
  void close() {
    await(vertx.close());
  }

  @Test
  void migrate_schemaOfAnEarlierSeries_isRejectedWithWhatToDo() {
    String url = TestPostgres.newEmptyDatabase();
    Database.at(url).migrate();
    TestPostgres.execute(
        url,
        "update flyway_schema_history"
            + " set script = 'V1__payments.sql', description = 'payments', checksum = 1");

    assertThatThrownBy(() -> Database.at(url).migrate())
        .isInstanceOf(IncompatibleSchemaException.class)
        .hasMessageContaining(Database.at(url).address())
        .hasMessageContaining("expected it to begin with V1__schema.sql, found V1__payments.sql")
        .hasMessageContaining("set database.url");
  }

  /** Flyway only logs a warning. */
  @Test
  void migrate_schemaOfANewerRelease_isRejectedWithWhatToDo() {
    String url = TestPostgres.newEmptyDatabase();
    Database.at(url).migrate();
    Database.at(url).migrate(); // Its own migrations are accepted.
    TestPostgres.execute(
        url,
        "insert into flyway_schema_history (installed_rank, version, description, type, script,"
            + " checksum, installed_by, execution_time, success) select 2, '2', 'next', 'SQL',"
            + " 'V2__next.sql', 1, installed_by, 1, true from flyway_schema_history");

    assertThatThrownBy(() -> Database.at(url).migrate())
        .isInstanceOf(IncompatibleSchemaException.class)
        .hasMessageContaining(Database.at(url).address())
        .hasMessageContaining("is newer than this release of Paymeter")
        .hasMessageContaining("found V2__next.sql; run the release that applied it");
  }

  @Test
  void migrate_changedMigration_isRejected() {
    String url = TestPostgres.newEmptyDatabase();
    Database.at(url).migrate();
    TestPostgres.execute(url, "update flyway_schema_history set checksum = checksum + 1");

    assertThatThrownBy(() -> Database.at(url).migrate())
        .isInstanceOf(IncompatibleSchemaException.class)
        .hasMessageContaining("differs from that of this release")
        .hasMessageContaining("checksum");
  }

  @Test
  void migrate_emptyDatabase_appliesTheListedMigrations() {
    String url = TestPostgres.newEmptyDatabase();

    Database.at(url).migrate();

    assertThat(
            TestPostgres.query(
                url, "select script from flyway_schema_history order by installed_rank"))
        .containsExactlyElementsOf(SchemaHistory.MIGRATIONS.stream().map(List::of).toList());
    assertThat(Path.of("src", "main", "resources", "db", "migration"))
        .as("a callback would not run if the schema is current")
        .isDirectoryNotContaining(
            file -> !SchemaHistory.MIGRATIONS.contains(file.getFileName().toString()));
  }

  /** As Flyway, which creates its table in the first schema of the search path. */
  @Test
  void migrate_historyInALaterSchemaOfTheSearchPath_isNotThatOfTheLedger() {
    String url = TestPostgres.newEmptyDatabase();
    String name = Database.at(url).name();
    Database.at(url).migrate();
    TestPostgres.execute(url, "create schema own");
    TestPostgres.execute(url, "alter database " + name + " set search_path = own, public");

    Database.at(url).migrate();

    assertThat(TestPostgres.query(url, "select 1 from own.flyway_schema_history")).hasSize(1);
  }

  /** Those of the check of the server: Flyway is not used, which opens one of its own. */
  @Test
  void migrate_currentSchema_opensTwoSessions() {
    String url = TestPostgres.newEmptyDatabase();
    Database.at(url).migrate();
    String name = Database.at(url).name();
    String server = url.replaceFirst("[^/]*$", "postgres");
    long before = sessions(server, name);

    Database.at(url).migrate();

    eventually(() -> assertThat(sessions(server, name)).isEqualTo(before + 2));
  }

  /** Returns the number of sessions of a database that have ended. */
  private static long sessions(String server, String name) {
    String sessions =
        "select sessions from pg_stat_database where datname = '%1$s' and not exists"
            + " (select from pg_stat_activity where datname = '%1$s')";
    return Long.parseLong(
        first(() -> TestPostgres.query(server, sessions.formatted(name)).stream().findFirst())
            .get(0));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "synchronous_commit = off | synchronous_commit = on or remote_apply or remote_write or"
            + " local, found off",
        "default_transaction_isolation = serializable | default_transaction_isolation ="
            + " read committed, found serializable",
        "default_transaction_read_only = on | transaction_read_only = off, found on"
      })
  void migrate_unsuitableSetting_isRejectedUntilTheCommandInTheErrorWasRun(
      String setting, String expected) {
    String url = TestPostgres.newEmptyDatabase();
    Database database = Database.at(url);
    TestPostgres.execute(url, "alter database " + database.name() + " set " + setting);

    String message = rejection(database);

    assertThat(message)
        .startsWith("the database at " + database.address() + " (server 127.0.0.1:")
        .contains("cannot be used: expected " + expected)
        .doesNotContain("\n");
    String command = message.substring(message.indexOf("run: ") + "run: ".length());
    TestPostgres.execute(url.replaceFirst("[^/]*$", "postgres"), command);
    try {
      assertThatCode(database::migrate).doesNotThrowAnyException();
    } finally {
      TestPostgres.execute(
          url, "alter role postgres in database " + database.name() + " reset all");
    }
  }

  @Test
  void query_statementTimeoutOfTheRole_isReplaced() {
    String url = TestPostgres.newEmptyDatabase();
    Database database = Database.at(url);
    TestPostgres.execute(url, "alter database " + database.name() + " set statement_timeout = 0");
    database.migrate();

    assertThat(show(database, "statement_timeout")).isEqualTo("10s");
  }

  @Test
  void migrate_standby_isRejected(@TempDir Path home) throws IOException {
    PostgresTemplate.copyTo(home);
    Files.createFile(home.resolve("cluster/standby.signal"));

    try (EmbeddedPostgresServer standby = EmbeddedPostgresServer.start(home)) {
      assertThat(rejection(Database.at(standby.url())))
          .contains("expected a server that accepts writes, found a standby; set database.url");
    }
  }

  @Test
  void migrate_synchronousStandbys_localCommitIsRejected(@TempDir Path home) throws IOException {
    PostgresTemplate.copyTo(home);
    try (EmbeddedPostgresServer server = EmbeddedPostgresServer.start(home)) {
      Database database = Database.at(server.url());
      database.migrate();
      TestPostgres.execute(
          server.url(), "alter database payment_db set synchronous_commit = local");
      database.migrate();

      TestPostgres.execute(server.url(), "alter system set synchronous_standby_names = 'standby'");
      TestPostgres.execute(server.url(), "select pg_reload_conf()");

      eventually(
          () ->
              assertThat(rejection(database))
                  .contains(
                      "expected synchronous_commit = on or remote_apply (because"
                          + " synchronous_standby_names is standby), found local"));
    }
  }

  @Test
  void query_severalHosts_followsTheServerThatAcceptsWrites(@TempDir Path homes)
      throws IOException {
    Path primaryHome = homes.resolve("primary");
    Path standbyHome = homes.resolve("standby");
    PostgresTemplate.copyTo(primaryHome);
    PostgresTemplate.copyTo(standbyHome);
    Files.createFile(standbyHome.resolve("cluster/standby.signal"));
    try (EmbeddedPostgresServer standby = EmbeddedPostgresServer.start(standbyHome)) {
      Database database;
      Pool pool;
      try (EmbeddedPostgresServer primary = EmbeddedPostgresServer.start(primaryHome)) {
        database = Database.at(bothHosts(standby, primary));
        database.migrate();
        pool = pool(database);
        assertThat(server(pool)).isEqualTo(port(primary));
      }
      TestPostgres.execute(standby.url(), "select pg_promote()");

      eventually(() -> assertThat(server(pool)).isEqualTo(port(standby)));
      assertThatCode(database::migrate).doesNotThrowAnyException();
    }
  }

  private static String bothHosts(EmbeddedPostgresServer first, EmbeddedPostgresServer second) {
    String start = first.url().substring(0, first.url().lastIndexOf('/'));
    return start + ",127.0.0.1:" + port(second) + "/payment_db?target_session_attrs=read-write";
  }

  private static String port(EmbeddedPostgresServer server) {
    return server.url().replaceFirst(".*:(\\d+)/.*", "$1");
  }

  private static String server(Pool pool) {
    return await(pool.query("select inet_server_port()::text").execute())
        .iterator()
        .next()
        .getString(0);
  }

  private String show(Database database, String setting) {
    return await(pool(database).query("show " + setting).execute()).iterator().next().getString(0);
  }

  private Pool pool(Database database) {
    return database.createPool(vertx, Database.MAIN_POOL, 1, Duration.ofSeconds(5));
  }

  private static String rejection(Database database) {
    try {
      database.migrate();
    } catch (UnsuitableServerException e) {
      return String.valueOf(e.getMessage());
    }
    throw new AssertionError("not rejected");
  }
}
