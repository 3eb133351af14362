package dev.paymeter.postgres.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.paymeter.settlement.BookingTime;
import dev.paymeter.settlement.Discrepancy;
import dev.paymeter.settlement.ExceptionKind;
import dev.paymeter.settlement.InvalidFileException;
import dev.paymeter.settlement.LedgerRow;
import dev.paymeter.settlement.LineGroup;
import dev.paymeter.settlement.LineTotals;
import dev.paymeter.settlement.LineType;
import dev.paymeter.settlement.Period;
import dev.paymeter.settlement.Reference;
import dev.paymeter.settlement.SettlementFile;
import dev.paymeter.settlement.SettlementFormat.LineReceiver;
import dev.paymeter.settlement.SettlementLine;
import dev.paymeter.settlement.SettlementMatcher;
import dev.paymeter.settlement.SettlementResult;
import dev.paymeter.settlement.SettlementRules;
import dev.paymeter.settlement.Tariff;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Currency;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;

/**
 * The comparison of a settlement file with the ledger, in one transaction: lines are copied to a
 * temporary table, the server joins them with their rows, and the result is read as a stream. For
 * one thread; one comparison runs at a time.
 */
public final class SettlementLedger implements AutoCloseable {
  /** Rows that are read, and exceptions that are written, at a time. */
  private static final int BATCH = 5_000;

  /** Lines of one type with one reference: all of them are in memory at once. */
  private static final int MAX_GROUP = 10_000;

  private static final int COPY_BUFFER = 1 << 16;

  private final CommandSession session;

  /** Reading of a file. */
  @FunctionalInterface
  public interface LineSource {
    /**
     * @throws InvalidFileException if a line is invalid
     * @throws IOException if the file cannot be read
     */
    void read(LineReceiver lines) throws IOException, InvalidFileException;
  }

  private SettlementLedger(CommandSession session) {
    this.session = session;
  }

  /**
   * @param connections are closed with the object
   * @param address of the database, for errors
   */
  static SettlementLedger open(ReusedConnections connections, String address) {
    return new SettlementLedger(
        CommandSession.open(connections, address, "use", SettlementStatements.SESSION, false));
  }

  /**
   * Begins a comparison: copies the lines of a file, and finds their rows.
   *
   * @param gateway of the file; null if it is to be found out
   * @return the totals of the lines
   * @throws InvalidFileException if the file is invalid; nothing is stored then
   * @throws IOException if it cannot be read
   * @throws IllegalStateException if the database fails
   */
  public LineTotals stage(LineSource file, @Nullable String gateway)
      throws IOException, InvalidFileException {
    try {
      execute(SettlementStatements.BEGIN);
      LineTotals totals = new LineTotals();
      copy(file, totals);
      execute("analyze settlement_input");
      execute(SettlementStatements.SETTLED_ROWS);
      try (PreparedStatement others =
          session.connection().prepareStatement(SettlementStatements.OTHER_ROWS)) {
        others.setString(1, gateway);
        others.executeUpdate();
      }
      execute("analyze settlement_rows");
      return totals;
    } catch (SQLException e) {
      throw session.failure(e);
    }
  }

  private void copy(LineSource file, LineTotals totals)
      throws IOException, InvalidFileException, SQLException {
    CopyIn copy =
        session
            .connection()
            .unwrap(PGConnection.class)
            .getCopyAPI()
            .copyIn(SettlementStatements.COPY);
    StringBuilder buffer = new StringBuilder(COPY_BUFFER + 4096);
    try {
      file.read(
          line -> {
            totals.add(line);
            write(totals.lines(), line, buffer);
            if (buffer.length() >= COPY_BUFFER) {
              flush(buffer, copy);
            }
          });
      flush(buffer, copy);
      copy.endCopy();
    } finally {
      if (copy.isActive()) {
        copy.cancelCopy();
      }
    }
  }

  private void flush(StringBuilder buffer, CopyIn copy) throws IOException {
    byte[] bytes = buffer.toString().getBytes(UTF_8);
    buffer.setLength(0);
    try {
      copy.writeToCopy(bytes, 0, bytes.length);
    } catch (SQLException e) {
      throw new IOException(
          "cannot write to the ledger at " + session.address() + ": " + e.getMessage(), e);
    }
  }

  private static void write(long number, SettlementLine line, StringBuilder out) {
    Reference reference = Reference.of(line);
    Reference payment = Reference.ofPayment(line.payment());
    out.append(number).append('\t').append(line.number());
    value(line.type().label(), out);
    text(line.reference(), out);
    value(reference.id(), out);
    out.append('\t').append(reference.isLedgerId());
    text(line.payment(), out);
    value(payment.id(), out);
    out.append('\t').append(payment.isLedgerId());
    decimal(line.amount(), out);
    decimal(line.fee(), out);
    decimal(line.net(), out);
    value(line.currency(), out);
    value(line.booked().instant(), out);
    value(line.booked().day(), out);
    text(line.payout(), out);
    out.append('\n');
  }

  /** Control characters are in no line; the backslash is escaped. */
  private static void text(String text, StringBuilder out) {
    out.append('\t').append(text.indexOf('\\') < 0 ? text : text.replace("\\", "\\\\"));
  }

  private static void decimal(@Nullable BigDecimal value, StringBuilder out) {
    out.append('\t').append(value == null ? "\\N" : value.toPlainString());
  }

  private static void value(@Nullable Object value, StringBuilder out) {
    out.append('\t').append(value == null ? "\\N" : value);
  }

  /** Returns the gateways of the rows that belong to the lines. */
  public List<String> gateways() {
    try (Statement statement = session.connection().createStatement();
        ResultSet rows =
            statement.executeQuery("select distinct gateway from settlement_rows order by 1")) {
      List<String> gateways = new ArrayList<>();
      while (rows.next()) {
        gateways.add(rows.getString(1));
      }
      return gateways;
    } catch (SQLException e) {
      throw session.failure(e);
    }
  }

  /**
   * Compares the lines that were staged with their rows, and stores the file and its exceptions.
   *
   * @param totals of the lines
   * @param out receives the exceptions of the file as CSV; null if they are not wanted
   * @throws InvalidFileException if too many lines have one reference
   * @throws IOException if the exceptions cannot be written; nothing is stored then
   * @throws IllegalStateException if the database fails; nothing is stored then
   */
  public SettlementResult reconcile(
      SettlementFile file, SettlementRules rules, LineTotals totals, @Nullable OutputStream out)
      throws IOException, InvalidFileException {
    try {
      Stored stored = insert(file, rules, totals);
      Comparison comparison = new Comparison(stored, file, rules);
      long matched = totals.lines() - comparison.run(totals);
      long explained = comparison.store(file.name());
      update("update settlement_files set matched = ? where id = ?", matched, stored.id());
      if (out != null) {
        session
            .connection()
            .unwrap(PGConnection.class)
            .getCopyAPI()
            .copyOut(SettlementStatements.EXPORT, out);
        out.flush();
      }
      SettlementResult result =
          new SettlementResult(totals.lines(), matched, stored.wasRead(), counts(), explained);
      session.connection().commit();
      return result;
    } catch (SQLException e) {
      throw session.failure(e);
    }
  }

  /**
   * The row of a file.
   *
   * @param wasRead whether the file was read before
   */
  private record Stored(long id, boolean wasRead) {}

  private Stored insert(SettlementFile file, SettlementRules rules, LineTotals totals)
      throws SQLException {
    Period period = rules.period();
    Stored stored;
    try (PreparedStatement statement =
        session.connection().prepareStatement(SettlementStatements.FILE)) {
      set(
          statement,
          rules.gateway(),
          file.account(),
          file.name(),
          file.sha256(),
          file.format(),
          period.zone().getId(),
          period.first(),
          period.last(),
          totals.lines(),
          file.readBy());
      ResultSet row = statement.executeQuery();
      row.next();
      stored = new Stored(row.getLong("id"), row.getBoolean("was_read"));
    }
    if (!stored.wasRead()) {
      try (PreparedStatement statement =
          session.connection().prepareStatement(SettlementStatements.TOTALS)) {
        for (LineTotals.Total total : totals.totals()) {
          set(
              statement,
              stored.id(),
              total.currency(),
              total.lines(),
              total.payments(),
              total.refunds(),
              total.disputes(),
              total.adjustments(),
              total.fees(),
              total.net());
          statement.addBatch();
        }
        statement.executeBatch();
      }
    }
    return stored;
  }

  private Map<ExceptionKind, SettlementResult.Count> counts() throws SQLException {
    Map<ExceptionKind, SettlementResult.Count> counts = new EnumMap<>(ExceptionKind.class);
    try (Statement statement = session.connection().createStatement();
        ResultSet rows = statement.executeQuery(SettlementStatements.COUNTS)) {
      while (rows.next()) {
        counts.put(
            ExceptionKind.valueOf(rows.getString("kind").toUpperCase(Locale.ROOT)),
            new SettlementResult.Count(rows.getLong("all"), rows.getLong("open")));
      }
    }
    return counts;
  }

  /** A comparison of the staged lines. */
  private final class Comparison {
    private final Stored stored;
    private final @Nullable String account;
    private final SettlementRules rules;
    private final SettlementMatcher matcher;
    private final Map<String, Currency> currencies = new HashMap<>();
    private final List<Discrepancy> found = new ArrayList<>();
    private long lines;

    Comparison(Stored stored, SettlementFile file, SettlementRules rules) {
      this.stored = stored;
      this.account = file.account();
      this.rules = rules;
      this.matcher = new SettlementMatcher(rules);
    }

    /** Returns the number of lines with an exception. */
    long run(LineTotals totals) throws SQLException, InvalidFileException {
      findSuspects(totals);
      compareLines();
      flush();
      if (!stored.wasRead()) {
        update(SettlementStatements.LINES, stored.id(), rules.gateway());
      }
      compareRows();
      flush();
      return lines;
    }

    private void findSuspects(LineTotals totals) throws SQLException {
      if (exists(SettlementStatements.HAS_PAYMENTS)) {
        update(SettlementStatements.PAYMENTS, rules.gateway());
      }
      update(SettlementStatements.EARLIER, stored.id());
      for (LineTotals.Total total : totals.totals()) {
        Optional<Tariff> tariff = rules.tariff(total.currency());
        if (tariff.isPresent()) {
          update(
              SettlementStatements.TARIFF,
              total.currency(),
              tariff.get().percent(),
              tariff.get().fixed(),
              Tariff.tolerance(currency(total.currency())));
        }
      }
      update(
          SettlementStatements.SUSPECTS,
          rules.gateway(),
          rules.period().zone().getId(),
          rules.lateAfter().toSeconds());
      execute("analyze settlement_suspects");
    }

    private void compareLines() throws SQLException, InvalidFileException {
      try (PreparedStatement statement =
          session.connection().prepareStatement(SettlementStatements.STREAM)) {
        statement.setFetchSize(BATCH);
        ResultSet rows = statement.executeQuery();
        Group group = new Group();
        while (rows.next()) {
          if (!group.contains(rows)) {
            add(group.complete());
            group = new Group();
          }
          group.add(rows);
        }
        add(group.complete());
      }
    }

    private void add(@Nullable LineGroup group) throws SQLException {
      if (group != null) {
        for (Discrepancy each : matcher.match(group)) {
          lines++;
          add(each);
        }
      }
    }

    private void compareRows() throws SQLException {
      try (PreparedStatement statement =
          session.connection().prepareStatement(SettlementStatements.MISSING)) {
        OffsetDateTime from = OffsetDateTime.ofInstant(rules.period().from(), ZoneOffset.UTC);
        OffsetDateTime to = OffsetDateTime.ofInstant(rules.period().to(), ZoneOffset.UTC);
        set(statement, rules.gateway(), account, account, from, to);
        statement.setFetchSize(BATCH);
        ResultSet rows = statement.executeQuery();
        while (rows.next()) {
          add(matcher.missing(Objects.requireNonNull(row(rows))));
        }
      }
    }

    private void add(Discrepancy discrepancy) throws SQLException {
      found.add(discrepancy);
      if (found.size() == BATCH) {
        flush();
      }
    }

    private void flush() throws SQLException {
      try (PreparedStatement statement =
          session.connection().prepareStatement(SettlementStatements.FOUND)) {
        for (Discrepancy each : found) {
          setFound(statement, each);
          statement.addBatch();
        }
        statement.executeBatch();
      }
      found.clear();
    }

    private void setFound(PreparedStatement statement, Discrepancy each) throws SQLException {
      @Nullable SettlementLine line = each.line();
      @Nullable LedgerRow row = each.row();
      boolean isOfRow = row != null && row.currency().equals(each.currency());
      set(
          statement,
          rules.gateway(),
          each.kind().label(),
          subject(each),
          (line == null ? Objects.requireNonNull(row).type() : line.type()).label(),
          line == null ? Objects.requireNonNull(row).reference() : line.reference(),
          row == null ? null : row.id(),
          line == null ? null : line.number(),
          line == null ? null : line.amount(),
          line == null ? null : line.fee(),
          line == null ? null : line.net(),
          line == null ? null : line.currency().getCurrencyCode(),
          line == null ? null : line.booked().day(),
          line == null ? null : line.payout(),
          row == null ? null : row.amount(),
          row == null ? null : row.currency().getCurrencyCode(),
          row == null || row.settledAt() == null
              ? null
              : OffsetDateTime.ofInstant(row.settledAt(), ZoneOffset.UTC),
          each.atStake(),
          each.currency().getCurrencyCode(),
          isOfRow ? Objects.requireNonNull(row).usdRate() : null,
          each.explanation());
    }

    /** Returns what identifies the exception in other files, too. */
    private String subject(Discrepancy each) {
      @Nullable LedgerRow row = each.row();
      @Nullable SettlementLine line = each.line();
      if (line == null) {
        return Objects.requireNonNull(row).type().label() + '|' + row.id();
      }
      return String.join(
          "|",
          line.type().label(),
          row == null ? line.reference() : row.id().toString(),
          line.amount().toPlainString(),
          line.currency().getCurrencyCode(),
          line.booked().day().toString(),
          line.payout(),
          // Lines without a reference are different ones, although they may be equal.
          line.reference().isEmpty() ? stored.id() + "/" + line.number() : "" + each.occurrence());
    }

    /** Stores the exceptions; returns the number of earlier ones that are explained now. */
    long store(String name) throws SQLException {
      if (exists(SettlementStatements.HAS_UNRATED)) {
        execute(SettlementStatements.RATES);
      }
      update(SettlementStatements.EXCEPTIONS, stored.id());
      long explained = 0;
      for (String statement : SettlementStatements.EXPLAINED) {
        explained += update(statement, rules.gateway(), name, stored.id());
      }
      return explained;
    }

    /** Lines of one type with one reference, as they are read. */
    private final class Group {
      private final List<SettlementLine> earlier = new ArrayList<>();
      private final List<SettlementLine> lines = new ArrayList<>();
      private String type = "";
      private @Nullable String key;
      private @Nullable LedgerRow row;
      private boolean hasPayment;

      /** Returns whether the current row belongs to the group. */
      boolean contains(ResultSet rows) throws SQLException {
        return key == null
            || (!key.isEmpty()
                && key.equals(rows.getString("group_key"))
                && type.equals(rows.getString("type")));
      }

      void add(ResultSet rows) throws SQLException, InvalidFileException {
        SettlementLine line = line(rows);
        if (key == null) {
          key = rows.getString("group_key");
          type = rows.getString("type");
        }
        if (rows.getBoolean("is_earlier")) {
          earlier.add(line);
          return;
        }
        if (lines.isEmpty()) {
          row = row(rows);
        }
        hasPayment |= rows.getBoolean("has_payment");
        lines.add(line);
        if (lines.size() > MAX_GROUP) {
          throw new InvalidFileException(
              line.number(),
              "reference",
              "at most " + MAX_GROUP + " lines of one type with one reference",
              line.reference());
        }
      }

      /** Returns the group; null if it has no line of the file. */
      @Nullable LineGroup complete() {
        return lines.isEmpty() ? null : new LineGroup(row, hasPayment, earlier, lines);
      }
    }

    private SettlementLine line(ResultSet rows) throws SQLException {
      @Nullable Instant bookedAt = instant(rows, "booked_at");
      return new SettlementLine(
          rows.getLong("line"),
          type(rows),
          rows.getString("reference"),
          rows.getString("payment"),
          rows.getBigDecimal("amount"),
          rows.getBigDecimal("fee"),
          rows.getBigDecimal("net"),
          currency(rows.getString("currency")),
          new BookingTime(bookedAt, rows.getObject("booked_on", LocalDate.class)),
          rows.getString("payout"));
    }

    private @Nullable LedgerRow row(ResultSet rows) throws SQLException {
      @Nullable String id = rows.getString("ledger_id");
      return id == null
          ? null
          : new LedgerRow(
              type(rows),
              UUID.fromString(id),
              rows.getString("ledger_reference"),
              rows.getString("gateway"),
              rows.getString("status"),
              rows.getBoolean("is_settled"),
              rows.getBigDecimal("ledger_amount"),
              currency(rows.getString("ledger_currency")),
              rows.getBigDecimal("fx_rate"),
              Objects.requireNonNull(instant(rows, "created_at")),
              instant(rows, "settled_at"),
              instant(rows, "unknown_since"));
    }

    private static LineType type(ResultSet rows) throws SQLException {
      return LineType.valueOf(rows.getString("type").toUpperCase(Locale.ROOT));
    }

    private Currency currency(String code) {
      return currencies.computeIfAbsent(code, Currency::getInstance);
    }
  }

  private static @Nullable Instant instant(ResultSet rows, String column) throws SQLException {
    @Nullable OffsetDateTime time = rows.getObject(column, OffsetDateTime.class);
    return time == null ? null : time.toInstant();
  }

  /**
   * Closes an exception, and records that in the audit trail before and after.
   *
   * @return what was closed
   * @throws IllegalArgumentException if there is no such exception that is open
   * @throws IllegalStateException if the database fails
   */
  public String close(long exception, String reason, String operator) {
    try {
      session.connection().setAutoCommit(true);
      long action = begin(exception, reason, operator);
      try (PreparedStatement statement =
          session.connection().prepareStatement("select close_settlement_exception(?, ?, ?)")) {
        set(statement, exception, reason, operator);
        ResultSet row = statement.executeQuery();
        row.next();
        String closed = row.getString(1);
        update(SettlementStatements.ACTION_END, 200, closed, action);
        return closed;
      } catch (SQLException e) {
        String message = Objects.requireNonNullElse(e.getMessage(), "failed");
        boolean isRaised = "P0001".equals(e.getSQLState());
        update(SettlementStatements.ACTION_END, isRaised ? 404 : 500, message, action);
        if (isRaised) {
          throw new IllegalArgumentException(
              message.lines().findFirst().orElse("").replaceFirst("^ERROR: ", ""), e);
        }
        throw e;
      }
    } catch (SQLException e) {
      throw session.failure(e);
    }
  }

  private long begin(long exception, String reason, String operator) throws SQLException {
    try (PreparedStatement statement =
        session.connection().prepareStatement(SettlementStatements.ACTION_BEGIN)) {
      set(statement, operator, "exception " + exception, reason, UUID.randomUUID().toString());
      ResultSet row = statement.executeQuery();
      row.next();
      return row.getLong(1);
    }
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = session.connection().createStatement()) {
      statement.execute(sql);
    }
  }

  private boolean exists(String sql) throws SQLException {
    try (Statement statement = session.connection().createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      return rows.next();
    }
  }

  private long update(String sql, Object... values) throws SQLException {
    try (PreparedStatement statement = session.connection().prepareStatement(sql)) {
      set(statement, values);
      return statement.executeLargeUpdate();
    }
  }

  private static void set(PreparedStatement statement, @Nullable Object... values)
      throws SQLException {
    for (int i = 0; i < values.length; i++) {
      statement.setObject(i + 1, values[i]);
    }
  }

  /** Ends the session, and with it a comparison that is not complete. */
  @Override
  public void close() {
    session.close();
  }
}
