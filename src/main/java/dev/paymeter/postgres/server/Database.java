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
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.MigrationInfo;

/** One PostgreSQL database: where it is, and how to connect to it. */
public final class Database {
  /** The name under which the metrics of the payments' connections stand. */
  public static final String MAIN_POOL = "main_pool";

  /** The name under which the metrics of the books' connections stand. */
  public static final String AUDIT_POOL = "audit_pool";

  /** What the server lets one statement of ours take. */
  public static final Duration LONGEST_STATEMENT = Duration.ofSeconds(10);

  /** How long the pool keeps a connection that nobody uses; it looks once a second. */
  private static final Duration LONGEST_IDLE = Duration.ofSeconds(5);

  private static final String FIRST_MIGRATION = "V1__schema.sql";

  private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);

  private final PgConnectOptions options;

  private Database(PgConnectOptions options) {
    this.options = options;
  }

  /**
   * Names a database; does not connect.
   *
   * @param url {@code postgresql://user:password@host:port/name}
   * @throws IllegalArgumentException when the URL is no such one
   */
  public static Database at(String url) {
    PgConnectOptions options = PgConnectOptions.fromUri(url);
    options.setCachePreparedStatements(true);
    if (options.getSslMode() != SslMode.DISABLE) {
      options.setSslOptions(ssl(options.getSslMode()));
    }
    options.addProperty("application_name", "paymeter");
    // The server ends what outlives its client, so that no late commit can surprise a successor.
    options.addProperty("statement_timeout", Long.toString(LONGEST_STATEMENT.toMillis()));
    // Each statement has an index. The planner would still read whole tables, because it assumes
    // that a new table is small and that a range of segments is large: the audit, every second.
    options.addProperty("enable_seqscan", "off");
    // One plan is good for all parameters. PostgreSQL would plan each execution of a statement that
    // unnests arrays, because it assumes ten rows in each: twice the CPU for each settlement.
    options.addProperty("plan_cache_mode", "force_generic_plan");
    return new Database(options);
  }

  /** As libpq reads {@code sslmode}, with the JVM's trust store in place of its root file. */
  private static ClientSSLOptions ssl(SslMode mode) {
    return new ClientSSLOptions()
        .setTrustAll(!isVerified(mode))
        .setHostnameVerificationAlgorithm(mode == SslMode.VERIFY_FULL ? "HTTPS" : "");
  }

  /** Whether {@link #at} takes a URL. */
  public static boolean isValid(String url) {
    try {
      PgConnectOptions options = PgConnectOptions.fromUri(url);
      return !options.getHost().isEmpty() && !options.getDatabase().isEmpty();
    } catch (RuntimeException e) {
      return false; // Its parser throws several kinds.
    }
  }

  /** The database's name. */
  public String name() {
    return options.getDatabase();
  }

  /** Host, port and name: no secret in it. */
  public String address() {
    return options.getHost() + ":" + options.getPort() + "/" + options.getDatabase();
  }

  /**
   * Brings the schema up to date. Blocks; several instances may do it at once.
   *
   * @throws IncompatibleSchemaException when another release series created the schema
   * @throws RuntimeException when the database cannot be reached or a migration fails
   */
  public void migrate() {
    Flyway flyway = flyway();
    MigrationInfo[] applied = flyway.info().applied();
    if (applied.length > 0 && !applied[0].getScript().equals(FIRST_MIGRATION)) {
      throw new IncompatibleSchemaException(address(), FIRST_MIGRATION, applied[0].getScript());
    }
    flyway.migrate();
  }

  private Flyway flyway() {
    return Flyway.configure()
        .dataSource(
            "jdbc:postgresql://"
                + options.getHost()
                + ":"
                + options.getPort()
                + "/"
                + options.getDatabase()
                + "?sslmode="
                + options.getSslMode().value
                + "&sslfactory=org.postgresql.ssl."
                + (isVerified(options.getSslMode())
                    ? "DefaultJavaSSLFactory"
                    : "NonValidatingFactory"),
            options.getUser(),
            options.getPassword())
        .jdbcProperties(Map.of("loginTimeout", "5", "socketTimeout", "600"))
        .load();
  }

  private static boolean isVerified(SslMode mode) {
    return mode == SslMode.VERIFY_CA || mode == SslMode.VERIFY_FULL;
  }

  /**
   * Opens a pool of connections; they are made as they are needed.
   *
   * @param name under which its metrics stand
   * @param timeout longest wait for a connection, and for a statement
   */
  public Pool pool(Vertx vertx, String name, int size, Duration timeout) {
    // A connection whose answers are lost on the way would keep its place in the pool until TCP
    // gives up, a quarter of an hour later. So a silent one is closed, after a time in which an
    // idle one would have left the pool and the last statement would have had its answer.
    Duration longestSilence = LONGEST_IDLE.plus(BETWEEN_LOOKS.multipliedBy(2)).plus(timeout);
    return ClientBuilder.pool(new TransportDriver())
        .connectingTo(options)
        .with(
            new NetClientOptions()
                .setTcpKeepAlive(true)
                .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
                .setReadIdleTimeout(Math.toIntExact(longestSilence.toMillis()))
                .setConnectTimeout(Math.toIntExact(timeout.toMillis())))
        .with(
            new PoolOptions()
                .setName(name)
                .setMaxSize(size)
                .setIdleTimeout(Math.toIntExact(LONGEST_IDLE.toMillis()))
                .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
                .setPoolCleanerPeriod(Math.toIntExact(BETWEEN_LOOKS.toMillis()))
                .setConnectionTimeout(Math.toIntExact(timeout.toMillis()))
                .setConnectionTimeoutUnit(TimeUnit.MILLISECONDS))
        .using(vertx)
        .build();
  }
}
