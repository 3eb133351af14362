package dev.paymeter.postgres.server;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paymeter.postgres.IncompatibleSchemaException;
import dev.paymeter.support.ledger.TestPostgres;
import org.junit.jupiter.api.Test;

class DatabaseIT {
  @Test
  void migrate_schemaOfAnEarlierSeries_isRejectedWithWhatToDo() {
    String url = TestPostgres.newDatabase();
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
    String url = TestPostgres.newDatabase();
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
    String url = TestPostgres.newDatabase();
    Database.at(url).migrate();
    TestPostgres.execute(url, "update flyway_schema_history set checksum = checksum + 1");

    assertThatThrownBy(() -> Database.at(url).migrate())
        .isInstanceOf(IncompatibleSchemaException.class)
        .hasMessageContaining("differs from that of this release")
        .hasMessageContaining("checksum");
  }
}
