package dev.paymeter.postgres.server;

import dev.paymeter.postgres.UnsuitableServerException;
import dev.paymeter.postgres.UnsuitableServerException.Kind;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Configures the session of a new connection, and checks the settings on which correctness depends.
 * The session must belong to this connection alone, because the service relies on its settings and
 * prepared statements. A pooler that assigns a server connection to each transaction breaks that.
 *
 * <p>Such a pooler is detected as follows. The connection writes a random value to a session
 * setting, unless the session has one. A value of another connection shows that the session was
 * used before and not reset. Later transactions expect the same value and the same server process.
 */
final class SessionCheck {
  /** Writes the value unless there is one, and returns the value. */
  private static final String CLAIM =
      """
      select pg_backend_pid()::text as pid,
        set_config(
          'paymeter.session',
          coalesce(nullif(current_setting('paymeter.session', true), ''), '%s'), false) as session
      """;

  /**
   * Configures the session if it is claimed.
   *
   * <ul>
   *   <li>statement_timeout: bounds statements whose client has died, so that none is committed
   *       long after a takeover.
   *   <li>enable_seqscan, enable_hashjoin, enable_mergejoin: each statement has an index. The
   *       planner would still read whole tables, because it assumes that new tables are small and
   *       that ranges of segments are large. The audit runs every second.
   *   <li>jit: compiling takes longer than any of the statements. Plans that read all of a small
   *       table would be compiled each time, because of the cost that enable_seqscan adds.
   *   <li>plan_cache_mode: one plan fits all parameters. PostgreSQL would plan each execution of a
   *       statement that unnests arrays, because it assumes ten rows in each. That doubles the CPU
   *       time of a settlement.
   * </ul>
   */
  private static final String CONFIGURE =
      """
      select set_config('statement_timeout', '%s', false) as statement_timeout,
        set_config('enable_seqscan', 'off', false) as enable_seqscan,
        set_config('enable_hashjoin', 'off', false) as enable_hashjoin,
        set_config('enable_mergejoin', 'off', false) as enable_mergejoin,
        set_config('jit', 'off', false) as jit,
        set_config('plan_cache_mode', 'force_generic_plan', false) as plan_cache_mode
      where current_setting('paymeter.session', true) = '%s'
      """;

  private static final String INSPECT =
      """
      select pg_backend_pid()::text as pid,
        coalesce(current_setting('paymeter.session', true), '') as session,
        coalesce(host(inet_server_addr()) || ':' || inet_server_port(), 'socket') as server,
        quote_ident(session_user) as role,
        quote_ident(current_database()) as database,
        pg_is_in_recovery()::text as in_recovery,
        current_setting('transaction_read_only') as transaction_read_only,
        current_setting('default_transaction_read_only') as default_transaction_read_only,
        current_setting('statement_timeout') as statement_timeout,
        current_setting('synchronous_commit') as synchronous_commit,
        current_setting('synchronous_standby_names') as synchronous_standby_names,
        current_setting('default_transaction_isolation') as default_transaction_isolation,
        current_setting('fsync') as fsync
      """;

  private static final String TIMEOUT = Database.STATEMENT_TIMEOUT.toSeconds() + "s";

  /** Values with which a commit waits until it is on the disk of the server. */
  private static final List<String> FLUSHED =
      List.of("on", "remote_apply", "remote_write", "local");

  /** Values with which a commit also waits until it is on the disks of synchronous standbys. */
  private static final List<String> FLUSHED_ON_STANDBYS = List.of("on", "remote_apply");

  private final Session session;
  private final String address;
  private final Kind readOnly;
  private final String token = UUID.randomUUID().toString();
  private String pid = "";

  /**
   * @param address of the database, for errors
   * @param readOnly kind of the failure if the server rejects writes
   */
  SessionCheck(Session session, String address, Kind readOnly) {
    this.session = session;
    this.address = address;
    this.readOnly = readOnly;
  }

  /** Fails with {@link UnsuitableServerException} if the session must not be used. */
  Future<Void> run() {
    return session
        .firstRow(CLAIM.formatted(token))
        .compose(this::claimed)
        .compose(claimed -> session.firstRow(CONFIGURE.formatted(TIMEOUT, token)))
        .compose(configured -> configured.isEmpty() ? shared() : checkAgain());
  }

  private Future<Void> claimed(Map<String, String> row) {
    pid = get(row, "pid");
    return get(row, "session").equals(token) ? Future.succeededFuture() : shared();
  }

  /**
   * Also checks the session of another connection. A transaction occupies one server connection, so
   * a pooler that shares server connections has to move the other session.
   */
  Future<Void> runWith(SessionCheck other) {
    return run()
        .compose(passed -> other.run())
        .compose(passed -> pid.equals(other.pid) ? shared() : session.firstRow("begin"))
        .compose(begun -> checkAgain())
        .compose(passed -> other.checkAgain())
        .compose(passed -> session.firstRow("commit"))
        .compose(committed -> other.checkAgain())
        .compose(passed -> checkAgain());
  }

  /** Checks the session in another transaction. */
  private Future<Void> checkAgain() {
    return session.firstRow(INSPECT).compose(this::inspected);
  }

  private Future<Void> inspected(Map<String, String> row) {
    if (!get(row, "session").equals(token) || !get(row, "pid").equals(pid)) {
      return shared();
    }
    if (isStandby(row)) {
      return unsuitable(
          get(row, "server"),
          "a server that accepts writes, found a standby; set database.url to the primary, or to"
              + " all servers (host1:5432,host2:5432)",
          readOnly);
    }
    boolean hasStandbys = !get(row, "synchronous_standby_names").isEmpty();
    return Stream.of(
            new Setting("transaction_read_only", List.of("off")),
            new Setting("statement_timeout", List.of(TIMEOUT)),
            new Setting("synchronous_commit", hasStandbys ? FLUSHED_ON_STANDBYS : FLUSHED),
            new Setting("default_transaction_isolation", List.of("read committed")),
            new Setting("fsync", List.of("on")))
        .filter(setting -> !setting.allowed().contains(get(row, setting.name())))
        .findFirst()
        .map(setting -> unsuitable(setting, row))
        .orElseGet(Future::succeededFuture);
  }

  /** A transaction that began just before the promotion of its server is read-only, too. */
  private static boolean isStandby(Map<String, String> row) {
    return get(row, "in_recovery").equals("true")
        || (get(row, "transaction_read_only").equals("on")
            && get(row, "default_transaction_read_only").equals("off"));
  }

  /** A setting of the server with its correct values, the recommended one first. */
  private record Setting(String name, List<String> allowed) {
    /** Returns the command that sets it for a role. */
    String command(String role, String database) {
      String settable = name.replaceFirst("^transaction_", "default_transaction_");
      String value = allowed.get(0).replaceFirst("(.* .*)", "'$1'");
      return name.equals("fsync")
          ? "alter system set fsync = on, and restart the server"
          : "alter role %s in database %s set %s = %s".formatted(role, database, settable, value);
    }
  }

  private Future<Void> unsuitable(Setting setting, Map<String, String> row) {
    String standbys = get(row, "synchronous_standby_names");
    return unsuitable(
        get(row, "server"),
        "%s = %s%s, found %s; run: %s"
            .formatted(
                setting.name(),
                String.join(" or ", setting.allowed()),
                setting.allowed().equals(FLUSHED_ON_STANDBYS)
                    ? " (because synchronous_standby_names is " + standbys + ")"
                    : "",
                get(row, setting.name()),
                setting.command(get(row, "role"), get(row, "database"))),
        setting.name().equals("transaction_read_only") ? readOnly : Kind.SETTINGS);
  }

  /** Fails because other connections use the same session. */
  private <T> Future<T> shared() {
    return unsuitable(
        "behind a pooler",
        "a session for each connection, found one that connections share; set pool_mode = session"
            + " and server_reset_query = DISCARD ALL in PgBouncer, or set database.url to the"
            + " server itself",
        Kind.SHARED_SESSIONS);
  }

  private <T> Future<T> unsuitable(String server, String problem, Kind kind) {
    return Future.failedFuture(
        new UnsuitableServerException(
            "the database at %s (server %s) cannot be used: expected %s"
                .formatted(address, server, problem),
            kind));
  }

  private static String get(Map<String, String> row, String column) {
    return Objects.requireNonNull(row.get(column), column);
  }
}
