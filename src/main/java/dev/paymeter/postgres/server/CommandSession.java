package dev.paymeter.postgres.server;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * A session of a command on the ledger. For one thread.
 *
 * @param address of the database, for errors
 * @param use what the command does with the ledger, for errors: a verb
 */
record CommandSession(
    ReusedConnections connections, Connection connection, String address, String use)
    implements AutoCloseable {
  /**
   * @param connections are closed with the session
   * @param settings statements that begin the session
   * @param isAutoCommit whether each statement is a transaction
   * @throws IllegalStateException if the database cannot be reached
   */
  static CommandSession open(
      ReusedConnections connections,
      String address,
      String use,
      String settings,
      boolean isAutoCommit) {
    try {
      Connection connection = connections.getConnection();
      try (Statement statement = connection.createStatement()) {
        statement.execute(settings);
      }
      connection.setAutoCommit(isAutoCommit);
      return new CommandSession(connections, connection, address, use);
    } catch (SQLException e) {
      close(connections);
      throw failure(address, use, e);
    }
  }

  /** Returns a failure for the user of the command. */
  IllegalStateException failure(SQLException e) {
    return failure(address, use, e);
  }

  private static IllegalStateException failure(String address, String use, SQLException e) {
    return new IllegalStateException(
        "cannot %s the ledger at %s: %s".formatted(use, address, e.getMessage()), e);
  }

  @Override
  public void close() {
    close(connections);
  }

  private static void close(ReusedConnections connections) {
    try {
      connections.close();
    } catch (SQLException e) {
      // The server ends the session when the connection breaks.
    }
  }
}
