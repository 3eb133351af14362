package dev.paymeter.postgres;

import dev.paymeter.payment.Refund;
import dev.paymeter.payment.port.SegmentStore;
import dev.paymeter.payment.port.SupersededException;
import io.vertx.core.Future;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.UUID;

/** The segments of settled rows in PostgreSQL. */
public record PostgresSegmentStore(
    StatementExecutor statementExecutor, LedgerIdentity ledgerIdentity) implements SegmentStore {
  /** Moves the rows of some receipts, and returns a row if the identity is held. */
  private static final String MOVE =
      """
      with held as (select where %s),
      moved_payments as (
        update payments set segment = $4 from held
        where instance_id = $1 and epoch = $2 and segment = $3 and id = any($5)),
      moved_refunds as (
        update refunds r
        set segment = case when r.instance_id = $1 and r.epoch = $2 and r.segment = $3
            and r.id = any($5) then $4 else r.segment end,
          failure_segment = case when r.failure_instance_id = $1 and r.failure_epoch = $2
            and r.failure_segment = $3 and r.id = any($6) then $4 else r.failure_segment end
        from held
        where r.id = any($5) or r.id = any($6)),
      moved_events as (
        update business_events set segment = $4 from held
        where instance_id = $1 and epoch = $2 and segment = $3 and receipt = any($5)),
      moved_errors as (
        update reported_errors set segment = $4 from held
        where instance_id = $1 and epoch = $2 and segment = $3 and receipt = any($5)),
      moved_fees as (
        update dispute_fees set segment = $4 from held
        where instance_id = $1 and epoch = $2 and segment = $3 and receipt = any($5))
      select from held
      """
          .formatted(LedgerIdentity.isHeld("$1", "$2"));

  @Override
  public Future<Void> move(List<UUID> receipts, int from, int to) {
    UUID[] ids = receipts.toArray(UUID[]::new);
    UUID[] failedRefunds = receipts.stream().map(Refund::failureId).toArray(UUID[]::new);
    return statementExecutor
        .run(
            MOVE,
            Tuple.of(ledgerIdentity.instanceId(), ledgerIdentity.epoch(), from, to)
                .addArrayOfUUID(ids)
                .addArrayOfUUID(failedRefunds))
        .compose(
            held ->
                held.size() == 1
                    ? Future.succeededFuture()
                    : Future.failedFuture(new SupersededException(ledgerIdentity.instanceId())));
  }
}
