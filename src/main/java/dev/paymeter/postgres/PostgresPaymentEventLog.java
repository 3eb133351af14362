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
 * Events in PostgreSQL, where triggers write them. Safe from any thread; results come on the
 * caller's context.
 *
 * <p>Transactions do not commit in the order in which they begin, and numbers of a sequence are
 * taken before the commit; a reader of "behind number 7" would miss a 6 that commits later. So
 * events are ordered by their transaction's number first, and read only up to the oldest
 * transaction that is still running (PostgreSQL manual, section 9.27.9, pg_snapshot_xmin): later
 * commits have higher numbers. Events of one payment are in the order of its states, because each
 * state is written by a transaction that has seen the previous one.
 */
public final class PostgresPaymentEventLog implements PaymentEventLog, PublicationLog {
  private static final String EVENT =
      """
      select c.xid::text as then_xid, c.number as then_number, c.payment_id,
        c.status as then_status, c.gateway as then_gateway, c.refunded as then_refunded,
        c.at as then_at, p.*
      from payment_events c left join payments p on p.id = c.payment_id
      """;

  /**
   * Events behind the position ($1, $2), each with its payment as it is now. Events of a
   * transaction that may still be followed by one with a lower number are not read yet, so that
   * none is ever skipped. A position of a future transaction comes from another server, from which
   * the ledger was restored; the events that were read there have lower numbers.
   */
  private static final String CHANGES =
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

  /** No event of a lower transaction will be readable later. */
  private static final String END =
      "select pg_snapshot_xmin(pg_current_snapshot())::text as then_xid, 0::bigint as then_number";

  /** Of one payment: each state is written after the previous one is committed. */
  private static final String CHANGES_OF = EVENT + "where c.payment_id = $1 order by c.number";

  /** Acquires or renews a lease that no other process holds; else returns no row. */
  private static final String LEAD =
      """
      update event_publication
      set holder = $1, lease_until = clock_timestamp() + $2 * interval '1 millisecond'
      where holder = $1 or lease_until < clock_timestamp()
      returning xid::text as then_xid, number as then_number
      """;

  private static final String PUBLISHED =
      "update event_publication set xid = $2::text::xid8, number = $3 where holder = $1";

  private static final String LEAVE =
      "update event_publication set lease_until = clock_timestamp() where holder = $1";

  private static final String AGE =
      "select greatest(0, extract(epoch from clock_timestamp() - c.at) * 1000)::bigint as millis ";

  /** The first event that {@link #CHANGES} does not read yet. */
  private static final String HELD_BACK =
      AGE
          + """
          from payment_events c
          where c.xid >= pg_snapshot_xmin(pg_current_snapshot())
          order by c.xid, c.number
          limit 1
          """;

  /** The first event behind the published position, which is compared as in {@link #CHANGES}. */
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

  private final StatementExecutor statementExecutor;

  public PostgresPaymentEventLog(StatementExecutor statementExecutor) {
    this.statementExecutor = statementExecutor;
  }

  @Override
  public Future<List<PaymentEvent>> after(PaymentEvent.Position place, int most) {
    return read(CHANGES, Tuple.of(xid(place), place.number(), most));
  }

  @Override
  public Future<PaymentEvent.Position> end() {
    return position(END, Tuple.tuple()).map(Optional::orElseThrow);
  }

  @Override
  public Future<Duration> heldBack() {
    return age(HELD_BACK);
  }

  @Override
  public Future<List<PaymentEvent>> of(UUID payment) {
    return read(CHANGES_OF, Tuple.of(payment));
  }

  @Override
  public Future<Optional<PaymentEvent.Position>> lead(String holder, Duration lease) {
    return position(LEAD, Tuple.of(holder, lease.toMillis()));
  }

  @Override
  public Future<Void> published(String holder, PaymentEvent.Position place) {
    return statementExecutor
        .run(PUBLISHED, Tuple.of(holder, xid(place), place.number()))
        .mapEmpty();
  }

  @Override
  public Future<Duration> unpublished() {
    return age(UNPUBLISHED);
  }

  @Override
  public Future<Void> leave(String holder) {
    return statementExecutor.run(LEAVE, Tuple.of(holder)).mapEmpty();
  }

  private Future<List<PaymentEvent>> read(String sql, Tuple parameters) {
    return statementExecutor.list(sql, parameters, PostgresPaymentEventLog::change);
  }

  private Future<Optional<PaymentEvent.Position>> position(String sql, Tuple parameters) {
    return statementExecutor.first(sql, parameters, PostgresPaymentEventLog::position);
  }

  private Future<Duration> age(String sql) {
    return statementExecutor
        .first(sql, Tuple.tuple(), row -> Duration.ofMillis(row.getLong("millis")))
        .map(age -> age.orElse(Duration.ZERO));
  }

  private static String xid(PaymentEvent.Position place) {
    return Long.toString(place.transaction());
  }

  private static PaymentEvent change(Row row) {
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
                .asItStood(PaymentStatus.of(status), gateway, row.getBigDecimal("then_refunded")));
  }

  private static PaymentEvent.Position position(Row row) {
    return new PaymentEvent.Position(
        Long.parseLong(row.getString("then_xid")), row.getLong("then_number"));
  }
}
