package dev.paymeter.ledger;

import dev.paymeter.payments.LedgerUnavailableException;
import dev.paymeter.payments.SupersededException;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;

/**
 * Under which payments are opened and settled here.
 *
 * @param epoch the one that {@link PostgresBooks} opened
 */
record Identity(String instanceId, int epoch) {
  /** Fails with {@link SupersededException} when another process has taken it over. */
  Future<Void> check(Statements statements) {
    return isAlive(statements).mapEmpty();
  }

  /**
   * Why nothing could be opened: fails with {@link SupersededException}, or with {@link
   * LedgerUnavailableException} while the lease has run out, and others may take what is opened
   * here for a dead process's; succeeds where it was for something else.
   */
  Future<Void> checkLease(Statements statements) {
    return isAlive(statements)
        .compose(
            isAlive ->
                isAlive
                    ? Future.succeededFuture()
                    : Future.failedFuture(
                        new LedgerUnavailableException(
                            "the lease of " + instanceId + " has run out")));
  }

  private Future<Boolean> isAlive(Statements statements) {
    return statements
        .run(Sql.EPOCH, Tuple.of(instanceId))
        .compose(
            rows -> {
              Row row = rows.size() == 1 ? rows.iterator().next() : null;
              return row != null && row.getInteger("epoch") == epoch
                  ? Future.succeededFuture(row.getBoolean("is_alive"))
                  : Future.failedFuture(new SupersededException(instanceId));
            });
  }
}
