package dev.paymeter.postgres.server;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;

/**
 * The journal of the ledger, in one snapshot, over a connection that cannot write. For one thread.
 */
public final class LedgerJournal implements AutoCloseable {
  /** Applies to all transactions of the session. An export has no limit of its duration. */
  private static final String READ_ONLY =
      """
      set session characteristics as transaction isolation level repeatable read, read only;
      set statement_timeout = 0
      """;

  private static final String TIME =
      "to_char(%1$s at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') as %1$s";

  /** Sorted by the server, on its disk if the lines exceed its memory. */
  private static final String EXPORT =
      """
      copy (
        select transaction_id, kind, %s, %s, instance_id, epoch, segment, payment_id, gateway,
          gateway_account, merchant, source, account, currency, debit, credit, debit_usd, credit_usd
        from journal%s
        order by journal.at, transaction_id collate "C", account collate "C", currency)
      to stdout with (format csv, header)
      """;

  private static final String TRIAL_BALANCE =
      """
      select account, currency, debit, credit, debit_usd, credit_usd, lines, unconverted
      from trial_balance(?::jsonb, ?::timestamptz)
      """;

  private final CommandSession session;

  /**
   * The lines to export; null selects all.
   *
   * @param from the first time
   * @param to the end: the first time that is not exported
   */
  public record Filter(
      @Nullable Instant from,
      @Nullable Instant to,
      @Nullable String gateway,
      @Nullable String currency) {}

  /**
   * The balance of an account in a currency: one of debit and credit is zero.
   *
   * @param lines the number of lines of the journal
   * @param unconverted the number of those whose amount in US dollars is not known
   */
  public record Balance(
      String account,
      String currency,
      BigDecimal debit,
      BigDecimal credit,
      BigDecimal debitUsd,
      BigDecimal creditUsd,
      long lines,
      long unconverted) {}

  private LedgerJournal(CommandSession session) {
    this.session = session;
  }

  /**
   * @param connections are closed with the journal
   * @param address of the database, for errors
   */
  static LedgerJournal open(ReusedConnections connections, String address) {
    return new LedgerJournal(CommandSession.open(connections, address, "read", READ_ONLY, false));
  }

  /**
   * Writes lines as CSV, with a header, by time and transaction. They are passed on as they arrive.
   *
   * @throws IOException if they cannot be written
   * @throws IllegalStateException if they cannot be read
   */
  public void export(Filter filter, OutputStream out) throws IOException {
    try {
      PGConnection driver = session.connection().unwrap(PGConnection.class);
      String sql =
          EXPORT.formatted(
              TIME.formatted("at"), TIME.formatted("recorded_at"), where(driver, filter));
      driver.getCopyAPI().copyOut(sql, out);
    } catch (SQLException e) {
      throw session.failure(e);
    }
  }

  /** COPY has no parameters. */
  private static String where(PGConnection driver, Filter filter) throws SQLException {
    String conditions =
        Stream.of(
                condition(driver, "at >= %s", filter.from()),
                condition(driver, "at < %s", filter.to()),
                condition(driver, "gateway = %s", filter.gateway()),
                condition(driver, "currency = %s", filter.currency()))
            .filter(condition -> !condition.isEmpty())
            .collect(Collectors.joining(" and "));
    return conditions.isEmpty() ? "" : " where " + conditions;
  }

  private static String condition(PGConnection driver, String template, @Nullable Object value)
      throws SQLException {
    return value == null
        ? ""
        : template.formatted("'" + driver.escapeLiteral(value.toString()) + "'");
  }

  /**
   * Returns the balance of each account.
   *
   * @param cuts the last segments that are included, by instance: epoch * 2^32 + segment; an
   *     instance that is not in the map is included completely
   * @param until the last time that is included; null for no limit
   * @throws IllegalStateException if they cannot be read
   */
  public List<Balance> trialBalance(Map<String, Long> cuts, @Nullable Instant until) {
    try (PreparedStatement statement = session.connection().prepareStatement(TRIAL_BALANCE)) {
      statement.setString(
          1, cuts.isEmpty() ? null : new JsonObject(Map.<String, Object>copyOf(cuts)).encode());
      statement.setObject(
          2, until == null ? null : OffsetDateTime.ofInstant(until, ZoneOffset.UTC));
      List<Balance> balances = new ArrayList<>();
      ResultSet rows = statement.executeQuery();
      while (rows.next()) {
        balances.add(
            new Balance(
                rows.getString("account"),
                rows.getString("currency"),
                rows.getBigDecimal("debit"),
                rows.getBigDecimal("credit"),
                rows.getBigDecimal("debit_usd"),
                rows.getBigDecimal("credit_usd"),
                rows.getLong("lines"),
                rows.getLong("unconverted")));
      }
      return balances;
    } catch (SQLException e) {
      throw session.failure(e);
    }
  }

  @Override
  public void close() {
    session.close();
  }
}
