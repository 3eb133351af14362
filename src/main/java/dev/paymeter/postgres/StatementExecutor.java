package dev.paymeter.postgres;

import dev.paymeter.payment.port.LedgerUnavailableException;
import io.vertx.core.Future;
import io.vertx.core.VertxException;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.ClosedConnectionException;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/**
 * Runs single statements, each in a transaction of its own, with a limit to its time. Fails with
 * {@link LedgerUnavailableException} when the server cannot be reached or does not answer in time.
 * Safe from any thread; results come on the caller's context.
 */
public final class StatementExecutor {
  /**
   * Classes of SQLSTATE that blame the server's state, not the statement: connection exception,
   * insufficient resources, operator intervention, system error (PostgreSQL manual, appendix A).
   */
  private static final Set<String> SERVER_IS_AWAY = Set.of("08", "53", "57", "58");

  /** A server that takes no writes: a standby, or a primary that was demoted. */
  private static final String READ_ONLY = "25006";

  private final Pool pool;
  private final Duration timeout;

  /**
   * Statements over a pool's connections.
   *
   * @param timeout longest wait for one statement, the wait for a connection included
   */
  public StatementExecutor(Pool pool, Duration timeout) {
    this.pool = pool;
    this.timeout = timeout;
  }

  Future<RowSet<Row>> run(String sql, Tuple parameters) {
    return pool.preparedQuery(sql)
        .execute(parameters)
        .timeout(timeout.toMillis(), TimeUnit.MILLISECONDS)
        .recover(failure -> Future.failedFuture(away(failure)));
  }

  /** Runs a statement and returns the number of rows that it changed. */
  Future<Integer> update(String sql, Tuple parameters) {
    return run(sql, parameters).map(RowSet::rowCount);
  }

  <T> Future<List<T>> list(String sql, Tuple parameters, Function<Row, T> read) {
    return run(sql, parameters).map(rows -> rows.stream().map(read).toList());
  }

  /** Returns the first row, if there is any. */
  <T> Future<Optional<T>> first(String sql, Tuple parameters, Function<Row, T> read) {
    return run(sql, parameters).map(rows -> rows.stream().findFirst().map(read));
  }

  /** The longest wait for one statement. */
  Duration timeout() {
    return timeout;
  }

  /** The same failure, in the ledger's words where the server is away. */
  static Throwable away(Throwable failure) {
    return isAway(failure)
        ? new LedgerUnavailableException(
            "the ledger cannot be reached: " + failure.getMessage(), failure)
        : failure;
  }

  static boolean isAway(Throwable failure) {
    if (failure instanceof PgException said) {
      String state = String.valueOf(said.getSqlState());
      return state.equals(READ_ONLY)
          || (state.length() == 5 && SERVER_IS_AWAY.contains(state.substring(0, 2)));
    }
    return failure instanceof IOException
        || failure instanceof TimeoutException
        || failure instanceof ClosedConnectionException
        || failure instanceof VertxException;
  }
}
