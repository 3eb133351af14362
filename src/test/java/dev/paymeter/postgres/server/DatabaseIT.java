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
}
