package dev.paymeter.postgres;

import dev.paymeter.payment.port.LedgerUnavailableException;
import io.netty.channel.ChannelException;
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
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Executor of single statements, each in its own transaction and with a timeout. Fails with {@link
 * LedgerUnavailableException} if the server cannot be reached or does not respond in time. Safe
 * from any thread; results come on the caller's context.
 *
 * @param timeout longest wait for one statement, including the wait for a connection
 * @param onUnavailable receives the failures of statements that fail as unavailable
 */
public record StatementExecutor(Pool pool, Duration timeout, Consumer<Throwable> onUnavailable) {
  /**
   * SQLSTATE classes that prove that the database can never store a row: data exception, integrity
   * constraint violation and program limit exceeded (PostgreSQL manual, appendix A).
   */
  private static final Set<String> REJECTED_CLASSES = Set.of("22", "23", "54");

  /** SQLSTATE of a prepared statement whose result columns changed with the schema. */
  private static final String CHANGED_PLAN = "0A000";

  /** A migration changes the schema several times in a row. */
  private static final int MAX_REPEATS = 5;

  /** Comment at the end of a statement that is never prepared in advance. */
  public static final String UNPREPARED = " -- unprepared";

  /** Creates an executor that only returns failures. */
  public StatementExecutor(Pool pool, Duration timeout) {
    this(pool, timeout, unavailable -> {});
  }

  /** Creates an executor that reports such failures to a probe. */
  public StatementExecutor(Pool pool, Duration timeout, WriteProbe writeProbe) {
    this(pool, timeout, writeProbe::statementFailed);
  }

  Future<RowSet<Row>> run(String sql, Tuple parameters) {
    return pool.preparedQuery(sql)
        .execute(parameters)
        .recover(failure -> repeatIfPlanChanged(MAX_REPEATS, failure, sql, parameters))
        .timeout(timeout.toMillis(), TimeUnit.MILLISECONDS)
        .recover(this::failed);
  }

  private <T> Future<T> failed(Throwable failure) {
    Throwable ledgerFailure = asLedgerFailure(failure);
    if (ledgerFailure instanceof LedgerUnavailableException) {
      onUnavailable.accept(ledgerFailure);
    }
    return Future.failedFuture(ledgerFailure);
  }

  /**
   * Repeats a statement; PostgreSQL rejected its plan before it ran. Another connection may have
   * prepared it before the schema changed, too, so it is prepared again; meanwhile, the schema may
   * change once more.
   */
  private Future<RowSet<Row>> repeatIfPlanChanged(
      int repeats, Throwable failure, String sql, Tuple parameters) {
    return repeats > 0
            && failure instanceof PgException error
            && CHANGED_PLAN.equals(error.getSqlState())
        ? pool.preparedQuery(sql + UNPREPARED)
            .execute(parameters)
            .recover(again -> repeatIfPlanChanged(repeats - 1, again, sql, parameters))
        : Future.failedFuture(failure);
  }

  /** Runs a statement and returns the number of rows that it changed. */
  Future<Integer> update(String sql, Tuple parameters) {
    return run(sql, parameters).map(RowSet::rowCount);
  }

  <T> Future<List<T>> list(String sql, Tuple parameters, Function<Row, T> read) {
    return run(sql, parameters).map(rows -> rows.stream().map(read).toList());
  }

  <T> Future<Optional<T>> first(String sql, Tuple parameters, Function<Row, T> read) {
    return run(sql, parameters).map(rows -> rows.stream().findFirst().map(read));
  }

  /** Converts failures of the server to {@link LedgerUnavailableException}. */
  static Throwable asLedgerFailure(Throwable failure) {
    return isUnavailable(failure)
        ? new LedgerUnavailableException(
            "the ledger is unavailable: " + failure.getMessage(), failure)
        : failure;
  }

  /**
   * Returns true unless the failure proves that the statement can never succeed. An error of the
   * database that only an operator can end (a password, a missing right, a missing table) does not
   * prove that.
   */
  static boolean isUnavailable(Throwable failure) {
    if (failure instanceof PgException error) {
      String state = String.valueOf(error.getSqlState());
      return state.length() != 5 || !REJECTED_CLASSES.contains(state.substring(0, 2));
    }
    return failure instanceof UnsuitableServerException
        || failure instanceof IOException
        || failure instanceof TimeoutException
        || failure instanceof ClosedConnectionException
        || failure instanceof VertxException
        || failure instanceof ChannelException; // No socket, because no file descriptor is free.
  }
}
