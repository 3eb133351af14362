package dev.paymeter.ledger;

import dev.paymeter.payments.Ledger;
import dev.paymeter.payments.LedgerUnavailableException;
import dev.paymeter.payments.Payment;
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
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The ledger in PostgreSQL. Safe from any thread; results come on the caller's context. */
public final class PostgresLedger implements Ledger {
  /**
   * Classes of SQLSTATE that blame the server's state, not the statement: connection exception,
   * insufficient resources, operator intervention, system error (PostgreSQL manual, appendix A).
   */
  private static final Set<String> SERVER_IS_AWAY = Set.of("08", "53", "57", "58");

  /** A server that takes no writes: a standby, or a primary that was demoted. */
  private static final String READ_ONLY = "25006";

  private final Pool pool;
  private final Duration timeout;
  private final String instanceId;

  /**
   * @param timeout longest wait for one statement, the wait for a connection included
   * @param instanceId written into every row that is settled here
   */
  public PostgresLedger(Pool pool, Duration timeout, String instanceId) {
    this.pool = pool;
    this.timeout = timeout;
    this.instanceId = instanceId;
  }

  @Override
  public Future<Void> open(Payment pending) {
    return run(Sql.OPEN, Rows.open(pending)).mapEmpty();
  }

  @Override
  public Future<Void> settle(Payment settled) {
    Payment.Settlement how =
        settled.settled().orElseThrow(() -> new IllegalArgumentException("not settled"));
    return run(Sql.SETTLE, Rows.settle(settled, how, instanceId))
        .compose(
            updated ->
                updated.rowCount() == 1 ? Future.succeededFuture() : checkSettledSo(settled));
  }

  /** After a lost answer a statement is sent again, and finds its own work done. */
  private Future<Void> checkSettledSo(Payment settled) {
    return find(settled.id())
        .compose(
            found ->
                found.filter(settled::equals).isPresent()
                    ? Future.succeededFuture()
                    : Future.failedFuture(
                        new IllegalStateException(
                            "payment " + settled.id() + " is not pending: " + found)));
  }

  @Override
  public Future<Optional<Payment>> find(UUID id) {
    return run(Sql.FIND, Tuple.of(id)).map(rows -> rows.stream().findFirst().map(Rows::read));
  }

  @Override
  public Future<Void> check() {
    return run(Sql.CHECK, Tuple.tuple())
        .compose(
            rows ->
                rows.size() == 1
                    ? Future.succeededFuture()
                    : Future.failedFuture(
                        new LedgerUnavailableException("the ledger is read-only")));
  }

  private Future<RowSet<Row>> run(String sql, Tuple parameters) {
    return pool.preparedQuery(sql)
        .execute(parameters)
        .timeout(timeout.toMillis(), TimeUnit.MILLISECONDS)
        .recover(
            failure ->
                Future.failedFuture(
                    isAway(failure)
                        ? new LedgerUnavailableException(
                            "the ledger cannot be reached: " + failure.getMessage(), failure)
                        : failure));
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
