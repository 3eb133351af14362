package dev.paymeter.postgres.server;

import dev.paymeter.postgres.IncompatibleSchemaException;
import dev.paymeter.postgres.UnsuitableServerException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClientOptions;
import io.vertx.sqlclient.ClientBuilder;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationState;
import org.flywaydb.core.api.exception.FlywayValidateException;

/** A PostgreSQL database: its addresses, its schema and its connection pools. */
public final class Database {
  /** Statements that wait for a connection of a pool; more fail at once. */
  public static final int MAX_WAITING = 10_000;

  /** Name of the pool for payments, in the metrics. */
  public static final String MAIN_POOL = "main_pool";

  /** Name of the pool for the audit, in the metrics. */
  public static final String AUDIT_POOL = "audit_pool";

  /** Name of the pool for webhooks, in the metrics. */
  public static final String WEBHOOK_POOL = "webhook_pool";

  /** Name of the pool for proofs. */
  public static final String PROOF_POOL = "proof_pool";

  /** Longest duration of a statement; the server then cancels it. */
  public static final Duration STATEMENT_TIMEOUT = Duration.ofSeconds(10);

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
  private static final Duration CHECK_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration MIGRATION_TIMEOUT = Duration.ofMinutes(10);

  private static final Duration IDLE_TIMEOUT = Duration.ofSeconds(5);

  /** States of applied migrations that this release does not contain. Flyway ignores most. */
  private static final Set<MigrationState> UNKNOWN =
      EnumSet.of(
          MigrationState.FUTURE_SUCCESS,
          MigrationState.FUTURE_FAILED,
          MigrationState.MISSING_SUCCESS,
          MigrationState.MISSING_FAILED);

  private static final Duration CLEANER_INTERVAL = Duration.ofSeconds(1);

  private final Servers servers;

  /**
   * A number of payments whose personal values were erased.
   *
   * @param unresolved the number of those that keep them, because they have no outcome yet
   */
  public record Erasure(long erased, long unresolved) {}

  private Database(Servers servers) {
    this.servers = servers;
  }

  /**
   * Returns the database of a URL, without connecting to it.
   *
   * @param url {@code postgresql://user:password@host:port/name}, with one host or several
   * @throws RuntimeException if the URL is invalid
   */
  public static Database at(String url) {
    return new Database(Servers.of(url));
  }

  /** Returns true if {@link #at} accepts a URL. */
  public static boolean isValidUrl(String url) {
    try {
      return Servers.of(url).count() > 0;
    } catch (RuntimeException e) {
      return false; // The parser throws several types.
    }
  }

  /** Returns true if a URL contains a password. */
  public static boolean containsPassword(String url) {
    return url.matches("[^:]*://[^@/?]*:[^@/?]*@.*|.*[?&]password=.*");
  }

  public String name() {
    return servers.database();
  }

  /** Returns hosts, ports and name, without credentials. */
  public String address() {
    return servers.address();
  }

  /** Sets the password of new connections. */
  public void setPassword(String password) {
    servers.setPassword(password);
  }

  /** Loads the classes that {@link #migrate} needs for a new schema, while its server starts. */
  public static void preload() {
    Flyway.configure().load();
  }

  /**
   * Checks the server, and migrates the schema. Blocks. Safe to run in several instances at once.
   *
   * @throws IncompatibleSchemaException if an incompatible release created the schema, or a newer
   *     one has migrated it
   * @throws UnsuitableServerException if the server's settings, or a pooler, are unsuitable
   * @throws RuntimeException if the database cannot be reached or a migration fails
   */
  public void migrate() {
    try (ReusedConnections connections =
        new ReusedConnections(servers, CONNECT_TIMEOUT, CHECK_TIMEOUT)) {
      checkSessions(connections);
      connections.setResponseTimeout(MIGRATION_TIMEOUT);
      migrate(connections);
    } catch (SQLException e) {
      throw new IllegalStateException("cannot connect to the database at " + address(), e);
    }
  }

  private void migrate(ReusedConnections connections) {
    try {
      if (!SchemaHistory.isCurrent(connections)) {
        migrate(Flyway.configure().dataSource(connections).load());
      }
      beginGenerationOfDump(connections);
    } catch (SQLException e) {
      throw new IllegalStateException("cannot migrate the schema at " + address(), e);
    }
  }

  private static void beginGenerationOfDump(ReusedConnections connections) throws SQLException {
    try (Connection connection = connections.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("select begin_generation_of_dump()");
    }
  }

  private void checkSessions(ReusedConnections connections) throws SQLException {
    try (Connection first = connections.getConnection();
        Connection second = connections.getConnection()) {
      Future<Void> check =
          servers.check(Session.of(first)).runWith(servers.check(Session.of(second)));
      if (check.cause() instanceof SQLException e) {
        throw e;
      } else if (check.cause() instanceof RuntimeException e) {
        throw e;
      }
    }
  }

  private void migrate(Flyway flyway) {
    MigrationInfo[] applied = flyway.info().applied();
    String first = SchemaHistory.MIGRATIONS.get(0);
    if (applied.length > 0 && !applied[0].getScript().equals(first)) {
      throw IncompatibleSchemaException.other(address(), first, applied[0].getScript());
    }
    for (MigrationInfo migration : applied) {
      if (UNKNOWN.contains(migration.getState())) {
        throw IncompatibleSchemaException.newer(address(), migration.getScript());
      }
    }
    try {
      flyway.migrate();
    } catch (FlywayValidateException e) {
      throw IncompatibleSchemaException.changed(address(), e);
    }
  }

  /**
   * Opens the journal of the ledger, as it is now. Blocks.
   *
   * @throws IllegalStateException if the database cannot be reached
   */
  public LedgerJournal openJournal() {
    // An export takes as long as its reader.
    return LedgerJournal.open(
        new ReusedConnections(servers, CONNECT_TIMEOUT, Duration.ZERO), address());
  }

  /**
   * Erases the personal values of the settled payments of a user, and of their refunds, in small
   * transactions. Blocks.
   *
   * @return the number of payments
   * @throws IllegalStateException if the ledger cannot be changed; what was erased stays erased
   */
  public Erasure erasePersonalValues(String user) {
    String sql =
        """
        select erase_personal_values(array(
            select id from payments
            where user_id = ? and settled_at is not null and erased_hash is null limit 500)),
          (select count(*) from payments where user_id = ? and settled_at is null)
        """;
    try (ReusedConnections connections =
            new ReusedConnections(servers, CONNECT_TIMEOUT, CHECK_TIMEOUT);
        Connection connection = connections.getConnection();
        PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, user);
      statement.setString(2, user);
      long all = 0;
      while (true) {
        try (ResultSet result = statement.executeQuery()) {
          result.next();
          int erased = result.getInt(1);
          if (erased == 0) {
            return new Erasure(all, result.getLong(2));
          }
          all += erased;
        }
      }
    } catch (SQLException e) {
      throw new IllegalStateException(
          "cannot change the ledger at " + address() + ": " + e.getMessage(), e);
    }
  }

  /**
   * Opens the chains of the ledger for reading. Blocks.
   *
   * @param connections the number of concurrent statements
   * @throws IllegalStateException if the database cannot be reached
   */
  public LedgerChain openChain(int connections) {
    return LedgerChain.open(
        () -> new ReusedConnections(servers, CONNECT_TIMEOUT, Duration.ZERO),
        connections,
        address());
  }

  /**
   * Opens the ledger for the comparison of a settlement file. Blocks.
   *
   * @throws IllegalStateException if the database cannot be reached
   */
  public SettlementLedger openSettlements() {
    return SettlementLedger.open(
        new ReusedConnections(servers, CONNECT_TIMEOUT, Duration.ZERO), address());
  }

  /**
   * Opens the closed days of the ledger. Blocks.
   *
   * @throws IllegalStateException if the database cannot be reached
   */
  public DayCloses openDayCloses() {
    return DayCloses.open(
        new ReusedConnections(servers, CONNECT_TIMEOUT, Duration.ZERO), address());
  }

  /**
   * Returns a pool that opens its connections on demand.
   *
   * @param name the pool's name in the metrics
   * @param timeout longest wait for a connection, and for a statement
   */
  public Pool createPool(Vertx vertx, String name, int size, Duration timeout) {
    // A connection whose responses are lost in the network would stay in the pool until TCP times
    // out, after a quarter of an hour. So a silent connection is closed. Until then, an idle one
    // has left the pool, and the last statement has got its response.
    Duration readTimeout = IDLE_TIMEOUT.plus(CLEANER_INTERVAL.multipliedBy(2)).plus(timeout);
    return ClientBuilder.pool(new CheckedDriver(servers))
        .connectingTo(servers.inOrder().get(0))
        .with(
            new NetClientOptions()
                .setTcpKeepAlive(true)
                .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
                .setReadIdleTimeout(Math.toIntExact(readTimeout.toMillis()))
                .setConnectTimeout(Math.toIntExact(timeout.toMillis())))
        .with(
            new PoolOptions()
                .setName(name)
                .setMaxSize(size)
                .setMaxWaitQueueSize(MAX_WAITING)
                .setIdleTimeout(Math.toIntExact(IDLE_TIMEOUT.toMillis()))
                .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
                .setPoolCleanerPeriod(Math.toIntExact(CLEANER_INTERVAL.toMillis()))
                .setConnectionTimeout(Math.toIntExact(timeout.toMillis()))
                .setConnectionTimeoutUnit(TimeUnit.MILLISECONDS))
        .using(vertx)
        .build();
  }
}
