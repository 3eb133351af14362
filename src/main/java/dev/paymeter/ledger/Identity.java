package dev.paymeter.ledger;

import dev.paymeter.payments.SupersededException;
import io.vertx.core.Future;
import io.vertx.sqlclient.Tuple;

/**
 * Under which payments are opened and settled here.
 *
 * @param epoch the one that {@link PostgresBooks} opened
 */
record Identity(String instanceId, int epoch) {
  /** Fails with {@link SupersededException} when another process has taken it over. */
  Future<Void> check(Statements statements) {
    return statements
        .run(Sql.EPOCH, Tuple.of(instanceId))
        .compose(
            rows ->
                rows.size() == 1 && rows.iterator().next().getInteger("epoch") == epoch
                    ? Future.succeededFuture()
                    : Future.failedFuture(superseded()));
  }

  SupersededException superseded() {
    return new SupersededException(instanceId);
  }
}
