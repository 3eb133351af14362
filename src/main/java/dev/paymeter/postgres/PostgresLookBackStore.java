package dev.paymeter.postgres;

import dev.paymeter.audit.LookBackStore;
import dev.paymeter.payment.port.LedgerDifference;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Closed segments in PostgreSQL. Safe from any thread; results come on the caller's context. */
public final class PostgresLookBackStore implements LookBackStore {
  private static final int MAX_RANGES = 100;
  private static final int MAX_DIFFERENT = 10;
  private static final int MAX_DIFFERENCES = 20;

  /** Skips ranges that another instance compares or extends at the same time. */
  private static final String COMPARE_OLDEST =
      """
      with oldest as (
        select instance_id, from_epoch, from_segment, epoch, segment, rows, previous, compared_at
        from closed_segments order by compared_at limit $2 for update skip locked),
      due as (
        select instance_id, from_epoch, from_segment, epoch, segment, previous,
          sum(rows) over (order by compared_at, instance_id, from_epoch, from_segment) - rows
            as before
        from oldest),
      found as (
        select due.instance_id, due.from_epoch, due.from_segment, r.rows, r.cents, r.chain
        from due cross join lateral
          rows_of_segments(due.instance_id, due.from_epoch, due.from_segment, due.epoch,
            due.segment, due.previous) r
        where due.before < $1)
      update closed_segments c
      set compared_at = clock_timestamp(), found_rows = found.rows, found_cents = found.cents,
        found_chain = found.chain
      from found
      where (c.instance_id, c.from_epoch, c.from_segment)
        = (found.instance_id, found.from_epoch, found.from_segment)
      returning c.instance_id, c.epoch, c.segment, c.rows, c.difference
      """;

  /**
   * Rows that name an instance or an epoch that does not exist are in no range: nothing counted
   * them. Skips through the index from instance to instance; the aggregate in the lateral join
   * makes the planner use both conditions for the index, whatever it knows about the table.
   */
  static final String STATE =
      """
      with recursive names as (
        (select instance_id from payments where instance_id is not null
          order by instance_id limit 1)
        union all
        select (select p.instance_id from payments p
          where p.instance_id > names.instance_id order by p.instance_id limit 1)
        from names where names.instance_id is not null),
      stray as (
        select coalesce(sum(found.rows), 0) as rows, coalesce(sum(found.cents), 0) as cents
        from names left join instances i using (instance_id)
          cross join lateral (
            select count(*) as rows, sum(p.amount_usd * 100) as cents from payments p
            where p.instance_id = names.instance_id and p.epoch > coalesce(i.epoch, -1)
              and p.status <> 'voided') found)
      select coalesce(sum(rows), 0)::bigint as rows,
        coalesce(greatest(0, extract(epoch from clock_timestamp() - min(compared_at)) * 1000), 0)
          ::bigint as millis,
        (coalesce(sum(difference), 0) + (select s.rows + s.cents from stray s))::bigint
          as difference,
        (select greatest(1, count(*)) from instances
          where lease_until > clock_timestamp())::int as instances
      from closed_segments
      """;

  private static final String DIFFERENT =
      """
      select instance_id, epoch, segment, rows, difference
      from closed_segments where difference <> 0
      order by difference desc, instance_id, epoch, segment limit $1
      """;

  private static final String DIFFERENCES =
      """
      select instance_id, epoch, segment, rows, cents, found_rows, found_cents,
        encode(found_chain, 'hex') as found_state, compared_at
      from closed_segments where difference <> 0
      order by difference desc, instance_id, epoch, segment limit $1
      """;

  /** Locks the range: the look-back may be about to store another difference. */
  private static final String ACKNOWLEDGE =
      """
      with seen as (
        select c.instance_id, c.epoch, c.segment from closed_segments c
        where c.instance_id = $1 and c.epoch = $2 and c.segment = $3 and c.difference <> 0
          and encode(c.found_chain, 'hex') = $4
        for update)
      select acknowledge_difference(instance_id, epoch, segment, $6, $5) as accepted from seen
      """;

  private static final String LOSSES =
      """
      select generation, sum(rows)::bigint as rows
      from losses where acknowledged_at is null
      group by generation order by generation
      """;

  private final StatementExecutor statementExecutor;

  public PostgresLookBackStore(StatementExecutor statementExecutor) {
    this.statementExecutor = statementExecutor;
  }

  @Override
  public Future<List<Range>> compareOldest(int maxRows) {
    return statementExecutor.list(
        COMPARE_OLDEST, Tuple.of(maxRows, MAX_RANGES), PostgresLookBackStore::range);
  }

  @Override
  public Future<State> state() {
    return statementExecutor
        .list(DIFFERENT, Tuple.of(MAX_DIFFERENT), PostgresLookBackStore::range)
        .compose(different -> losses().compose(losses -> state(different, losses)));
  }

  @Override
  public Future<List<LedgerDifference>> differences() {
    return statementExecutor.list(
        DIFFERENCES, Tuple.of(MAX_DIFFERENCES), PostgresLookBackStore::difference);
  }

  @Override
  public Future<Optional<String>> acknowledge(
      LedgerDifference.Acknowledgement accepted, String operator) {
    return statementExecutor.first(
        ACKNOWLEDGE,
        Tuple.of(
            accepted.instanceId(),
            accepted.epoch(),
            accepted.segment(),
            accepted.foundState(),
            operator,
            accepted.reason()),
        row -> row.getString("accepted"));
  }

  private static LedgerDifference difference(Row row) {
    return new LedgerDifference(
        row.getString("instance_id"),
        row.getInteger("epoch"),
        row.getInteger("segment"),
        row.getLong("rows"),
        row.getBigDecimal("cents").longValueExact(),
        row.getLong("found_rows"),
        row.getBigDecimal("found_cents").longValueExact(),
        row.getString("found_state"),
        PaymentRowMapper.instant(row, "compared_at"));
  }

  private Future<List<Loss>> losses() {
    return statementExecutor.list(
        LOSSES, Tuple.tuple(), row -> new Loss(row.getString("generation"), row.getLong("rows")));
  }

  private Future<State> state(List<Range> different, List<Loss> losses) {
    return statementExecutor
        .first(STATE, Tuple.tuple(), row -> state(row, different, losses))
        .map(found -> found.orElseThrow());
  }

  private static Range range(Row row) {
    return new Range(
        row.getString("instance_id"),
        row.getInteger("epoch"),
        row.getInteger("segment"),
        row.getLong("rows"),
        row.getBigDecimal("difference").longValueExact());
  }

  private static State state(Row row, List<Range> different, List<Loss> losses) {
    return new State(
        row.getLong("rows"),
        Duration.ofMillis(row.getLong("millis")),
        different,
        row.getLong("difference"),
        losses,
        row.getInteger("instances"));
  }
}
