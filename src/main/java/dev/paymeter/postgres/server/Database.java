package dev.paymeter.postgres.server;

import dev.paymeter.postgres.IncompatibleSchemaException;
import io.vertx.core.Vertx;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.NetClientOptions;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.SslMode;
import io.vertx.sqlclient.ClientBuilder;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationState;
import org.flywaydb.core.api.exception.FlywayValidateException;

/** A PostgreSQL database: its address, its schema and its connection pools. */
public final class Database {
  /** Statements that wait for a connection of a pool; more fail at once. */
  public static final int MAX_WAITING = 10_000;

  /** Name of the pool for payments, in the metrics. */
  public static final String MAIN_POOL = "main_pool";

  /** Name of the pool for the audit, in the metrics. */
  public static final String AUDIT_POOL = "audit_pool";

  /** Longest duration of a statement; the server then cancels it. */
  public static final Duration STATEMENT_TIMEOUT = Duration.ofSeconds(10);

  private static final Duration IDLE_TIMEOUT = Duration.ofSeconds(5);

  private static final String FIRST_MIGRATION = "V1__schema.sql";

  /** States of applied migrations that this release does not contain. Flyway ignores most. */
  private static final Set<MigrationState> UNKNOWN =
      EnumSet.of(
          MigrationState.FUTURE_SUCCESS,
          MigrationState.FUTURE_FAILED,
          MigrationState.MISSING_SUCCESS,
          MigrationState.MISSING_FAILED);

  private static final Duration CLEANER_INTERVAL = Duration.ofSeconds(1);

  private final PgConnectOptions options;

  private Database(PgConnectOptions options) {
    this.options = options;
  }

  /**
   * Returns the database of a URL, without connecting to it.
   *
   * @param url {@code postgresql://user:password@host:port/name}
   * @throws IllegalArgumentException if the URL is invalid
   */
  public static Database at(String url) {
    PgConnectOptions options = PgConnectOptions.fromUri(url);
    options.setCachePreparedStatements(true);
    if (options.getSslMode() != SslMode.DISABLE) {
      options.setSslOptions(ssl(options.getSslMode()));
    }
    options.addProperty("application_name", "paymeter");
    // Bounds statements whose client has died, so that none is committed long after a takeover.
    options.addProperty("statement_timeout", Long.toString(STATEMENT_TIMEOUT.toMillis()));
    // Each statement has an index. The planner would still read whole tables, because it assumes
    // that new tables are small and that ranges of segments are large. The audit runs every second.
    options.addProperty("enable_seqscan", "off");
    // One plan fits all parameters. PostgreSQL would plan each execution of a statement that
    // unnests
    // arrays, because it assumes ten rows in each. That doubles the CPU time of a settlement.
    options.addProperty("plan_cache_mode", "force_generic_plan");
    return new Database(options);
  }

  /** Follows libpq's {@code sslmode}, with the JVM's trust store in place of its root file. */
  private static ClientSSLOptions ssl(SslMode mode) {
    return new ClientSSLOptions()
        .setTrustAll(!isVerified(mode))
        .setHostnameVerificationAlgorithm(mode == SslMode.VERIFY_FULL ? "HTTPS" : "");
  }

  /** Returns true if {@link #at} accepts a URL. */
  public static boolean isValidUrl(String url) {
    try {
      PgConnectOptions options = PgConnectOptions.fromUri(url);
      return !options.getHost().isEmpty() && !options.getDatabase().isEmpty();
    } catch (RuntimeException e) {
      return false; // The parser throws several types.
    }
  }

  public String name() {
    return options.getDatabase();
  }

  /** Returns host, port and name, without credentials. */
  public String address() {
    return options.getHost() + ":" + options.getPort() + "/" + options.getDatabase();
  }

  /**
   * Migrates the schema. Blocks. Safe to run in several instances at once.
   *
   * @throws IncompatibleSchemaException if an incompatible release created the schema, or a newer
   *     one has migrated it
   * @throws RuntimeException if the database cannot be reached or a migration fails
   */
  public void migrate() {
    Flyway flyway = flyway();
    MigrationInfo[] applied = flyway.info().applied();
    if (applied.length > 0 && !applied[0].getScript().equals(FIRST_MIGRATION)) {
      throw IncompatibleSchemaException.other(address(), FIRST_MIGRATION, applied[0].getScript());
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

  private Flyway flyway() {
    SslMode mode = options.getSslMode();
    String factory = isVerified(mode) ? "DefaultJavaSSLFactory" : "NonValidatingFactory";
    String url =
        "jdbc:postgresql://%s?sslmode=%s&sslfactory=org.postgresql.ssl.%s"
            .formatted(address(), mode.value, factory);
    return Flyway.configure()
        .dataSource(url, options.getUser(), options.getPassword())
        .jdbcProperties(Map.of("loginTimeout", "5", "socketTimeout", "600"))
        .load();
  }

  private static boolean isVerified(SslMode mode) {
    return mode == SslMode.VERIFY_CA || mode == SslMode.VERIFY_FULL;
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
    return ClientBuilder.pool(new TransportDriver())
        .connectingTo(options)
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
