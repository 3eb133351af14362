package dev.paymeter.support.ledger;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Connections for the next statements on the databases that were used last. A new session costs the
 * server more CPU time than most statements, and tests that wait for a row repeat theirs.
 */
final class IdleConnections {
  private static final int MAX = 4;
  private static final int TIMEOUT_SECONDS = 5;

  /** By URL, in the order of their use. */
  private static final Map<String, Connection> idle = new LinkedHashMap<>();

  private IdleConnections() {}

  /** Returns a connection with a session as after it was opened. */
  static Connection take(String url) throws SQLException {
    Connection reused = remove(url);
    if (reused != null && reused.isValid(TIMEOUT_SECONDS)) {
      return reused;
    }
    close(reused);
    return TestPostgres.connect(url);
  }

  private static synchronized @Nullable Connection remove(String url) {
    return idle.remove(url);
  }

  /** Keeps the connection for later statements, unless it failed or is in a transaction. */
  static void release(String url, Connection connection) {
    try (Statement statement = connection.createStatement()) {
      statement.execute("discard all");
    } catch (SQLException e) {
      close(connection);
      return;
    }
    keep(url, connection).forEach(IdleConnections::close);
  }

  /** Returns those that are not kept. */
  private static synchronized List<Connection> keep(String url, Connection connection) {
    List<Connection> replaced = new ArrayList<>();
    Connection other = idle.put(url, connection);
    if (other != null) {
      replaced.add(other);
    }
    if (idle.size() > MAX) {
      Iterator<Connection> oldest = idle.values().iterator();
      replaced.add(oldest.next());
      oldest.remove();
    }
    return replaced;
  }

  static void closeAll() {
    List<Connection> all;
    synchronized (IdleConnections.class) {
      all = List.copyOf(idle.values());
      idle.clear();
    }
    all.forEach(IdleConnections::close);
  }

  private static void close(@Nullable Connection connection) {
    if (connection != null) {
      try {
        connection.close();
      } catch (SQLException e) {
        // It has failed before.
      }
    }
  }
}
