package dev.paymeter.postgres.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.zip.CRC32;

/**
 * The table in which Flyway records what it has applied. To find in it that there is nothing to do
 * costs a statement; Flyway itself loads two thousand classes and opens a session for that.
 */
final class SchemaHistory {
  /** The scripts of this release, in their order. */
  static final List<String> MIGRATIONS = List.of("V1__schema.sql");

  private static final String DIRECTORY = "/db/migration/";

  /**
   * A row of the table.
   *
   * @param checksum Flyway's, of the script
   */
  private record Applied(String script, int checksum, boolean success) {}

  private SchemaHistory() {}

  /** Returns true if exactly the migrations of this release were applied, each as it is here. */
  static boolean isCurrent(ReusedConnections connections) throws SQLException {
    try (Connection connection = connections.getConnection();
        Statement statement = connection.createStatement()) {
      return exists(statement) && applied(statement).equals(expected());
    }
  }

  /** As Flyway, looks in the current schema only, not in the others of the search path. */
  private static boolean exists(Statement statement) throws SQLException {
    try (ResultSet found =
        statement.executeQuery(
            "select exists (select from pg_tables where schemaname = current_schema()"
                + " and tablename = 'flyway_schema_history')")) {
      return found.next() && found.getBoolean(1);
    }
  }

  private static List<Applied> applied(Statement statement) throws SQLException {
    List<Applied> applied = new ArrayList<>();
    try (ResultSet rows =
        statement.executeQuery(
            "select script, checksum, success from flyway_schema_history order by installed_rank")) {
      while (rows.next()) {
        applied.add(new Applied(rows.getString(1), rows.getInt(2), rows.getBoolean(3)));
      }
    }
    return applied;
  }

  private static List<Applied> expected() {
    return MIGRATIONS.stream().map(script -> new Applied(script, checksum(script), true)).toList();
  }

  /** Returns Flyway's checksum of a script: CRC-32 of its lines without their ends. */
  private static int checksum(String script) {
    CRC32 checksum = new CRC32();
    try (InputStream in =
            Objects.requireNonNull(SchemaHistory.class.getResourceAsStream(DIRECTORY + script));
        BufferedReader lines = new BufferedReader(new InputStreamReader(in, UTF_8))) {
      lines.lines().forEach(line -> checksum.update(line.getBytes(UTF_8)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return (int) checksum.getValue();
  }
}
