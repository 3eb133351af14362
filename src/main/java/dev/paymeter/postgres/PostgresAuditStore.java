package dev.paymeter.postgres;

import dev.paymeter.audit.AuditStore;
import dev.paymeter.audit.ChainHead;
import dev.paymeter.audit.IdentityInUseException;
import dev.paymeter.audit.LedgerPosition;
import dev.paymeter.audit.LedgerWentBackException;
import dev.paymeter.payment.port.LedgerUnavailableException;
import dev.paymeter.payment.port.Scheduler;
import dev.paymeter.payment.port.SupersededException;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ledger totals and checkpoints of one instance, in PostgreSQL. Its identity is a lease on a row,
 * which its holder renews. Another process waits until the lease expires without a renewal. So it
 * takes over seconds after the holder was killed, and never while the holder is alive.
 */
public final class PostgresAuditStore implements AuditStore {
  private static final Logger log = LoggerFactory.getLogger(PostgresAuditStore.class);

  /** Time without a renewal after which another process may take over the identity. */
  public static final Duration LEASE_DURATION = Duration.ofSeconds(5);

  private static final Duration POLL_INTERVAL = Duration.ofMillis(250);

  /** Longer than the server lets any statement of Paymeter run. */
  private static final Duration MAX_STATEMENT_DURATION = Duration.ofSeconds(15);

  private static final Duration WRITERS_POLL_INTERVAL = Duration.ofMillis(50);

  /**
   * The transactions that may commit settled rows. A statement takes these locks before its
   * snapshot, with which it checks the epoch, and keeps them until its transaction has ended
   * (PostgreSQL manual, 13.3.1).
   */
  private static final String WRITERS =
      """
      select distinct virtualtransaction as writer from pg_locks
      where locktype = 'relation' and mode = 'RowExclusiveLock' and granted
        and database = (select oid from pg_database where datname = current_database())
        and relation in ('payments'::regclass, 'refunds'::regclass, 'dispute_fees'::regclass,
          'business_events'::regclass, 'reported_errors'::regclass)
        and pid <> pg_backend_pid()
      """;

  /** The identifier of the server, which its standbys and copies share. */
  private static final String SYSTEM = "(select system_identifier::text from pg_control_system())";

  /** The timeline on which the server writes: the first part of the name of a segment file. */
  static final String TIMELINE = "left(pg_walfile_name(pg_current_wal_insert_lsn()), 8)";

  private static final String POSITION =
      "renewals, %s as system, %s as timeline".formatted(SYSTEM, TIMELINE);

  /**
   * Acquires a new identity, or one with an expired lease; otherwise returns no row. The ledger is
   * not compared until {@link PostgresGenerationStore#resume}.
   */
  private static final String ACQUIRE =
      """
      insert into instances as i (instance_id, epoch, holder, lease_until)
      values ($1, $4 + 1, $2, clock_timestamp() + $3 * interval '1 millisecond')
      on conflict (instance_id) do update
      set epoch = greatest(i.epoch, $4) + 1, holder = excluded.holder,
        lease_until = excluded.lease_until, compared_timeline = null, renewals = i.renewals + 1,
        moved_at = case when i.compared_timeline = %s then i.moved_at else clock_timestamp() end
      where i.lease_until <= clock_timestamp()
      returning epoch, totals::text, baseline::text, checkpoint_epoch, checkpoint_segment, %s
      """
          .formatted(TIMELINE, POSITION);

  private static final String HOLDER =
      """
      select epoch, holder,
        greatest(0, extract(epoch from lease_until - clock_timestamp()) * 1000)::bigint as millis
      from instances where instance_id = $1
      """;

  private static final String RENEW =
      """
      update instances set lease_until = clock_timestamp() + $3 * interval '1 millisecond',
        compared_timeline = case when $6 then compared_timeline
          when renewals >= $5 then nullif($4, '') end,
        moved_at = case when $6 or compared_timeline is null or (renewals >= $5 and $4 <> '')
          then moved_at else clock_timestamp() end,
        renewals = renewals + 1
      where instance_id = $1 and epoch = $2
      returning %s
      """
          .formatted(POSITION);

  private static final String EPOCH = "select epoch from instances where instance_id = $1";

  /** The last page of an instance's chain. */
  private static final String LAST_PAGE =
      """
      select %s from closed_segments c where c.instance_id = $1
      order by c.from_epoch desc, c.from_segment desc limit 1
      """;

  private static final String IS_STORED =
      """
      select (checkpoint_epoch, checkpoint_segment) = ($2, $3) as stored,
        (select encode(last.chain, 'hex') from (%s) last) as chain
      from instances where instance_id = $1 and epoch = $2
      """
          .formatted(LAST_PAGE.formatted("c.chain"));

  private static final String REREAD =
      """
      select totals::text, checkpoint_epoch, checkpoint_segment, %s
      from instances where instance_id = $1 and epoch = $2
      """
          .formatted(POSITION);

  private static final String VERIFY =
      """
      select from instances
      where instance_id = $1 and epoch = $2 and renewals >= $3 and %s = $4 and %s = $5
      """
          .formatted(SYSTEM, TIMELINE);

  private static final String RELEASE =
      "update instances set lease_until = clock_timestamp() where instance_id = $1 and epoch = $2";

  /**
   * Writes the checkpoint, and the range of segments since the previous one, which continues the
   * hash chain. A small range extends the previous range, so that an instance with few payments
   * does not add a row every time. Writes nothing to a ledger that may lack what was counted, or
   * that has another previous checkpoint.
   */
  private static final String CHECKPOINT =
      """
      with checkpoint as (
        update instances
        set checkpoint_epoch = $2, checkpoint_segment = $3, totals = $4::text::jsonb
        where instance_id = $1 and epoch = $2 and (checkpoint_epoch, checkpoint_segment) = ($5, $6)
          and renewals >= $9 and %1$s = $10 and %2$s = $11
        returning instance_id, coalesce(generation, ledger_generation()) as generation),
      closed as (
        select checkpoint.generation, r.chain, r.row_hashes,
          coalesce(last.chain, first_chain($1)) as previous
        from checkpoint
          left join lateral (%3$s) last on true
          cross join lateral rows_of_segments(checkpoint.instance_id, $5, $6 + 1, $2, $3,
            coalesce(last.chain, first_chain($1))) r),
      extended as (
        update closed_segments c
        set epoch = $2, segment = $3, rows = c.rows + $7, cents = c.cents + $8,
          chain = closed.chain, row_hashes = c.row_hashes || closed.row_hashes,
          found_rows = c.found_rows + $7, found_cents = c.found_cents + $8,
          found_chain = case when c.found_chain is not null then closed.chain end
        from closed
        where c.instance_id = $1 and c.epoch = $5 and c.segment = $6 and c.rows < 5000
          and c.difference = 0 and c.accepted is null and c.generation = closed.generation
        returning c.instance_id),
      added as (
        insert into closed_segments (instance_id, from_epoch, from_segment, epoch, segment,
          generation, rows, cents, previous, chain, row_hashes)
        select $1, $5, $6 + 1, $2, $3, generation, $7, $8, previous, chain, row_hashes
        from closed where not exists (select from extended))
      select encode(previous, 'hex') as previous, encode(chain, 'hex') as chain from closed
      """
          .formatted(SYSTEM, TIMELINE, LAST_PAGE.formatted("c.chain"));

  private static final String STORED_HEAD =
      """
      select l.id::text as ledger, last.epoch, last.segment, last.chain, last.signed_epoch,
        last.signed_segment, last.signed_chain, last.key_id, last.signature
      from ledger l left join lateral (%s) last on true
      """
          .formatted(
              LAST_PAGE.formatted(
                  """
                  c.epoch, c.segment, encode(c.chain, 'hex') as chain, c.signed_epoch,
                  c.signed_segment, encode(c.signed_chain, 'hex') as signed_chain, c.key_id,
                  c.signature
                  """));

  private static final String SIGN =
      """
      update closed_segments c
      set signed_epoch = $2, signed_segment = $3, signed_chain = c.chain, key_id = $5,
        signature = $6
      where c.instance_id = $1 and c.epoch = $2 and c.segment = $3
        and c.chain = decode($4, 'hex')
      """;

  private final StatementExecutor statementExecutor;
  private final Scheduler scheduler;
  private final String instanceId;
  private final String holder;
  private final SettledTotalsQuery settledTotals;
  private int epoch;
  private int checkpointEpoch;
  private int checkpointSegment;

  /** The position of the last checkpoint, also of this epoch. */
  private int lastEpoch;

  private int lastSegment;

  /** The last checkpoint if it got no acknowledgement: it may be stored. */
  private @Nullable Sent unacknowledged;

  /** Part of the sum that stored checkpoints contain; the caller gives it again after a failure. */
  private Sum stored = Sum.ZERO;

  private record Sent(int segment, Sum counted) {}

  /**
   * @param holder the name of this process, for operators
   * @param amountBounds upper bounds of the amount buckets, in US cents
   * @param durationBounds upper bounds of the duration buckets, in microseconds
   */
  public PostgresAuditStore(
      StatementExecutor statementExecutor,
      Scheduler scheduler,
      String instanceId,
      String holder,
      long[] amountBounds,
      long[] durationBounds) {
    this.statementExecutor = statementExecutor;
    this.scheduler = scheduler;
    this.instanceId = instanceId;
    this.holder = holder;
    this.settledTotals =
        new SettledTotalsQuery(statementExecutor, instanceId, amountBounds, durationBounds);
  }

  @Override
  public Future<AcquiredLease> acquire(int afterEpoch) {
    return tryAcquire(afterEpoch).compose(rows -> acquired(afterEpoch, rows, Long.MIN_VALUE));
  }

  private Future<RowSet<Row>> tryAcquire(int afterEpoch) {
    return statementExecutor.run(
        ACQUIRE, Tuple.of(instanceId, holder, LEASE_DURATION.toMillis(), afterEpoch));
  }

  /**
   * @param remaining milliseconds left of the holder's lease at the previous attempt
   */
  private Future<AcquiredLease> acquired(int afterEpoch, RowSet<Row> rows, long remaining) {
    if (rows.size() == 1) {
      Row row = rows.iterator().next();
      epoch = row.getInteger("epoch");
      checkpointEpoch = row.getInteger("checkpoint_epoch");
      checkpointSegment = row.getInteger("checkpoint_segment");
      lastEpoch = checkpointEpoch;
      lastSegment = checkpointSegment;
      return Future.succeededFuture(
          new AcquiredLease(
              epoch, row.getString("totals"), row.getString("baseline"), position(row)));
    }
    return statementExecutor
        .run(HOLDER, Tuple.of(instanceId))
        .compose(
            held -> {
              Row row = held.iterator().next();
              long remainingNow = row.getLong("millis");
              // If the remaining time has grown, the holder is alive and has renewed its lease.
              if (remaining != Long.MIN_VALUE && remainingNow > remaining) {
                return Future.failedFuture(
                    new IdentityInUseException(instanceId, row.getString("holder")));
              }
              return scheduler
                  .pause(POLL_INTERVAL)
                  .compose(waited -> tryAcquire(afterEpoch))
                  .compose(again -> acquired(afterEpoch, again, remainingNow));
            });
  }

  @Override
  public Future<Void> awaitEarlierProcesses() {
    return writers().compose(writers -> awaitEnd(writers, MAX_STATEMENT_DURATION));
  }

  private Future<Set<String>> writers() {
    return statementExecutor
        .list(WRITERS, Tuple.tuple(), row -> row.getString("writer"))
        .map(Set::copyOf);
  }

  private Future<Void> awaitEnd(Set<String> writers, Duration remaining) {
    if (writers.isEmpty()) {
      return Future.succeededFuture();
    }
    if (remaining.isNegative()) {
      log.warn(
          "Transactions that write to the ledger have not ended in {} s; Paymeter's own have",
          MAX_STATEMENT_DURATION.toSeconds());
      return Future.succeededFuture();
    }
    return scheduler
        .pause(WRITERS_POLL_INTERVAL)
        .compose(paused -> writers())
        .map(now -> now.stream().filter(writers::contains).collect(Collectors.toSet()))
        .compose(still -> awaitEnd(still, remaining.minus(WRITERS_POLL_INTERVAL)));
  }

  @Override
  public Future<LedgerPosition> renew(LedgerPosition compared) {
    return held(
            RENEW,
            Tuple.of(instanceId, epoch, LEASE_DURATION.toMillis(), compared.timeline())
                .addValue(compared.renewals())
                .addValue(compared.equals(LedgerPosition.STARTING)))
        .map(PostgresAuditStore::position);
  }

  private static LedgerPosition position(Row row) {
    return new LedgerPosition(
        row.getString("system"), row.getString("timeline"), row.getLong("renewals"));
  }

  @Override
  public Future<Void> release() {
    return statementExecutor.run(RELEASE, Tuple.of(instanceId, epoch)).mapEmpty();
  }

  @Override
  public Future<ChainHead> checkpoint(
      int segment, String totals, Sum counted, LedgerPosition position) {
    return acknowledge()
        .compose(
            head ->
                head.filter(stored -> stored.epoch() == epoch && stored.segment() == segment)
                    .map(Future::succeededFuture)
                    .orElseGet(
                        () -> write(new Sent(segment, counted.minus(stored)), totals, position)))
        .onSuccess(written -> stored = Sum.ZERO);
  }

  /**
   * Finds out whether the checkpoint without an acknowledgement is stored.
   *
   * @return its head if it is stored; empty if it is not, or if there is none
   */
  private Future<Optional<ChainHead>> acknowledge() {
    Sent sent = unacknowledged;
    return sent == null
        ? Future.succeededFuture(Optional.empty())
        : held(IS_STORED, Tuple.of(instanceId, epoch, sent.segment()))
            .map(
                row -> {
                  unacknowledged = null;
                  if (!row.getBoolean("stored")) {
                    return Optional.empty();
                  }
                  acknowledged(sent);
                  stored = stored.plus(sent.counted());
                  return Optional.of(
                      new ChainHead(epoch, sent.segment(), null, row.getString("chain")));
                });
  }

  private void acknowledged(Sent sent) {
    lastEpoch = epoch;
    lastSegment = sent.segment();
    unacknowledged = null;
  }

  private Future<ChainHead> write(Sent sent, String totals, LedgerPosition position) {
    unacknowledged = sent;
    return held(
            CHECKPOINT,
            Tuple.of(instanceId, epoch, sent.segment(), totals, lastEpoch, lastSegment)
                .addValue(sent.counted().rows())
                .addValue(BigDecimal.valueOf(sent.counted().cents()))
                .addValue(position.renewals())
                .addValue(position.system())
                .addValue(position.timeline()))
        .onSuccess(written -> acknowledged(sent))
        .map(
            row ->
                new ChainHead(
                    epoch, sent.segment(), row.getString("previous"), row.getString("chain")));
  }

  @Override
  public Future<ChainHead.Stored> head() {
    return statementExecutor
        .first(STORED_HEAD, Tuple.of(instanceId), this::storedHead)
        .map(Optional::orElseThrow);
  }

  private ChainHead.Stored storedHead(Row row) {
    return new ChainHead.Stored(
        row.getString("ledger"),
        instanceId,
        Optional.ofNullable(row.getString("chain"))
            .map(
                chain ->
                    new ChainHead(row.getInteger("epoch"), row.getInteger("segment"), null, chain)),
        Optional.ofNullable(row.getBuffer("signature"))
            .map(
                signature ->
                    new ChainHead.Signed(
                        new ChainHead(
                            row.getInteger("signed_epoch"),
                            row.getInteger("signed_segment"),
                            null,
                            row.getString("signed_chain")),
                        new ChainHead.Signature(row.getString("key_id"), signature.getBytes()))));
  }

  @Override
  public Future<Void> sign(ChainHead head, ChainHead.Signature signature) {
    return statementExecutor
        .run(
            SIGN,
            Tuple.of(instanceId, head.epoch(), head.segment(), head.chain(), signature.keyId())
                .addValue(Buffer.buffer(signature.bytes())))
        .mapEmpty();
  }

  @Override
  public Future<Void> verify(LedgerPosition position) {
    return held(
            VERIFY,
            Tuple.of(
                instanceId, epoch, position.renewals(), position.system(), position.timeline()))
        .mapEmpty();
  }

  @Override
  public Future<Reread> reread(int segment) {
    return held(REREAD, Tuple.of(instanceId, epoch))
        .compose(
            row ->
                settledTotals
                    .read(
                        row.getInteger("checkpoint_epoch"),
                        row.getInteger("checkpoint_segment") + 1,
                        epoch,
                        segment)
                    .map(later -> new Reread(position(row), row.getString("totals"), later)));
  }

  /** Runs a statement that returns one row if this process holds the identity. */
  private Future<Row> held(String sql, Tuple parameters) {
    return statementExecutor
        .first(sql, parameters, row -> row)
        .compose(row -> row.map(Future::succeededFuture).orElseGet(this::notHeld));
  }

  /** Fails with the reason why a statement did not find the epoch. */
  private Future<Row> notHeld() {
    return statementExecutor
        .first(EPOCH, Tuple.of(instanceId), row -> row.getInteger("epoch"))
        .compose(found -> Future.failedFuture(failure(found.orElse(0))));
  }

  private RuntimeException failure(int found) {
    if (found > epoch) {
      return new SupersededException(instanceId);
    }
    return found < epoch
        ? new LedgerWentBackException(
            "expected epoch %d of %s, found %d".formatted(epoch, instanceId, found))
        : new LedgerUnavailableException("the ledger has moved; it is not compared yet");
  }

  @Override
  public Future<SettledTotals> segments(int first, int last) {
    return settledTotals.read(epoch, first, epoch, last);
  }

  @Override
  public Future<SettledTotals> earlier() {
    return settledTotals.read(checkpointEpoch, checkpointSegment + 1, epoch, 0);
  }
}
