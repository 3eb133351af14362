package dev.paymeter.settlement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.ledger.TestPostgres;
import java.io.BufferedWriter;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Currency;
import java.util.List;

/**
 * A file with a line for each of many payments, compared by the command in a process of its own,
 * with a limited heap. Of each thousand lines, six have an exception, and three payments have no
 * line.
 */
final class SettlementTrial {
  /** Lines of a thousand: one of each of these is wrong. */
  private static final int DUPLICATE = 1;

  private static final int DIFFERENT = 2;
  private static final int ROUNDED = 3;
  private static final int LATE = 4;
  private static final int NEGATIVE = 5;
  private static final int UNKNOWN = 6;
  private static final int ABSENT = 7;

  private final Path directory;
  private final int payments;
  private final String url = TestPostgres.newDatabase();

  SettlementTrial(Path directory, int payments) {
    this.directory = directory;
    this.payments = payments;
  }

  /**
   * The result of a run.
   *
   * @param first time of the process that read the file first
   * @param again time of a second one, which read the same file
   */
  record Result(Duration first, Duration again, long bytes) {
    @Override
    public String toString() {
      return "first %.1f s, again %.1f s, %d MB"
          .formatted(first.toMillis() / 1e3, again.toMillis() / 1e3, bytes >> 20);
    }
  }

  Result run(String heap) throws IOException, InterruptedException, SQLException {
    insertPayments();
    Path file = writeFile();
    long thousands = payments / 1000;
    Duration first = reconcile(file, heap, "first");
    assertThat(kinds())
        .containsExactlyInAnyOrder(
            "different_amount " + thousands,
            "duplicate " + thousands,
            "late " + thousands,
            "missing_here " + thousands,
            "missing_there " + 3 * thousands,
            "rounding " + thousands,
            "sign " + thousands);
    Duration again = reconcile(file, heap, "again");
    assertThat(kinds()).as("nothing is added").hasSize(7);
    assertThat(TestPostgres.query(url, "select lines, matched from settlement_files"))
        .containsExactly(
            List.of(String.valueOf(payments), String.valueOf(payments - 6 * thousands)));
    return new Result(first, again, Files.size(file));
  }

  private List<String> kinds() {
    return TestPostgres.query(url, "select kind, count(*) from settlement_exceptions group by kind")
        .stream()
        .map(row -> String.join(" ", row))
        .toList();
  }

  /** On three days, in four currencies. Half of them have a gateway key of their own. */
  private void insertPayments() {
    TestPostgres.execute(
        url,
        """
        set session_replication_role = replica;
        insert into payments (id, status, order_id, user_id, amount, currency, amount_usd, fx_rate,
          fx_date, user_tier, payment_method, gateway, gateway_key, account, created_at,
          duration_us, settled_at, instance_id, epoch, segment)
        select gen_random_uuid(), 'success', 'order-' || n, 'user-' || n %% 5000, 10 + n %% 900,
          (array['EUR', 'USD', 'JPY', 'KWD'])[1 + n %% 4], 10 + n %% 900, 1, '2026-11-01',
          'standard', 'credit_card', 'stripe', case when n %% 2 = 0 then gen_random_uuid() end,
          'acct_1', t.at - interval '200 milliseconds', 200000, t.at, 'one', 1, n / 100
        from generate_series(0, %1$d - 1) n
          cross join lateral (select timestamptz '2026-11-25T01:00:00Z'
            + interval '70 hours' * n / %1$d as at) t;
        analyze payments;
        set session_replication_role = origin
        """
            .formatted(payments));
  }

  private Path writeFile() throws IOException, SQLException {
    Path file = directory.resolve("settlement.csv");
    try (BufferedWriter out = Files.newBufferedWriter(file);
        Connection connection = TestPostgres.connect(url)) {
      connection.setAutoCommit(false);
      out.write("reference,type,payment,amount,fee,net,currency,date,payout\n");
      try (Statement statement = connection.createStatement()) {
        statement.setFetchSize(10_000);
        ResultSet rows =
            statement.executeQuery(
                "select coalesce(gateway_key, id)::text, amount, currency,"
                    + " to_char(settled_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
                    + " from payments order by settled_at, id");
        String previous = "";
        for (int n = 0; rows.next(); n++) {
          String line =
              String.join(
                  ",",
                  rows.getString(1),
                  "payment,",
                  rows.getString(2),
                  "0.30",
                  rows.getBigDecimal(2).subtract(new BigDecimal("0.30")).toPlainString(),
                  rows.getString(3),
                  rows.getString(4),
                  "po_" + n / 10_000);
          out.write(changed(n % 1000, line, previous) + "\n");
          previous = line;
        }
      }
    }
    return file;
  }

  /** Returns a line as the file has it. */
  private static String changed(int n, String line, String previous) {
    String[] parts = line.split(",");
    BigDecimal amount = new BigDecimal(parts[3]);
    switch (n) {
      case DUPLICATE -> {
        return previous.replace("po_", "po_x"); // In the place of this payment's line.
      }
      case DIFFERENT -> amount = amount.add(new BigDecimal(7));
      case ROUNDED ->
          amount =
              amount.add(
                  BigDecimal.ONE.movePointLeft(
                      Currency.getInstance(parts[6]).getDefaultFractionDigits()));
      case NEGATIVE -> amount = amount.negate();
      case LATE -> parts[7] = "2026-12-20";
      case UNKNOWN -> parts[0] = "ch_" + parts[0];
      case ABSENT -> {
        return ",fee,,-1,,," + parts[6] + "," + parts[7] + ",";
      }
      default -> {
        return line;
      }
    }
    parts[3] = amount.toPlainString();
    parts[4] = "";
    parts[5] = "";
    return String.join(",", parts);
  }

  private Duration reconcile(Path file, String heap, String name)
      throws IOException, InterruptedException {
    Path log = directory.resolve(name + ".log");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-Xmx" + heap,
            "-XX:+ExitOnOutOfMemoryError",
            "-cp",
            System.getProperty("java.class.path"),
            "dev.paymeter.Main",
            "reconcile",
            file.toString(),
            "--to=2026-11-27",
            "--output=" + directory.resolve("exceptions.csv")));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.environment().put("PAYMETER_DATABASE_URL", url);
    long start = System.nanoTime();
    int exitCode = builder.start().waitFor();
    Duration took = Duration.ofNanos(System.nanoTime() - start);
    assertThat(exitCode).as(Files.readString(log)).isEqualTo(3);
    return took;
  }
}
