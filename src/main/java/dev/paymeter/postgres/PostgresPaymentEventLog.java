package dev.paymeter.postgres;

import dev.paymeter.payment.EventBatch;
import dev.paymeter.payment.EventOffset;
import dev.paymeter.payment.PaymentEvent;
import dev.paymeter.payment.PaymentStatus;
import dev.paymeter.payment.port.PaymentEventLog;
import dev.paymeter.payment.port.PublicationLog;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;

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
 *
 * <p>The numbers are those of one server, or of one history of it. When the ledger is moved to
 * another server or goes back in time, a generation of the ledger begins. Generations are ordered,
 * and all events of one are committed before the next begins ({@code generation_begins}).
 */
public record PostgresPaymentEventLog(StatementExecutor statementExecutor)
    implements PaymentEventLog, PublicationLog {
  private static final String COLUMNS =
      """
      c.xid::text as then_xid, c.number as then_number, c.payment_id, c.status as then_status,
        c.gateway as then_gateway, c.refunded as then_refunded, c.at as then_at,
        c.merchant as then_merchant, c.change as then_change, %s
      """
          .formatted(PaymentRowMapper.columns("p"));

  private static final String NEWEST_GENERATION =
      "(select number, generation from generations order by number desc limit 1)";

  /** Events after the position ($1, $2, $3) that fulfil a condition. */
  private static final String EVENTS =
      """
      (select e.generation, e.xid, e.number, e.payment_id, e.status, e.gateway, e.refunded, e.at,
            e.merchant, e.change
          from payment_events e
          where (e.generation, e.xid, e.number)
              > (coalesce(r.number, case when $1 = '' then 0 end), $2::text::xid8, $3::bigint)
            and %s
          order by e.generation, e.xid, e.number
          limit $4)""";

  private static final String IS_COMPLETE = "e.xid < pg_snapshot_xmin(pg_current_snapshot())";

  /**
   * Reads events after the position ($1, $2, $3), each with its payment as it is now. Leaves out
   * events of transactions that may still be followed by a lower number, so that no event is
   * skipped. If there are no events, there is one row with the first columns only.
   */
  private static final String EVENTS_AFTER = eventsAfter("");

  /** As {@link #EVENTS_AFTER}, for the merchant $5. */
  static final String EVENTS_OF_MERCHANT_AFTER = eventsAfter(" and e.merchant = $5");

  /** Returns where a reader at the position ($1, $2, $3) continues in the newest generation. */
  private static final String RESET =
      """
      select newest_generation as newest, newest_began_at as then_at,
        at_generation as then_generation, at_xid::text as then_xid, at_number as then_number
      from reset_position($1, $2::text::xid8, $3)
      """;

  /**
   * Returns the position of the last event that can be read now; no event before it will appear
   * later. The position of a transaction that wrote no event would be useless after a failover: the
   * new server may use its number again.
   */
  static final String END =
      """
      select n.generation as then_generation, coalesce(c.xid, '0')::text as then_xid,
        coalesce(c.number, 0) as then_number
      from %s n
      left join lateral (
        select e.xid, e.number from payment_events e
        where e.generation = n.number and %s
        order by e.generation desc, e.xid desc, e.number desc
        limit 1) c on true
      """
          .formatted(NEWEST_GENERATION, IS_COMPLETE);

  /** In the order of commits, because each state is written after the previous one. */
  private static final String EVENTS_OF_PAYMENT =
      """
      select g.generation as then_generation, %s
      from payment_events c
      join generations g on g.number = c.generation
      left join payments p on p.id = c.payment_id
      where c.payment_id = $1
      order by c.generation, c.number
      """
          .formatted(COLUMNS);

  /** Acquires or renews the lease unless another process holds it; then returns no row. */
  private static final String ACQUIRE =
      """
      update event_publication
      set holder = $1, lease_until = clock_timestamp() + $2 * interval '1 millisecond'
      where holder = $1 or lease_until < clock_timestamp()
      returning known, generation as then_generation, xid::text as then_xid,
        number as then_number
      """;

  private static final String CHECKPOINT =
      """
      update event_publication set known = $2, generation = $3, xid = $4::text::xid8, number = $5
      where holder = $1
      """;

  private static final String RELEASE =
      "update event_publication set lease_until = clock_timestamp() where holder = $1";

  private static final String AGE =
      "select greatest(0, extract(epoch from clock_timestamp() - c.at) * 1000)::bigint as millis ";

  /** Returns the age of the first event that {@link #EVENTS_AFTER} does not read yet. */
  private static final String HELD_BACK =
      AGE
          + """
          from payment_events c
          where c.generation = (select max(number) from generations)
            and c.xid >= pg_snapshot_xmin(pg_current_snapshot())
          order by c.generation, c.xid, c.number
          limit 1
          """;

  /** Returns the age of the first event after the published position. */
  private static final String UNPUBLISHED =
      AGE
          + """
          from event_publication e
          join generations g on g.generation = e.generation
          cross join lateral (
            select at from payment_events
            where (generation, xid, number) > (g.number, e.xid, e.number)
            order by generation, xid, number
            limit 1) c
          """;

  private static String eventsAfter(String condition) {
    return """
        select n.generation as newest,
          $1 = n.generation and $2::text::xid8 >= pg_snapshot_xmax(pg_current_snapshot()) as ahead,
          g.generation as then_generation, %s
        from %s n
        left join generations r on r.generation = $1
        left join lateral (
          %s
          union all
          %s
          order by 1, 2, 3
          limit $4) c on true
        left join generations g on g.number = c.generation
        left join payments p on p.id = c.payment_id
        order by c.generation, c.xid, c.number
        """
        .formatted(
            COLUMNS,
            NEWEST_GENERATION,
            EVENTS.formatted("e.generation < n.number" + condition),
            EVENTS.formatted("e.generation = n.number and " + IS_COMPLETE + condition));
  }

  /** Events of a read, with the newest generation. */
  private record Page(String newest, boolean isAhead, List<PaymentEvent> events) {}

  @Override
  public Future<EventBatch> readAfter(EventOffset offset, int limit) {
    return readAfter(
        offset, position -> read(EVENTS_AFTER, parameters(position).addInteger(limit)));
  }

  @Override
  public Future<EventBatch> readAfter(EventOffset offset, int limit, String merchant) {
    return readAfter(
        offset,
        position ->
            read(
                EVENTS_OF_MERCHANT_AFTER,
                parameters(position).addInteger(limit).addString(merchant)));
  }

  /**
   * @param read reads a page after a position
   */
  private Future<EventBatch> readAfter(
      EventOffset offset, Function<PaymentEvent.Position, Future<Page>> read) {
    return read.apply(offset.position())
        .compose(
            page ->
                isKnown(page, offset)
                    ? Future.succeededFuture(batch(page, offset))
                    : reset(offset.position(), read));
  }

  private static boolean isKnown(Page page, EventOffset offset) {
    return offset.equals(EventOffset.START)
        || (offset.generation().equals(page.newest()) && !page.isAhead());
  }

  private static EventBatch batch(Page page, EventOffset offset) {
    List<PaymentEvent> events = page.events();
    if (events.isEmpty()) {
      return new EventBatch(Optional.empty(), events, offset);
    }
    String known = offset.equals(EventOffset.START) ? page.newest() : offset.generation();
    PaymentEvent.Position last = events.get(events.size() - 1).position();
    return new EventBatch(Optional.empty(), events, new EventOffset(known, last));
  }

  private Future<EventBatch> reset(
      PaymentEvent.Position position, Function<PaymentEvent.Position, Future<Page>> read) {
    return statementExecutor
        .first(RESET, parameters(position), PostgresPaymentEventLog::reset)
        .map(Optional::orElseThrow)
        .compose(
            reset ->
                read.apply(reset.position())
                    .map(
                        page ->
                            batch(page, new EventOffset(reset.generation(), reset.position()))
                                .after(reset)));
  }

  private static EventBatch.Reset reset(Row row) {
    return new EventBatch.Reset(
        position(row), row.getString("newest"), PaymentRowMapper.instant(row, "then_at"));
  }

  private Future<Page> read(String sql, Tuple parameters) {
    return statementExecutor.run(sql, parameters).map(PostgresPaymentEventLog::page);
  }

  private static Page page(RowSet<Row> rows) {
    Row first = rows.iterator().next();
    return new Page(
        first.getString("newest"),
        first.getBoolean("ahead"),
        rows.stream()
            .filter(row -> row.getUUID("payment_id") != null)
            .map(PostgresPaymentEventLog::event)
            .toList());
  }

  @Override
  public Future<PaymentEvent.Position> lastPosition() {
    return statementExecutor
        .first(END, Tuple.tuple(), PostgresPaymentEventLog::position)
        .map(Optional::orElseThrow);
  }

  @Override
  public Future<Duration> heldBackAge() {
    return age(HELD_BACK);
  }

  @Override
  public Future<List<PaymentEvent>> readOf(UUID payment) {
    return statementExecutor.list(
        EVENTS_OF_PAYMENT, Tuple.of(payment), PostgresPaymentEventLog::event);
  }

  @Override
  public Future<Optional<EventOffset>> acquireLease(String holder, Duration lease) {
    return statementExecutor.first(
        ACQUIRE,
        Tuple.of(holder, lease.toMillis()),
        row -> new EventOffset(row.getString("known"), position(row)));
  }

  @Override
  public Future<Void> saveOffset(String holder, EventOffset offset) {
    PaymentEvent.Position position = offset.position();
    return statementExecutor
        .run(
            CHECKPOINT,
            Tuple.of(
                holder,
                offset.generation(),
                position.generation(),
                xid(position),
                position.number()))
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

  private Future<Duration> age(String sql) {
    return statementExecutor
        .first(sql, Tuple.tuple(), row -> Duration.ofMillis(row.getLong("millis")))
        .map(age -> age.orElse(Duration.ZERO));
  }

  private static Tuple parameters(PaymentEvent.Position position) {
    return Tuple.of(position.generation(), xid(position), position.number());
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
        row.getString("then_merchant"),
        row.getString("then_change"),
        row.getUUID("id") == null
            ? null
            : PaymentRowMapper.read(row)
                .atStatus(PaymentStatus.of(status), gateway, row.getBigDecimal("then_refunded")));
  }

  static PaymentEvent.Position position(Row row) {
    return new PaymentEvent.Position(
        row.getString("then_generation"),
        Long.parseLong(row.getString("then_xid")),
        row.getLong("then_number"));
  }
}
