package dev.paymeter.postgres.server;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import javax.sql.ConnectionEvent;
import javax.sql.ConnectionEventListener;
import javax.sql.PooledConnection;
import org.postgresql.ds.PGPooledConnection;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * Source of JDBC connections that keeps closed ones for the next caller: the server starts a
 * process for each connection that is opened. For one thread; a failed connection is not replaced.
 */
final class ReusedConnections extends PGSimpleDataSource
    implements ConnectionEventListener, AutoCloseable {
  private final List<PooledConnection> opened = new ArrayList<>();
  private final Deque<PooledConnection> idle = new ArrayDeque<>();
  private Duration responseTimeout;

  /**
   * @param connectTimeout longest wait for a connection to one server
   * @param responseTimeout longest wait for a response
   */
  ReusedConnections(Servers servers, Duration connectTimeout, Duration responseTimeout) {
    this.responseTimeout = responseTimeout;
    setURL(servers.jdbcUrl());
    setUser(servers.user());
    setPassword(servers.password());
    setConnectTimeout(Math.toIntExact(connectTimeout.toSeconds()));
    setLoginTimeout(Math.toIntExact(connectTimeout.multipliedBy(servers.count()).toSeconds()));
    setSocketTimeout(Math.toIntExact(responseTimeout.toSeconds()));
  }

  /** Sets the longest wait for a response, for the connections that are returned from now on. */
  void setResponseTimeout(Duration timeout) {
    responseTimeout = timeout;
  }

  @Override
  public Connection getConnection() throws SQLException {
    Connection connection = idle.isEmpty() ? open().getConnection() : reset(idle.pop());
    connection.setNetworkTimeout(Runnable::run, Math.toIntExact(responseTimeout.toMillis()));
    return connection;
  }

  private PooledConnection open() throws SQLException {
    PooledConnection connection = new PGPooledConnection(super.getConnection(), true);
    connection.addConnectionEventListener(this);
    opened.add(connection);
    return connection;
  }

  /** Returns the connection with a session as after it was opened. */
  private static Connection reset(PooledConnection reused) throws SQLException {
    Connection connection = reused.getConnection();
    try (Statement statement = connection.createStatement()) {
      statement.execute("discard all");
    }
    return connection;
  }

  @Override
  public void connectionClosed(ConnectionEvent event) {
    idle.push((PooledConnection) event.getSource());
  }

  @Override
  public void connectionErrorOccurred(ConnectionEvent event) {
    // The caller gets the exception.
  }

  @Override
  public void close() throws SQLException {
    for (PooledConnection connection : opened) {
      connection.close();
    }
  }
}
