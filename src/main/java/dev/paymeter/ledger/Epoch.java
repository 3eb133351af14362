package dev.paymeter.ledger;

import dev.paymeter.payments.SupersededException;
import io.vertx.core.Future;
import io.vertx.sqlclient.Tuple;

/**
 * An identity as one process holds it: every later one has a greater number.
 *
 * @param number the one that {@link PostgresBooks} opened
 */
record Epoch(Statements statements, String instanceId, int number) {
  /** Fails with {@link SupersededException} when another process has taken over the identity. */
  Future<Void> check() {
    return statements
        .run(Sql.EPOCH, Tuple.of(instanceId))
        .compose(
            rows ->
                rows.size() == 1 && rows.iterator().next().getInteger("epoch") == number
                    ? Future.succeededFuture()
                    : Future.failedFuture(new SupersededException(instanceId)));
  }
}
