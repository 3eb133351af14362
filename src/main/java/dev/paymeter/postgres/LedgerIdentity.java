package dev.paymeter.postgres;

import dev.paymeter.payment.port.LedgerUnavailableException;
import dev.paymeter.payment.port.SupersededException;
import io.vertx.core.Future;
import io.vertx.sqlclient.Tuple;

/**
 * The identity under which this process inserts and settles payments and refunds, and records
 * reports.
 *
 * @param epoch the epoch of the lease that {@link PostgresAuditStore} acquired
 */
public record LedgerIdentity(String instanceId, int epoch) {
  private static final String EPOCH =
      """
      select epoch, lease_until >= clock_timestamp() as is_alive
      from instances where instance_id = $1
      """;

  /** SQL condition: no other process has taken over the identity. */
  static String isHeld(String instanceId, String epoch) {
    return "exists (select from instances i where i.instance_id = %s and i.epoch = %s)"
        .formatted(instanceId, epoch);
  }

  /** SQL condition: {@link #isHeld}, and the lease is valid, so none can take it over now. */
  static String hasValidLease(String instanceId, String epoch) {
    return isHeld(instanceId, epoch + " and i.lease_until >= clock_timestamp()");
  }

  /**
   * Fails with {@link SupersededException} if another process has taken over the identity, and
   * otherwise with {@code ifHeld}.
   */
  <T> Future<T> fail(StatementExecutor statementExecutor, Throwable ifHeld) {
    return hasValidLease(statementExecutor).compose(held -> Future.failedFuture(ifHeld));
  }

  /**
   * Fails with {@link SupersededException} if another process has taken over the identity, or with
   * {@link LedgerUnavailableException} if the lease has expired: another process may then treat
   * rows that are inserted here as abandoned.
   */
  Future<Void> checkLease(StatementExecutor statementExecutor) {
    return hasValidLease(statementExecutor)
        .compose(
            isAlive ->
                isAlive
                    ? Future.succeededFuture()
                    : Future.failedFuture(
                        new LedgerUnavailableException(
                            "the lease of " + instanceId + " has expired")));
  }

  private Future<Boolean> hasValidLease(StatementExecutor statementExecutor) {
    return statementExecutor
        .first(EPOCH, Tuple.of(instanceId), row -> row)
        .compose(
            row ->
                row.filter(found -> found.getInteger("epoch") == epoch).isPresent()
                    ? Future.succeededFuture(row.get().getBoolean("is_alive"))
                    : Future.failedFuture(new SupersededException(instanceId)));
  }
}
