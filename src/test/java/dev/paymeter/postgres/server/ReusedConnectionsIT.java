package dev.paymeter.postgres.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.ledger.TestPostgres;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ReusedConnectionsIT {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  @Test
  void getConnection_oneIsClosed_returnsItsSessionWithoutItsSettings() throws SQLException {
    try (ReusedConnections connections = connections()) {
      String session;
      try (Connection first = connections.getConnection()) {
        session = first(first, "select pg_backend_pid()");
        first(first, "select set_config('statement_timeout', '1s', false)");
        first.setAutoCommit(false);
        first(first, "select 1");
      }

      connections.setResponseTimeout(Duration.ofMinutes(10));
      try (Connection second = connections.getConnection();
          Connection other = connections.getConnection()) {
        assertThat(first(second, "select pg_backend_pid()")).isEqualTo(session);
        assertThat(first(second, "show statement_timeout")).isEqualTo("0");
        assertThat(second.getAutoCommit()).isTrue();
        assertThat(second.getNetworkTimeout()).isEqualTo(600_000);
        assertThat(first(other, "select pg_backend_pid()")).isNotEqualTo(session);
      }
    }
  }

  private static ReusedConnections connections() {
    return new ReusedConnections(Servers.of(TestPostgres.newDatabase()), TIMEOUT, TIMEOUT);
  }

  private static String first(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }
}
