package dev.paymeter.postgres.server;

import dev.paymeter.audit.ChainHead;
import dev.paymeter.audit.chain.ChainSource;
import dev.paymeter.audit.chain.Page;
import dev.paymeter.payment.port.LedgerCut;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The chains of a ledger and its rows, over connections that cannot write. The view with the hashed
 * values is that of this release, not the one in the database, which a forger may have replaced.
 */
public final class LedgerChain implements ChainSource, AutoCloseable {
  private static final String READ_ONLY =
      """
      set session characteristics as transaction read only;
      set statement_timeout = 0;
      set jit = off;
      set enable_seqscan = off;
      select set_config('search_path', 'pg_catalog, ' || relnamespace::regnamespace, false)
      from pg_class where oid = 'payments'::regclass
      """;

  private static final String SCHEMA = "/db/migration/V1__schema.sql";

  /** The definition of the view of the rows, without its name. */
  private static final String CHAINED_ROWS = definition("create view chained_rows as\n");

  private static final String PAGES =
      """
      select instance_id, from_epoch, from_segment, epoch, segment, generation, rows, cents,
        encode(previous, 'hex') as previous, encode(chain, 'hex') as chain,
        (select encode(c.accepted, 'hex') from acknowledgements a
          where (a.instance_id, a.from_epoch, a.from_segment)
              = (c.instance_id, c.from_epoch, c.from_segment)
            and a.found_chain = c.accepted
          limit 1) as accepted, signed_epoch, signed_segment,
        encode(signed_chain, 'hex') as signed_chain, key_id, signature
      from closed_segments c
      order by instance_id collate "C", from_epoch, from_segment
      """;

  private static final String IN_PAGE =
      "instance_id = ? and (epoch, segment) >= (?, ?) and (epoch, segment) <= (?, ?)";

  private static final String SEGMENTS =
      """
      select epoch, segment, count(*) filter (where is_counted) as rows,
        coalesce(sum(amount_usd) filter (where is_counted) * 100, 0) as cents,
        count(*) as all_rows, sha256(string_agg(hash, '')) as hash
      from (
        select epoch, segment, is_counted, amount_usd, hash
        from (
          select epoch, segment, kind, key, is_counted, amount_usd, sha256(content) as hash
          from (%s) r where %s offset 0) hashed
        order by epoch, segment, kind collate "C", key offset 0) sorted
      group by epoch, segment order by epoch, segment
      """
          .formatted(CHAINED_ROWS, IN_PAGE);

  private static final String ROWS =
      """
      select epoch, segment, kind, key, encode(substr(sha256(content), 1, 8), 'hex') as hash
      from (%s) r where %s
      order by epoch, segment, kind collate "C", key
      """
          .formatted(CHAINED_ROWS, IN_PAGE);

  private static final String ROW_HASHES =
      """
      select encode(substr(row_hashes, 8 * n + 1, 8), 'hex') as hash
      from closed_segments, generate_series(0, length(row_hashes) / 8 - 1) n
      where instance_id = ? and from_epoch = ? and from_segment = ?
      order by n
      """;

  /** The instances in a table, from one to the next through an index. */
  private static final String NAMES =
      """
      %1$s_%2$s as (
        (select %2$s as name from %1$s where %2$s is not null order by %2$s limit 1)
        union all
        select (select t.%2$s from %1$s t where t.%2$s > n.name order by t.%2$s limit 1)
        from %1$s_%2$s n where n.name is not null)
      """;

  /** The checkpoint of each instance, the rows after it, and those that no segment can have. */
  private static final String ENDS =
      """
      with recursive %2$s, %3$s, %4$s, %5$s, %6$s, %7$s,
      known as (
        select name from payments_instance_id union select name from refunds_instance_id
        union select name from refunds_failure_instance_id
        union select name from business_events_instance_id
        union select name from reported_errors_instance_id
        union select name from dispute_fees_instance_id
        union select instance_id from instances)
      select k.name as instance_id, coalesce(i.epoch, 0) as epoch,
        coalesce(i.checkpoint_epoch, 0) as checkpoint_epoch,
        coalesce(i.checkpoint_segment, 0) as checkpoint_segment,
        after.not_closed, after.stray + before.stray as stray
      from known k left join instances i on i.instance_id = k.name
        cross join lateral (
          select count(*) filter (where r.epoch <= coalesce(i.epoch, -1)) as not_closed,
            count(*) filter (where r.epoch > coalesce(i.epoch, -1)) as stray
          from (%1$s) r
          where r.instance_id = k.name
            and (r.epoch, r.segment) > (
              coalesce(i.checkpoint_epoch, 0), coalesce(i.checkpoint_segment, 0))) after
        cross join lateral (
          select count(*) as stray from (%1$s) r
          where r.instance_id = k.name and (r.epoch, r.segment) < (0, 1)) before
      where k.name is not null
      order by k.name collate "C"
      """
          .formatted(
              CHAINED_ROWS,
              NAMES.formatted("payments", "instance_id"),
              NAMES.formatted("refunds", "instance_id"),
              NAMES.formatted("refunds", "failure_instance_id"),
              NAMES.formatted("business_events", "instance_id"),
              NAMES.formatted("reported_errors", "instance_id"),
              NAMES.formatted("dispute_fees", "instance_id"));

  private final List<CommandSession> sessions = new ArrayList<>();
  private final BlockingQueue<CommandSession> idle = new LinkedBlockingQueue<>();

  /** Reads one row of a result. */
  private interface RowReader<T> {
    T read(ResultSet row) throws SQLException;
  }

  private LedgerChain() {}

  /**
   * @param connections the number of concurrent statements
   * @param address of the database, for errors
   */
  static LedgerChain open(Supplier<ReusedConnections> connect, int connections, String address) {
    LedgerChain chain = new LedgerChain();
    try {
      for (int i = 0; i < connections; i++) {
        chain.sessions.add(CommandSession.open(connect.get(), address, "read", READ_ONLY, true));
      }
    } catch (RuntimeException e) {
      chain.close();
      throw e;
    }
    chain.idle.addAll(chain.sessions);
    return chain;
  }

  private static String definition(String start) {
    try (InputStream in = LedgerChain.class.getResourceAsStream(SCHEMA)) {
      String schema = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
      int from = schema.indexOf(start) + start.length();
      return schema.substring(from, schema.indexOf(";\n", from));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private <T> List<T> list(String sql, RowReader<T> reader, Object... parameters) {
    CommandSession session;
    try {
      session = idle.take();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
    try (PreparedStatement statement = session.connection().prepareStatement(sql)) {
      for (int i = 0; i < parameters.length; i++) {
        statement.setObject(i + 1, parameters[i]);
      }
      List<T> all = new ArrayList<>();
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          all.add(reader.read(rows));
        }
      }
      return all;
    } catch (SQLException e) {
      throw session.failure(e);
    } finally {
      idle.add(session);
    }
  }

  private <T> List<T> inPage(String sql, Page page, RowReader<T> reader) {
    return list(
        sql,
        reader,
        page.instanceId(),
        page.from().epoch(),
        page.from().segment(),
        page.to().epoch(),
        page.to().segment());
  }

  private static LedgerCut cut(ResultSet row, String epoch, String segment) throws SQLException {
    return new LedgerCut(row.getInt(epoch), row.getInt(segment));
  }

  @Override
  public String ledger() {
    return list("select id::text from ledger", row -> row.getString(1)).get(0);
  }

  @Override
  public List<Page> pages() {
    return list(PAGES, LedgerChain::page);
  }

  private static Page page(ResultSet row) throws SQLException {
    return new Page(
        row.getString("instance_id"),
        cut(row, "from_epoch", "from_segment"),
        cut(row, "epoch", "segment"),
        row.getString("generation"),
        row.getLong("rows"),
        row.getBigDecimal("cents"),
        row.getString("previous"),
        row.getString("chain"),
        Optional.ofNullable(row.getString("accepted")),
        Optional.ofNullable(signed(row)));
  }

  private static ChainHead.@Nullable Signed signed(ResultSet row) throws SQLException {
    byte[] signature = row.getBytes("signature");
    return signature == null
        ? null
        : new ChainHead.Signed(
            new ChainHead(
                row.getInt("signed_epoch"),
                row.getInt("signed_segment"),
                null,
                row.getString("signed_chain")),
            new ChainHead.Signature(row.getString("key_id"), signature));
  }

  @Override
  public List<Segment> segments(Page page) {
    return inPage(
        SEGMENTS,
        page,
        row ->
            new Segment(
                cut(row, "epoch", "segment"),
                row.getLong("rows"),
                row.getBigDecimal("cents"),
                row.getLong("all_rows"),
                row.getBytes("hash")));
  }

  @Override
  public List<Row> rows(Page page) {
    return inPage(
        ROWS,
        page,
        row ->
            new Row(
                cut(row, "epoch", "segment"),
                row.getString("kind"),
                row.getString("key"),
                row.getString("hash")));
  }

  @Override
  public List<String> storedRowHashes(Page page) {
    return list(
        ROW_HASHES,
        row -> row.getString("hash"),
        page.instanceId(),
        page.from().epoch(),
        page.from().segment());
  }

  @Override
  public List<InstanceEnd> ends() {
    return list(
        ENDS,
        row ->
            new InstanceEnd(
                row.getString("instance_id"),
                row.getInt("epoch"),
                cut(row, "checkpoint_epoch", "checkpoint_segment"),
                row.getLong("not_closed"),
                row.getLong("stray")));
  }

  @Override
  public List<String> generations() {
    return list(
        "select generation from generations order by number", row -> row.getString("generation"));
  }

  @Override
  public List<Loss> losses() {
    return list(
        "select generation, instance_id from losses",
        row -> new Loss(row.getString("generation"), row.getString("instance_id")));
  }

  @Override
  public void close() {
    sessions.forEach(CommandSession::close);
  }
}
