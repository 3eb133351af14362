package dev.paymeter.postgres;

import dev.paymeter.payment.PaymentEvent;
import dev.paymeter.payment.PaymentStatus;
import dev.paymeter.payment.port.PaymentEventLog;
import dev.paymeter.payment.port.PublicationLog;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Events in PostgreSQL, written by triggers. Safe from any thread; results come on the caller's
 * context.
 *
 * <p>Transactions take their sequence numbers before they commit, and commit in any order. A reader
 * that continues after number 7 would miss a number 6 that is committed later. So events are
 * ordered by transaction number first, and read only up to the oldest transaction that is still
 * running (PostgreSQL manual, section 9.27.9, pg_snapshot_xmin): later commits have higher numbers.
 * Events of one payment are in the order of its states, because each state is written by a
 * transaction that has read the previous one.
 */
public record PostgresPaymentEventLog(StatementExecutor statementExecutor)
    implements PaymentEventLog, PublicationLog {
  private static final String EVENT =
      """
      select c.xid::text as then_xid, c.number as then_number, c.payment_id,
        c.status as then_status, c.gateway as then_gateway, c.refunded as then_refunded,
        c.at as then_at, %s
      from payment_events c left join payments p on p.id = c.payment_id
      """
          .formatted(PaymentRowMapper.columns("p"));

  /**
   * Reads events after the position ($1, $2), each with its payment as it is now. Leaves out events
   * of transactions that may still be followed by a lower number, so that no event is skipped. A
   * position in a future transaction comes from another server, from which the ledger was restored;
   * reading then starts from the first event.
   */
  private static final String EVENTS_AFTER =
      EVENT
          + """
          where (c.xid, c.number) > (
              case when $1::text::xid8 > pg_snapshot_xmax(pg_current_snapshot()) then '0'
                else $1::text end::xid8,
              $2::bigint)
            and c.xid < pg_snapshot_xmin(pg_current_snapshot())
          order by c.xid, c.number
          limit $3
          """;

  /** No event before this position will appear later. */
  private static final String END =
      "select pg_snapshot_xmin(pg_current_snapshot())::text as then_xid, 0::bigint as then_number";

  /** In the order of commits, because each state is written after the previous one. */
  private static final String EVENTS_OF_PAYMENT =
      EVENT + "where c.payment_id = $1 order by c.number";

  /** Acquires or renews the lease unless another process holds it; then returns no row. */
  private static final String ACQUIRE =
      """
      update event_publication
      set holder = $1, lease_until = clock_timestamp() + $2 * interval '1 millisecond'
      where holder = $1 or lease_until < clock_timestamp()
      returning xid::text as then_xid, number as then_number
      """;

  private static final String CHECKPOINT =
      "update event_publication set xid = $2::text::xid8, number = $3 where holder = $1";

  private static final String RELEASE =
      "update event_publication set lease_until = clock_timestamp() where holder = $1";

  private static final String AGE =
      "select greatest(0, extract(epoch from clock_timestamp() - c.at) * 1000)::bigint as millis ";

  /** Returns the age of the first event that {@link #EVENTS_AFTER} does not read yet. */
  private static final String HELD_BACK =
      AGE
          + """
          from payment_events c
          where c.xid >= pg_snapshot_xmin(pg_current_snapshot())
          order by c.xid, c.number
          limit 1
          """;

  /** Returns the age of the first event after the published position. */
  private static final String UNPUBLISHED =
      AGE
          + """
          from event_publication e cross join lateral (
            select at from payment_events
            where (xid, number) > (
              case when e.xid > pg_snapshot_xmax(pg_current_snapshot()) then '0' else e.xid end,
              e.number)
            order by xid, number
            limit 1) c
          """;

  @Override
  public Future<List<PaymentEvent>> readAfter(PaymentEvent.Position position, int limit) {
    return read(EVENTS_AFTER, Tuple.of(xid(position), position.number(), limit));
  }

  @Override
  public Future<PaymentEvent.Position> lastPosition() {
    return position(END, Tuple.tuple()).map(Optional::orElseThrow);
  }

  @Override
  public Future<Duration> heldBackAge() {
    return age(HELD_BACK);
  }

  @Override
  public Future<List<PaymentEvent>> readOf(UUID payment) {
    return read(EVENTS_OF_PAYMENT, Tuple.of(payment));
  }

  @Override
  public Future<Optional<PaymentEvent.Position>> acquireLease(String holder, Duration lease) {
    return position(ACQUIRE, Tuple.of(holder, lease.toMillis()));
  }

  @Override
  public Future<Void> savePosition(String holder, PaymentEvent.Position position) {
    return statementExecutor
        .run(CHECKPOINT, Tuple.of(holder, xid(position), position.number()))
        .mapEmpty();
  }

  @Override
  public Future<Duration> oldestUnpublishedAge() {
    return age(UNPUBLISHED);
  }

  @Override
  public Future<Void> releaseLease(String holder) {
    return statementExecutor.run(RELEASE, Tuple.of(holder)).mapEmpty();
  }

  private Future<List<PaymentEvent>> read(String sql, Tuple parameters) {
    return statementExecutor.list(sql, parameters, PostgresPaymentEventLog::event);
  }

  private Future<Optional<PaymentEvent.Position>> position(String sql, Tuple parameters) {
    return statementExecutor.first(sql, parameters, PostgresPaymentEventLog::position);
  }

  private Future<Duration> age(String sql) {
    return statementExecutor
        .first(sql, Tuple.tuple(), row -> Duration.ofMillis(row.getLong("millis")))
        .map(age -> age.orElse(Duration.ZERO));
  }

  private static String xid(PaymentEvent.Position position) {
    return Long.toString(position.transaction());
  }

  private static PaymentEvent event(Row row) {
    String status = row.getString("then_status");
    String gateway = row.getString("then_gateway");
    return new PaymentEvent(
        position(row),
        row.getUUID("payment_id"),
        status,
        gateway,
        PaymentRowMapper.instant(row, "then_at"),
        row.getUUID("id") == null
            ? null
            : PaymentRowMapper.read(row)
                .atStatus(PaymentStatus.of(status), gateway, row.getBigDecimal("then_refunded")));
  }

  private static PaymentEvent.Position position(Row row) {
    return new PaymentEvent.Position(
        Long.parseLong(row.getString("then_xid")), row.getLong("then_number"));
  }
}
