package dev.paymeter.postgres.server;

import dev.paymeter.payment.port.LedgerCut;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.sql.Array;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.sql.Types;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The closed days of the ledger, and what a close is made from, in one snapshot. For one thread.
 */
public final class DayCloses implements AutoCloseable {
  private static final String SESSION =
      """
      set session characteristics as transaction isolation level repeatable read;
      set statement_timeout = 0
      """;

  /** Comes before the snapshot, so that of two closes the later one sees the earlier one. */
  private static final String LOCK = "lock table day_closes in share row exclusive mode";

  private static final String CLOSE_COLUMNS =
      "day, version, closed_at, closed_by, generation, cuts::text, report, sha256, key_id, signature";

  private static final String FIND =
      ("select %s from day_closes where zone = ? and day = ? and version = coalesce(?, version)"
              + " order by version desc limit 1")
          .formatted(CLOSE_COLUMNS);

  private static final String DAYS = "select min(day), max(day) from day_closes where zone = ?";

  private static final String INSERT =
      """
      insert into day_closes (zone, day, version, closed_at, closed_by, generation, cuts, report,
        sha256, key_id, signature)
      values (?, ?, ?, ?, ?, ?, ?::jsonb, ?, ?, ?, ?)
      """;

  private static final String BASIS =
      "select id::text, ledger_generation(), clock_timestamp() from ledger";

  /**
   * The last checkpoint of an instance, the position of its last row, and whether it has counted
   * rows of the day after the checkpoint. The journal finds them in the indexes by segment.
   */
  private static final String INSTANCES =
      """
      select i.instance_id, i.checkpoint_epoch, i.checkpoint_segment,
        i.lease_until >= clock_timestamp() as is_running,
        i.lease_until >= clock_timestamp() - interval '15 seconds' as ended_recently,
        last.epoch as last_epoch, last.segment as last_segment,
        exists (
          select from journal j
          where j.instance_id = i.instance_id
            and (j.epoch, j.segment) > (i.checkpoint_epoch, i.checkpoint_segment)
            and j.at < ? and j.recorded_at < ?) as has_later_rows,
        head.epoch as chain_epoch, head.segment as chain_segment, head.chain
      from instances i
        left join lateral (
          select epoch, segment from (
            (select epoch, segment from payments where instance_id = i.instance_id
              order by epoch desc, segment desc limit 1)
            union all
            (select epoch, segment from refunds where instance_id = i.instance_id
              order by epoch desc, segment desc limit 1)
            union all
            (select failure_epoch, failure_segment from refunds
              where failure_instance_id = i.instance_id
              order by failure_epoch desc, failure_segment desc limit 1)
            union all
            (select epoch, segment from business_events where instance_id = i.instance_id
              order by epoch desc, segment desc limit 1)
            union all
            (select epoch, segment from dispute_fees where instance_id = i.instance_id
              order by epoch desc, segment desc limit 1)) positions
          order by epoch desc, segment desc limit 1) last on true
        left join lateral (
          select c.epoch, c.segment, encode(c.chain, 'hex') as chain from closed_segments c
          where c.instance_id = i.instance_id
          order by c.from_epoch desc, c.from_segment desc limit 1) head on true
      order by i.instance_id collate "C"
      """;

  /** Those before the first day have the number 0. */
  private static final String LINES =
      """
      with bounds as (
        select key as instance_id, value::bigint as cut, coalesce((?::jsonb ->> key)::bigint, 0) as earlier
        from jsonb_each_text(?::jsonb))
      select j.gateway, j.gateway_account, j.kind, j.account, j.currency, j.day, j.is_earlier,
        sum(j.lines)::bigint as lines, sum(j.amount) as amount,
        coalesce(sum(j.amount_usd), 0.00) as amount_usd, sum(j.unconverted)::bigint as unconverted
      from bounds b
        cross join lateral (
          select j.gateway, j.gateway_account, j.kind, j.account, j.currency,
            width_bucket(j.at, ?::timestamptz[]) as day,
            (j.epoch, j.segment) <= (
              (b.earlier >> 32)::integer, (b.earlier & 4294967295)::integer) as is_earlier,
            count(*) as lines, sum(j.debit - j.credit) as amount,
            sum(j.debit_usd - j.credit_usd) as amount_usd,
            count(*) - count(j.debit_usd) as unconverted
          from journal j
          where j.instance_id = b.instance_id and j.at < ?
            and (j.epoch, j.segment) <= (
              (b.cut >> 32)::integer, (b.cut & 4294967295)::integer)
          group by 1, 2, 3, 4, 5, 6, 7) j
      group by 1, 2, 3, 4, 5, 6, 7
      order by j.gateway collate "C", j.gateway_account collate "C" nulls first, j.currency,
        j.account collate "C", j.kind collate "C", j.day, j.is_earlier
      """;

  private static final String OPEN =
      """
      select 'payment' as kind, p.gateway, p.account, p.status, p.currency, count(*) as number,
        sum(p.amount) as amount, sum(p.amount_usd) as amount_usd
      from payments p
      where p.status in ('pending', 'unknown') and p.created_at < ?
      group by p.gateway, p.account, p.status, p.currency
      union all
      select 'refund', p.gateway, p.account, r.status, p.currency, count(*), sum(r.amount),
        sum(r.amount_usd)
      from refunds r join payments p on p.id = r.payment_id
      where r.status in ('pending', 'unknown') and r.created_at < ?
      group by p.gateway, p.account, r.status, p.currency
      order by gateway, account nulls first, kind, status, currency
      """;

  /** The tables of settlement files may not exist. */
  private static final String HAS_SETTLEMENTS =
      "select to_regclass('settlement_files') is not null";

  private static final String SETTLEMENTS =
      """
      select f.gateway, f.account, f.name, f.sha256, f.zone, f.first_day, f.last_day, f.lines,
        f.matched,
        (select count(*) from settlement_exceptions e where e.file_id = f.id) as exceptions,
        (select count(*) from settlement_exceptions e
          where e.file_id = f.id and e.closed_at is null) as open_exceptions,
        coalesce((
          select jsonb_object_agg(t.currency, t.net::text) from settlement_totals t
          where t.file_id = f.id), '{}')::text as net
      from settlement_files f
      where ? between f.first_day and f.last_day
      order by f.gateway, f.account nulls first, f.first_day, f.id
      """;

  /** A range may have been extended since: its beginning stays. */
  private static final String CHAIN =
      """
      select encode(r.chain, 'hex')
      from closed_segments c,
        rows_of_segments(c.instance_id, c.from_epoch, c.from_segment, ?, ?, c.previous) r
      where c.instance_id = ? and (c.from_epoch, c.from_segment) <= (?, ?)
        and (c.epoch, c.segment) >= (?, ?)
      """;

  private final CommandSession session;

  /**
   * A stored close.
   *
   * @param version from 1
   * @param cuts the last segments that are included, by instance: epoch * 2^32 + segment
   * @param report canonical JSON
   * @param sha256 of the report, 64 hexadecimal digits
   * @param keyId of the key that has signed the report; null if it is not signed
   * @param signature over the UTF-8 bytes of the report; null if it is not signed
   */
  public record StoredClose(
      ZoneId zone,
      LocalDate day,
      int version,
      Instant closedAt,
      String closedBy,
      String generation,
      Map<String, Long> cuts,
      String report,
      String sha256,
      @Nullable String keyId,
      byte @Nullable [] signature) {}

  /** The first and the last closed day. */
  public record ClosedDays(LocalDate first, LocalDate last) {}

  /**
   * The ledger.
   *
   * @param now by the server's clock
   */
  public record Basis(String ledger, String generation, Instant now) {}

  /**
   * An instance, as far as it has counted.
   *
   * @param checkpoint up to here, nothing is added any more
   * @param lastRow the position of its last row; null without rows
   * @param isRunning whether a process holds its lease
   * @param endedRecently whether statements of its process may still be running
   * @param hasLaterRows whether rows of the day are after the checkpoint
   * @param chain the end of its hash chain; null before the first page
   */
  public record InstanceState(
      String instanceId,
      LedgerCut checkpoint,
      @Nullable LedgerCut lastRow,
      boolean isRunning,
      boolean endedRecently,
      boolean hasLaterRows,
      @Nullable ChainEnd chain) {}

  /** The hash chain of an instance at the end of a segment, 64 hexadecimal digits. */
  public record ChainEnd(LedgerCut at, String chain) {}

  /**
   * Lines of the journal.
   *
   * @param kind of the transactions
   * @param day the number of the day in the list, from 1; 0 is before the first one
   * @param isEarlier whether the previous close had counted them
   * @param amount debit less credit
   * @param unconverted the number of lines whose amount in US dollars is not known
   */
  public record Lines(
      String gateway,
      @Nullable String gatewayAccount,
      String kind,
      String account,
      String currency,
      int day,
      boolean isEarlier,
      long count,
      BigDecimal amount,
      BigDecimal amountUsd,
      long unconverted) {}

  /** Payments or refunds without an outcome, that were accepted before the end of the day. */
  public record OpenTransfers(
      String kind,
      String gateway,
      @Nullable String account,
      String status,
      String currency,
      long count,
      BigDecimal amount,
      BigDecimal amountUsd) {}

  /**
   * A settlement file that covers a day.
   *
   * @param net by currency
   */
  public record SettlementFile(
      String gateway,
      @Nullable String account,
      String name,
      String sha256,
      String zone,
      LocalDate firstDay,
      LocalDate lastDay,
      long lines,
      long matched,
      long exceptions,
      long openExceptions,
      Map<String, String> net) {}

  private DayCloses(CommandSession session) {
    this.session = session;
  }

  /**
   * @param connections are closed with the result
   * @param address of the database, for errors
   */
  static DayCloses open(ReusedConnections connections, String address) {
    return new DayCloses(CommandSession.open(connections, address, "use", SESSION, false));
  }

  /**
   * Waits for other closes, and keeps later ones out until this object is closed. What is read from
   * now on is of a new snapshot.
   */
  public void lock() {
    run(
        LOCK,
        statement -> {
          session.connection().rollback();
          statement.execute();
          return true;
        });
  }

  /** Returns the last version of a close; empty if the day is not closed. */
  public Optional<StoredClose> find(ZoneId zone, LocalDate day) {
    return find(zone, day, null);
  }

  /**
   * Returns a version of a close; empty if there is none.
   *
   * @param version null for the last one
   */
  public Optional<StoredClose> find(ZoneId zone, LocalDate day, @Nullable Integer version) {
    return run(
        FIND,
        statement -> {
          statement.setString(1, zone.getId());
          statement.setObject(2, day);
          statement.setObject(3, version, Types.INTEGER);
          ResultSet row = statement.executeQuery();
          return row.next() ? Optional.of(stored(zone, row)) : Optional.empty();
        });
  }

  private static StoredClose stored(ZoneId zone, ResultSet row) throws SQLException {
    Map<String, Long> cuts = new HashMap<>();
    new JsonObject(row.getString("cuts"))
        .forEach(cut -> cuts.put(cut.getKey(), ((Number) cut.getValue()).longValue()));
    return new StoredClose(
        zone,
        row.getObject("day", LocalDate.class),
        row.getInt("version"),
        instant(row, "closed_at"),
        row.getString("closed_by"),
        row.getString("generation"),
        cuts,
        row.getString("report"),
        row.getString("sha256"),
        row.getString("key_id"),
        row.getBytes("signature"));
  }

  /** Returns the limits of the closed days of a zone; empty if it has none. */
  public Optional<ClosedDays> closedDays(ZoneId zone) {
    return run(
        DAYS,
        statement -> {
          statement.setString(1, zone.getId());
          ResultSet row = statement.executeQuery();
          row.next();
          LocalDate first = row.getObject(1, LocalDate.class);
          return first == null
              ? Optional.empty()
              : Optional.of(new ClosedDays(first, row.getObject(2, LocalDate.class)));
        });
  }

  public Basis basis() {
    return run(
        BASIS,
        statement -> {
          ResultSet row = statement.executeQuery();
          row.next();
          return new Basis(
              row.getString(1),
              row.getString(2),
              row.getObject(3, OffsetDateTime.class).toInstant());
        });
  }

  /**
   * Returns all instances.
   *
   * @param end of the day
   * @param reported reports that are stored later do not delay its close
   */
  public List<InstanceState> instances(Instant end, Instant reported) {
    return list(
        INSTANCES,
        statement -> {
          statement.setObject(1, utc(end));
          statement.setObject(2, utc(reported));
        },
        row -> {
          @Nullable LedgerCut lastRow = cut(row, "last_epoch", "last_segment");
          @Nullable LedgerCut head = cut(row, "chain_epoch", "chain_segment");
          return new InstanceState(
              row.getString("instance_id"),
              new LedgerCut(row.getInt("checkpoint_epoch"), row.getInt("checkpoint_segment")),
              lastRow,
              row.getBoolean("is_running"),
              row.getBoolean("ended_recently"),
              row.getBoolean("has_later_rows"),
              head == null ? null : new ChainEnd(head, row.getString("chain")));
        });
  }

  private static @Nullable LedgerCut cut(ResultSet row, String epoch, String segment)
      throws SQLException {
    int number = row.getInt(epoch);
    return row.wasNull() ? null : new LedgerCut(number, row.getInt(segment));
  }

  /**
   * Returns the sums of the lines of the journal up to cuts.
   *
   * @param cuts of all instances that are included
   * @param earlier the cuts of the previous close
   * @param days the beginnings of days, in order; the last one is the end, which is not included
   */
  public List<Lines> lines(Map<String, Long> cuts, Map<String, Long> earlier, List<Instant> days) {
    Timestamp[] beginnings =
        days.subList(0, days.size() - 1).stream().map(Timestamp::from).toArray(Timestamp[]::new);
    return list(
        LINES,
        statement -> {
          Array array = session.connection().createArrayOf("timestamptz", beginnings);
          statement.setString(1, json(earlier));
          statement.setString(2, json(cuts));
          statement.setArray(3, array);
          statement.setObject(4, utc(days.get(days.size() - 1)));
        },
        row ->
            new Lines(
                row.getString("gateway"),
                row.getString("gateway_account"),
                row.getString("kind"),
                row.getString("account"),
                row.getString("currency"),
                row.getInt("day"),
                row.getBoolean("is_earlier"),
                row.getLong("lines"),
                row.getBigDecimal("amount"),
                row.getBigDecimal("amount_usd"),
                row.getLong("unconverted")));
  }

  private static String json(Map<String, Long> cuts) {
    return new JsonObject(Map.<String, Object>copyOf(cuts)).encode();
  }

  /** Returns what has no outcome now, and was accepted before the end of the day. */
  public List<OpenTransfers> openTransfers(Instant end) {
    return list(
        OPEN,
        statement -> {
          statement.setObject(1, utc(end));
          statement.setObject(2, utc(end));
        },
        row ->
            new OpenTransfers(
                row.getString("kind"),
                row.getString("gateway"),
                row.getString("account"),
                row.getString("status"),
                row.getString("currency"),
                row.getLong("number"),
                row.getBigDecimal("amount"),
                row.getBigDecimal("amount_usd")));
  }

  /** Returns the settlement files that cover a day, each in its own zone. */
  public List<SettlementFile> settlements(LocalDate day) {
    boolean exists =
        list(HAS_SETTLEMENTS, statement -> {}, row -> row.getBoolean(1)).contains(true);
    return exists
        ? list(
            SETTLEMENTS,
            statement -> statement.setObject(1, day),
            row ->
                new SettlementFile(
                    row.getString("gateway"),
                    row.getString("account"),
                    row.getString("name"),
                    row.getString("sha256"),
                    row.getString("zone"),
                    row.getObject("first_day", LocalDate.class),
                    row.getObject("last_day", LocalDate.class),
                    row.getLong("lines"),
                    row.getLong("matched"),
                    row.getLong("exceptions"),
                    row.getLong("open_exceptions"),
                    net(row.getString("net"))))
        : List.of();
  }

  private static Map<String, String> net(String json) {
    Map<String, String> net = new HashMap<>();
    new JsonObject(json).forEach(each -> net.put(each.getKey(), each.getValue().toString()));
    return net;
  }

  /** Calculates the hash chain at a position from the rows of its page; empty without a page. */
  public Optional<String> chainAt(String instanceId, LedgerCut at) {
    return list(
            CHAIN,
            statement -> {
              statement.setInt(1, at.epoch());
              statement.setInt(2, at.segment());
              statement.setString(3, instanceId);
              statement.setInt(4, at.epoch());
              statement.setInt(5, at.segment());
              statement.setInt(6, at.epoch());
              statement.setInt(7, at.segment());
            },
            row -> row.getString(1))
        .stream()
        .findFirst();
  }

  /** Stores a close, and commits. */
  public void insert(StoredClose close) {
    run(
        INSERT,
        statement -> {
          statement.setString(1, close.zone().getId());
          statement.setObject(2, close.day());
          statement.setInt(3, close.version());
          statement.setObject(4, utc(close.closedAt()));
          statement.setString(5, close.closedBy());
          statement.setString(6, close.generation());
          statement.setString(7, json(close.cuts()));
          statement.setString(8, close.report());
          statement.setString(9, close.sha256());
          statement.setString(10, close.keyId());
          statement.setBytes(11, close.signature());
          statement.executeUpdate();
          session.connection().commit();
          return true;
        });
  }

  private static OffsetDateTime utc(Instant time) {
    return OffsetDateTime.ofInstant(time, ZoneOffset.UTC);
  }

  private static Instant instant(ResultSet row, String column) throws SQLException {
    return row.getObject(column, OffsetDateTime.class).toInstant();
  }

  private interface Use<T> {
    T of(PreparedStatement statement) throws SQLException;
  }

  private interface Parameters {
    void set(PreparedStatement statement) throws SQLException;
  }

  private interface RowReader<T> {
    T read(ResultSet row) throws SQLException;
  }

  private <T> T run(String sql, Use<T> use) {
    try (PreparedStatement statement = session.connection().prepareStatement(sql)) {
      return use.of(statement);
    } catch (SQLException e) {
      throw session.failure(e);
    }
  }

  private <T> List<T> list(String sql, Parameters parameters, RowReader<T> reader) {
    return run(
        sql,
        statement -> {
          parameters.set(statement);
          List<T> all = new ArrayList<>();
          ResultSet rows = statement.executeQuery();
          while (rows.next()) {
            all.add(reader.read(rows));
          }
          return all;
        });
  }

  @Override
  public void close() {
    session.close();
  }
}
