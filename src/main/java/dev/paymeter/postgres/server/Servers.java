package dev.paymeter.postgres.server;

import dev.paymeter.postgres.StatementExecutor;
import dev.paymeter.postgres.UnsuitableServerException;
import dev.paymeter.postgres.UnsuitableServerException.Kind;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.SslMode;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.internal.SqlConnectionInternal;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The servers of a database, of which one accepts writes, and the open connections. Safe from any
 * thread.
 */
final class Servers {
  private static final Logger log = LoggerFactory.getLogger(Servers.class);

  /**
   * The hosts of a URL, with the text before and after them. User, host and name are required:
   * otherwise the client library would use its own defaults.
   */
  private static final Pattern HOSTS =
      Pattern.compile("(postgres(?:ql)?://[^:@/?]+(?::[^@/?]*)?@)([^/?]+)(/[^/?]+(?:[/?].*)?)");

  private static final Pattern HOST = Pattern.compile("[^:]+(:.*)?|\\[.*");

  private static final Pattern SESSION_ATTRIBUTES =
      Pattern.compile("[?&]target_session_attrs=([^&]*)");

  /** Time without a rejection after which the same reason is logged again. */
  private static final Duration QUIET_PERIOD = Duration.ofMinutes(1);

  /** Values of libpq's parameter that allow a server that accepts writes. */
  private static final Set<String> WRITABLE = Set.of("any", "read-write", "primary");

  private final List<PgConnectOptions> servers;
  private final Set<SqlConnection> connections = ConcurrentHashMap.newKeySet();
  private final AtomicReference<@Nullable Rejection> lastRejection = new AtomicReference<>();
  private final AtomicBoolean pairing = new AtomicBoolean();
  private volatile @Nullable UnsuitableServerException sharing;
  private volatile String password;
  private volatile int preferred;

  /** A rejected connection, with the time in nanoseconds. */
  private record Rejection(String message, long at) {
    boolean continues(Rejection earlier) {
      return message.equals(earlier.message) && at - earlier.at < QUIET_PERIOD.toNanos();
    }
  }

  private Servers(List<PgConnectOptions> servers) {
    this.servers = servers;
    this.password = servers.get(0).getPassword();
  }

  /**
   * @throws RuntimeException if the URL is invalid
   */
  static Servers of(String url) {
    Matcher parts = HOSTS.matcher(url);
    Matcher attributes = SESSION_ATTRIBUTES.matcher(url);
    if (!parts.matches() || attributes.find() && !WRITABLE.contains(attributes.group(1))) {
      throw new IllegalArgumentException("not a URL of a database that accepts writes");
    }
    List<String> hosts = List.of(parts.group(2).split(",", -1));
    if (!hosts.stream().allMatch(host -> HOST.matcher(host).matches())) {
      throw new IllegalArgumentException("a host is missing");
    }
    return new Servers(
        hosts.stream().map(host -> options(parts.group(1) + host + parts.group(3))).toList());
  }

  private static PgConnectOptions options(String url) {
    PgConnectOptions options = PgConnectOptions.fromUri(url);
    options.setCachePreparedStatements(true);
    options.setPreparedStatementCacheSqlFilter(sql -> !sql.endsWith(StatementExecutor.UNPREPARED));
    if (options.getSslMode() != SslMode.DISABLE) {
      options.setSslOptions(ssl(options.getSslMode()));
    }
    options.addProperty("application_name", "paymeter");
    options.getProperties().remove("extra_float_digits"); // PgBouncer rejects it by default.
    return options;
  }

  /** Follows libpq's {@code sslmode}, with the JVM's trust store in place of its root file. */
  private static ClientSSLOptions ssl(SslMode mode) {
    return new ClientSSLOptions()
        .setTrustAll(!isVerified(mode))
        .setHostnameVerificationAlgorithm(mode == SslMode.VERIFY_FULL ? "HTTPS" : "");
  }

  private static boolean isVerified(SslMode mode) {
    return mode == SslMode.VERIFY_CA || mode == SslMode.VERIFY_FULL;
  }

  String database() {
    return servers.get(0).getDatabase();
  }

  String user() {
    return servers.get(0).getUser();
  }

  String password() {
    return password;
  }

  /** Sets the password of new connections. */
  void setPassword(String newPassword) {
    password = newPassword;
  }

  int count() {
    return servers.size();
  }

  /** Returns hosts, ports and name, without credentials. */
  String address() {
    return hosts() + "/" + database();
  }

  private String hosts() {
    return servers.stream()
        .map(server -> host(server.getHost()) + ":" + server.getPort())
        .collect(Collectors.joining(","));
  }

  private static String host(String host) {
    return host.contains(":") ? "[" + host + "]" : host;
  }

  /** Returns the URL for JDBC, without credentials. */
  String jdbcUrl() {
    SslMode mode = servers.get(0).getSslMode();
    return "jdbc:postgresql://"
        + address()
        + "?sslmode="
        + mode.value
        + "&sslfactory=org.postgresql.ssl."
        + (isVerified(mode) ? "DefaultJavaSSLFactory" : "NonValidatingFactory")
        + (count() > 1 ? "&targetServerType=primary" : "");
  }

  /** Returns the options of all servers, that of the newest connection first. */
  List<PgConnectOptions> inOrder() {
    int first = preferred;
    return IntStream.range(0, count())
        .mapToObj(i -> new PgConnectOptions(servers.get((first + i) % count())))
        .map(server -> server.setPassword(password))
        .toList();
  }

  SessionCheck check(Session session) {
    return new SessionCheck(session, address(), count() == 1 ? Kind.SETTINGS : Kind.STANDBY);
  }

  /**
   * Returns whether to check the next connection together with a second one: after an outage, when
   * another server or pooler may have taken over, and after connections shared sessions. True for
   * one caller at a time, which has to call {@link #endPair}.
   */
  boolean beginPair() {
    prune();
    return (connections.isEmpty() || sharing != null) && pairing.compareAndSet(false, true);
  }

  void endPair() {
    pairing.set(false);
  }

  /** Returns why no single connection can be checked now, or null. */
  @Nullable UnsuitableServerException sharing() {
    return sharing;
  }

  private void prune() {
    connections.removeIf(each -> !((SqlConnectionInternal) each).unwrap().isValid());
  }

  /** Adds a connection whose session was checked. */
  void connected(SqlConnection connection, PgConnectOptions server) {
    preferred =
        IntStream.range(0, count())
            .filter(i -> servers.get(i).getSocketAddress().equals(server.getSocketAddress()))
            .findFirst()
            .orElse(0);
    prune();
    connections.add(connection);
    sharing = null;
  }

  /**
   * Logs why no connection was opened if its server is unsuitable, once for each reason. Closes all
   * connections if they share sessions: those that passed the check before do, too.
   */
  void rejected(Throwable failure) {
    if (!(failure instanceof UnsuitableServerException unsuitable)) {
      return;
    }
    Rejection rejection = new Rejection(String.valueOf(unsuitable.getMessage()), System.nanoTime());
    Rejection last = lastRejection.getAndSet(rejection);
    if (last == null || !rejection.continues(last)) {
      log.error("Rejected a connection: {}", rejection.message());
    }
    if (unsuitable.kind() == Kind.SHARED_SESSIONS) {
      sharing = unsuitable;
      connections.forEach(connection -> connection.close());
    }
  }
}
