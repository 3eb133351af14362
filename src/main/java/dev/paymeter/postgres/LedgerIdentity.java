package dev.paymeter.postgres;

import dev.paymeter.payment.port.LedgerUnavailableException;
import dev.paymeter.payment.port.SupersededException;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.Optional;

/**
 * The identity under which this process inserts and settles payments and refunds, and records
 * reports.
 *
 * @param epoch the epoch of the lease that {@link PostgresAuditStore} acquired
 */
public record LedgerIdentity(String instanceId, int epoch) {
  private static final String STATE =
      """
      select epoch, lease_until >= clock_timestamp() as is_alive,
        compared_timeline is not distinct from %s as is_compared
      from instances where instance_id = $1
      """
          .formatted(PostgresAuditStore.TIMELINE);

  /** Reason to reject inserts although no other process has taken over the identity. */
  private enum Obstacle {
    EXPIRED_LEASE("the lease of %s has expired"),
    UNCOMPARED_LEDGER("the ledger has moved or gone back, and %s compares it with its counters");

    private final String message;

    Obstacle(String message) {
      this.message = message;
    }
  }

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
   * SQL condition: {@link #hasValidLease}, and the server's timeline is the one that the process
   * has compared with its counters. After a failover or a restore, a row that was counted may be
   * missing; a repeated request would be inserted, and counted, again.
   */
  static String mayInsert(String instanceId, String epoch) {
    return hasValidLease(
        instanceId, epoch + " and i.compared_timeline = " + PostgresAuditStore.TIMELINE);
  }

  /**
   * SQL condition: {@link #mayInsert}, and so may each other instance that may be running. After a
   * failover or a restore, another instance may have counted the outcome of a payment that is
   * unresolved again. For a minute, instances that have not renewed their lease since then may be
   * running, too.
   */
  static String maySettleForOthers(String instanceId, String epoch) {
    return mayInsert(
        instanceId,
        epoch
            + """
             and not exists (
              select from instances o
              where (o.lease_until > clock_timestamp() - interval '1 minute'
                  and o.compared_timeline is distinct from %s)
                or (o.lease_until < i.moved_at
                  and i.moved_at > clock_timestamp() - interval '1 minute'))
            """
                .formatted(PostgresAuditStore.TIMELINE));
  }

  /**
   * Fails with {@link SupersededException} if another process has taken over the identity, and
   * otherwise with {@code ifHeld}.
   */
  <T> Future<T> fail(StatementExecutor statementExecutor, Throwable ifHeld) {
    return obstacle(statementExecutor).compose(held -> Future.failedFuture(ifHeld));
  }

  /**
   * Fails if {@link #mayInsert} is false: with {@link SupersededException} if another process has
   * taken over the identity, and with {@link LedgerUnavailableException} if the lease has expired,
   * because another process may then treat rows that are inserted here as abandoned, or if the
   * ledger is not compared yet.
   */
  Future<Void> checkInserts(StatementExecutor statementExecutor) {
    return obstacle(statementExecutor)
        .compose(
            obstacle ->
                obstacle.isEmpty()
                    ? Future.succeededFuture()
                    : Future.failedFuture(
                        new LedgerUnavailableException(
                            obstacle.get().message.formatted(instanceId))));
  }

  /** Fails with {@link SupersededException} if another process has taken over the identity. */
  Future<Void> checkHeld(StatementExecutor statementExecutor) {
    return obstacle(statementExecutor).mapEmpty();
  }

  private Future<Optional<Obstacle>> obstacle(StatementExecutor statementExecutor) {
    return statementExecutor
        .first(STATE, Tuple.of(instanceId), row -> row)
        .compose(
            row ->
                row.filter(found -> found.getInteger("epoch") == epoch).isPresent()
                    ? Future.succeededFuture(obstacle(row.get()))
                    : Future.failedFuture(new SupersededException(instanceId)));
  }

  private static Optional<Obstacle> obstacle(Row row) {
    if (!row.getBoolean("is_alive")) {
      return Optional.of(Obstacle.EXPIRED_LEASE);
    }
    return row.getBoolean("is_compared")
        ? Optional.empty()
        : Optional.of(Obstacle.UNCOMPARED_LEDGER);
  }
}
