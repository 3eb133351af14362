package dev.paymeter.app.cli;

import static dev.paymeter.support.Await.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.paymeter.Main;
import dev.paymeter.payment.Dispute;
import dev.paymeter.payment.DisputeStatus;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.port.DisputeLedger.Change;
import dev.paymeter.postgres.LedgerIdentity;
import dev.paymeter.postgres.PostgresDisputeLedger;
import dev.paymeter.postgres.PostgresPaymentLedger;
import dev.paymeter.postgres.PostgresRefundLedger;
import dev.paymeter.postgres.StatementExecutor;
import dev.paymeter.postgres.server.Database;
import dev.paymeter.support.ledger.TestLeases;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Pool;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** The command {@code close}, on a ledger whose rows have chosen times. */
class CloseCommandIT {
  private static final String ZONE = "Europe/Berlin";

  @TempDir Path directory;

  private Vertx vertx;
  private Pool pool;
  private String url;
  private StatementExecutor statements;
  private LedgerIdentity identity;
  private Map<String, String> settings;
  private String err = "";

  @BeforeEach
  void open() throws Exception {
    vertx = Vertx.vertx();
    url = TestPostgres.newDatabase();
    Path key = directory.resolve("key.pem");
    byte[] encoded =
        KeyPairGenerator.getInstance("Ed25519").generateKeyPair().getPrivate().getEncoded();
    Files.writeString(
        key,
        "-----BEGIN PRIVATE KEY-----\n%s\n-----END PRIVATE KEY-----\n"
            .formatted(Base64.getEncoder().encodeToString(encoded)));
    settings =
        Map.of("PAYMETER_DATABASE_URL", url, "PAYMETER_DATABASE_SIGNING_KEY_FILE", key.toString());
    pool = Database.at(url).createPool(vertx, Database.MAIN_POOL, 2, Duration.ofSeconds(10));
    statements = new StatementExecutor(pool, Duration.ofSeconds(10));
    identity = TestLeases.acquire(statements, "one");
  }

  @AfterEach
  void close() {
    await(pool.close());
    await(vertx.close());
  }

  private Payment pay(String amount, String currency, String at, int segment) {
    PostgresPaymentLedger ledger = new PostgresPaymentLedger(statements, identity);
    Payment pending = TestOrders.order().of(amount, currency).pending();
    await(ledger.insert(pending));
    return await(
        ledger.settle(
            pending.settle(
                new Payment.Settlement(TestOrders.DURATION, Instant.parse(at), null, segment))));
  }

  private Refund refund(Payment payment, String amount, String at, int segment) {
    PostgresRefundLedger ledger = new PostgresRefundLedger(statements, identity);
    Refund refund = TestOrders.refund(payment, amount);
    await(ledger.insert(refund, Optional.empty()));
    await(
        ledger.settle(
            refund.settle(
                new Payment.Settlement(TestOrders.DURATION, Instant.parse(at), null, segment))));
    return refund;
  }

  private Dispute dispute(
      Payment payment,
      @Nullable Dispute before,
      DisputeStatus status,
      @Nullable String fee,
      String at,
      int segment) {
    Dispute after =
        new Dispute(
            before == null ? UUID.randomUUID() : before.id(),
            payment.id(),
            "dp_" + payment.id(),
            status,
            "fraudulent",
            payment.amount(),
            payment.amountUsd(),
            TestOrders.RATES.of(payment.amount().currency()),
            null,
            fee == null ? null : TestOrders.money(fee, "USD"),
            Instant.parse(at),
            Instant.parse(at),
            before == null ? 1 : before.version() + 1);
    Change change =
        new Change(
            after,
            String.valueOf(payment.account()),
            status.eventsAfter(before == null ? null : before.status()),
            fee == null ? null : new BigDecimal(fee),
            UUID.randomUUID(),
            segment);
    assertThat(await(new PostgresDisputeLedger(statements, identity).write(change))).isTrue();
    return after;
  }

  /** Lets all segments up to one be complete. */
  private void checkpoint(int segment) {
    TestPostgres.execute(
        url, "update instances set checkpoint_epoch = epoch, checkpoint_segment = " + segment);
  }

  private int run(Path output, String... arguments) {
    CommandLine commands = Main.commandLine(settings);
    StringWriter printed = new StringWriter();
    StringWriter errors = new StringWriter();
    commands.setOut(new PrintWriter(printed));
    commands.setErr(new PrintWriter(errors));
    int exitCode =
        commands.execute(
            Stream.concat(
                    Stream.of("close", "--output=" + output),
                    Stream.concat(
                        Stream.of("--zone=" + ZONE)
                            .filter(zone -> !String.join(" ", arguments).contains("--zone")),
                        Stream.of(arguments)))
                .toArray(String[]::new));
    err = errors + printed.toString();
    return exitCode;
  }

  private int run(String... arguments) {
    return run(directory.resolve("report"), arguments);
  }

  /** Closes a day, and returns its figures by gateway, currency, kind and corrected day. */
  private Map<String, String> closed(String day) throws IOException {
    assertThat(run("--day=" + day, "--format=csv")).as(() -> err).isZero();
    Map<String, String> figures = new HashMap<>();
    List<String> lines = Files.readAllLines(directory.resolve("report"));
    for (String line : lines.subList(1, lines.size())) {
      String[] cells = line.split(",", -1);
      assertThat(cells[0]).isEqualTo(day);
      figures.put(
          (cells[4] + " " + cells[5] + " " + cells[6]).trim(),
          (cells[7] + " " + cells[8] + " " + cells[9]).trim());
    }
    checkBalances(lines);
    return figures;
  }

  /** The opening balance and the movements are the closing balance, in both currencies. */
  private static void checkBalances(List<String> lines) {
    for (int column : new int[] {8, 9}) {
      Map<String, BigDecimal> balances = new HashMap<>();
      for (String line : lines.subList(1, lines.size())) {
        String[] cells = line.split(",", -1);
        BigDecimal value = new BigDecimal(cells[column]);
        balances.merge(
            cells[2] + cells[3] + cells[4],
            cells[5].equals("closing") ? value.negate() : value,
            BigDecimal::add);
      }
      assertThat(balances.values()).isNotEmpty().allMatch(sum -> sum.signum() == 0);
    }
  }

  private static void checkCarriedOver(Map<String, String> day, Map<String, String> next) {
    day.forEach(
        (name, value) -> {
          if (name.endsWith(" closing")) {
            assertThat(next).containsEntry(name.replace("closing", "opening"), value);
          }
        });
  }

  @Test
  void close_fiveDays_carriesBalancesOver() throws IOException {
    Payment eur = pay("100.00", "EUR", "2026-03-27T10:00:00Z", 1);
    Payment jpy = pay("5000", "JPY", "2026-03-27T11:00:00Z", 1);
    pay("1.500", "KWD", "2026-03-27T12:00:00Z", 1);
    Payment usd = pay("50.00", "USD", "2026-03-27T22:59:59Z", 1);
    Refund refund = refund(eur, "40.00", "2026-03-28T10:00:00Z", 2);
    Dispute open =
        dispute(usd, null, DisputeStatus.NEEDS_RESPONSE, "15.00", "2026-03-28T12:00:00Z", 2);
    TestPostgres.execute(
        url,
        """
        update refunds set failed_at = '2026-03-29T21:59:59Z', failure_type = 'x',
          failure_code = 'x', failure_message = 'x', failure_instance_id = instance_id,
          failure_epoch = epoch, failure_segment = 3 where id = '%s'"""
            .formatted(refund.id()));
    pay("7.00", "USD", "2026-03-29T22:00:00Z", 3);
    dispute(usd, open, DisputeStatus.WON, "15.00", "2026-03-30T12:00:00Z", 4);
    Dispute lost =
        dispute(jpy, null, DisputeStatus.NEEDS_RESPONSE, null, "2026-03-31T12:00:00Z", 5);
    dispute(jpy, lost, DisputeStatus.LOST, "20.00", "2026-03-31T13:00:00Z", 5);
    checkpoint(9);

    Map<String, String> first = closed("2026-03-27");
    Map<String, String> second = closed("2026-03-28");
    Map<String, String> third = closed("2026-03-29");
    Map<String, String> fourth = closed("2026-03-30");
    Map<String, String> fifth = closed("2026-03-31");

    assertThat(first)
        .containsEntry("EUR opening", "0.00 0.00")
        .containsEntry("EUR payments", "1 100.00 103.21")
        .containsEntry("JPY closing", "5000 31.78")
        .containsEntry("KWD closing", "1.500 4.86")
        .containsEntry("USD closing", "50.00 50.00");
    assertThat(second)
        .containsEntry("EUR refunds", "1 -40.00 -41.28")
        .containsEntry("USD disputes_opened", "1 -50.00 -50.00")
        .containsEntry("USD fees", "1 -15.00 -15.00")
        .containsEntry("USD closing", "-15.00 -15.00");
    assertThat(third)
        .as("23 hours")
        .containsEntry("EUR failed_refunds", "1 40.00 41.28")
        .containsEntry("EUR closing", "100.00 103.21")
        .doesNotContainKey("USD payments");
    assertThat(fourth)
        .containsEntry("USD payments", "1 7.00 7.00")
        .containsEntry("USD disputes_won", "1 50.00 50.00")
        .containsEntry("USD closing", "42.00 42.00");
    assertThat(fifth)
        .containsEntry("JPY disputes_opened", "1 -5000 -31.78")
        .containsEntry("JPY disputes_lost", "1 0 0.00")
        .containsEntry("USD fees", "1 -20.00 -20.00")
        .containsEntry("JPY closing", "0 0.00");
    checkCarriedOver(first, second);
    checkCarriedOver(second, third);
    checkCarriedOver(third, fourth);
    checkCarriedOver(fourth, fifth);
    assertThat(run("--day=2026-03-29", "--verify")).as(() -> err).isZero();
    checkTrialBalance("2026-03-31");
  }

  /** The accounts in the report are those of the function trial_balance at its cuts. */
  private void checkTrialBalance(String day) throws IOException {
    assertThat(run("--day=" + day, "--format=json")).isZero();
    JsonObject report =
        new JsonObject(Files.readString(directory.resolve("report"))).getJsonObject("report");
    List<List<String>> accounts =
        report.getJsonArray("accounts").stream()
            .map(JsonObject.class::cast)
            .map(
                account ->
                    Stream.of(
                            "account",
                            "currency",
                            "debit",
                            "credit",
                            "debit_usd",
                            "credit_usd",
                            "lines",
                            "unconverted")
                        .map(name -> String.valueOf(account.getValue(name)))
                        .toList())
            .toList();
    assertThat(accounts)
        .isEqualTo(
            TestPostgres.query(
                url,
                "select * from trial_balance((select cuts from day_closes where day = '%s'), '%s')"
                    .formatted(day, Instant.parse(report.getString("to")).minusNanos(1000))));
  }

  @Test
  void close_dayOfTwentyFiveHours_endsAtItsMidnight() throws IOException {
    pay("1.00", "EUR", "2025-10-25T22:00:00Z", 1);
    pay("2.00", "EUR", "2025-10-26T22:59:59.999999Z", 1);
    pay("4.00", "EUR", "2025-10-26T23:00:00Z", 1);
    checkpoint(2);

    assertThat(closed("2025-10-26")).containsEntry("EUR payments", "2 3.00 3.09");
    assertThat(run("--day=2025-10-26")).isZero();
    assertThat(Files.readString(directory.resolve("report"))).contains("25 hours");
  }

  @Test
  void close_otherZone_hasItsOwnDays() throws IOException {
    pay("1.00", "EUR", "2026-03-26T23:30:00Z", 1);
    checkpoint(2);
    assertThat(closed("2026-03-27")).containsEntry("EUR payments", "1 1.00 1.03");

    assertThat(run("--day=2026-03-26", "--zone=UTC", "--format=csv")).as(() -> err).isZero();

    assertThat(Files.readString(directory.resolve("report")))
        .contains(",EUR,payments,")
        .contains("1.00,1.03");
    assertThat(run("--day=2026-03-27", "--zone=UTC", "--format=csv")).as(() -> err).isZero();
    assertThat(Files.readString(directory.resolve("report"))).doesNotContain(",EUR,payments,");
    assertThat(run("--day=2026-03-27", "--verify")).as(() -> err).isZero();
  }

  @Test
  void close_lateRow_isACorrectionOfItsDay() throws IOException {
    pay("10.00", "EUR", "2026-03-27T10:00:00Z", 1);
    checkpoint(5);
    closed("2026-03-27");
    assertThat(run("--day=2026-03-27")).isZero();
    assertThat(err).contains("2026-03-27 (Europe/Berlin) was closed at ", "stored report");
    String page = Files.readString(directory.resolve("report"));
    pay("3.00", "EUR", "2026-03-27T11:00:00Z", 6);
    checkpoint(7);

    Map<String, String> next = closed("2026-03-28");

    assertThat(next)
        .containsEntry("EUR opening", "10.00 10.32")
        .containsEntry("EUR payments 2026-03-27", "1 3.00 3.10")
        .containsEntry("EUR closing", "13.00 13.42");
    assertThat(run("--day=2026-03-27")).isZero();
    assertThat(Files.readString(directory.resolve("report"))).isEqualTo(page);
    assertThat(run("--day=2026-03-27", "--verify")).as(() -> err).isZero();
    assertThat(run("--day=2026-03-28", "--verify")).as(() -> err).isZero();
    assertThat(closed("2026-03-29")).doesNotContainKey("EUR payments 2026-03-27");
  }

  @Test
  void verify_changedRow_isNamed() throws IOException {
    Payment payment = pay("10.00", "EUR", "2026-03-27T10:00:00Z", 1);
    checkpoint(5);
    closed("2026-03-27");
    TestPostgres.execute(
        url, "update payments set amount = 11.00 where id = '" + payment.id() + "'");

    assertThat(run("--day=2026-03-27", "--verify")).isEqualTo(ServiceRunner.DIFFERENT);
    assertThat(err)
        .contains(
            "stripe:account_of_stripe EUR, payments, amount: the report has 10.00, the rows have 11.00");
    assertThat(run("--day=2026-03-28")).isEqualTo(ServiceRunner.DIFFERENT);
    assertThat(err).contains("--day 2026-03-27 --verify");
    assertThat(run("--day=2026-03-27", "--supplement")).isEqualTo(ServiceRunner.DIFFERENT);
  }

  @Test
  void verify_forgedClose_isNamed() throws IOException {
    pay("10.00", "EUR", "2026-03-27T10:00:00Z", 1);
    checkpoint(5);
    closed("2026-03-27");
    closed("2026-03-28");
    assertThat(run("--day=2026-03-27", "--supplement")).as(() -> err).isZero();
    assertThat(run("--day=2026-03-27", "--verify")).as(() -> err).isZero();
    assertThat(err).contains("version 2");

    forge("signature = decode(repeat('00', 64), 'hex') where version = 2");
    assertThat(run("--day=2026-03-27", "--verify")).isEqualTo(ServiceRunner.DIFFERENT);
    assertThat(err).contains("has not signed this report").contains("has 1 differences");

    forge("closed_by = 'mallory' where day = '2026-03-28'");
    assertThat(run("--day=2026-03-28", "--verify")).isEqualTo(ServiceRunner.DIFFERENT);
    assertThat(err).contains("closed by: expected mallory");

    forge("report = replace(report, '\"10.00\"', '\"99.00\"') where day = '2026-03-28'");
    assertThat(run("--day=2026-03-28", "--verify")).isEqualTo(ServiceRunner.DIFFERENT);
    assertThat(err)
        .contains(
            "SHA-256 of the report: expected",
            "has not signed this report",
            "EUR, closing, amount: the report has 99.00, the rows have 10.00");
    assertThat(run("--day=2026-03-29")).as("is not continued").isEqualTo(ServiceRunner.DIFFERENT);
  }

  /** As a superuser can. */
  private void forge(String change) {
    TestPostgres.execute(
        url,
        "set session_replication_role = replica; update day_closes set "
            + change
            + "; set session_replication_role = origin");
  }

  @Test
  void close_rowsAfterTheCheckpoint_waitsForTheNextOne() {
    pay("10.00", "EUR", "2026-03-27T10:00:00Z", 3);
    checkpoint(2);

    assertThat(run("--day=2026-03-27")).isEqualTo(ServiceRunner.FAILED);
    assertThat(err).contains("instance one has counted rows of 2026-03-27", "try again");
    TestLeases.expire(url, "one");
    assertThat(run("--day=2026-03-27")).isEqualTo(ServiceRunner.FAILED);
    assertThat(err).contains("statements of instance one, which has ended, may still run");
    TestPostgres.execute(url, "update instances set lease_until = now() - interval '1 hour'");
    assertThat(run("--day=2026-03-27")).as(() -> err).isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--day=2026-03-26|expected a day after the first closed one, 2026-03-27, found 2026-03-26",
        "--day=2026-03-29|expected 2026-03-28, the day after the last closed one",
        "--day=2026-03-29 --verify|expected a closed day, found 2026-03-29",
        "--day=2026-03-29 --supplement|expected a closed day, found 2026-03-29",
        "--day=2026-03-27 --verify --supplement|expected --verify or --supplement, not both",
        "--day=27|Invalid value for option '--day'",
      })
  void close_wrongDay_isRejected(String arguments, String expected) throws IOException {
    checkpoint(1);
    assertThat(run("--day=2026-03-27")).as(() -> err).isZero();

    assertThat(run(arguments.split(" "))).isEqualTo(ServiceRunner.MISCONFIGURED);
    assertThat(err).contains(expected);
  }

  @Test
  void close_todayFutureOrUnknownZone_isRejected() {
    for (int days : new int[] {0, 2}) {
      assertThat(run("--day=" + LocalDate.now(ZoneId.of(ZONE)).plusDays(days)))
          .isEqualTo(ServiceRunner.MISCONFIGURED);
      assertThat(err).contains("expected a day that has ended");
    }
    assertThat(Main.commandLine(settings).execute("close", "--day=2026-03-27", "--zone=Mars/Base"))
        .isEqualTo(ServiceRunner.MISCONFIGURED);
  }

  @Test
  void page_namesOfTheLedger_areEscaped() throws IOException {
    pay("10.00", "EUR", "2026-03-27T10:00:00Z", 1);
    TestPostgres.execute(url, "update payments set gateway = '<script>&', account = '\"x'");
    checkpoint(5);

    assertThat(run("--day=2026-03-27")).as(() -> err).isZero();

    assertThat(Files.readString(directory.resolve("report")))
        .contains("&lt;script&gt;&amp; &quot;x, EUR")
        .doesNotContain("<script", "http:", "https:");
  }

  /**
   * Changes of a row that no figure contains. The page of the chain is extended after the close.
   */
  @Test
  void verify_chainOfThePage_isCalculatedAgain() throws IOException {
    pay("10.00", "EUR", "2026-03-27T10:00:00Z", 1);
    page(5);
    checkpoint(5);
    closed("2026-03-27");
    pay("1.00", "EUR", "2026-03-28T10:00:00Z", 6);
    TestPostgres.execute(url, "delete from closed_segments");
    page(8);
    assertThat(run("--day=2026-03-27", "--verify")).as(() -> err).isZero();
    TestPostgres.execute(url, "update payments set user_tier = 'basic' where segment = 1");

    assertThat(run("--day=2026-03-27", "--verify")).isEqualTo(ServiceRunner.DIFFERENT);

    assertThat(err).contains("hash chain of instance one: expected ", "has 1 differences");
  }

  /** Closes the segments up to one, as a checkpoint does. */
  private void page(int segment) {
    TestPostgres.execute(
        url,
        """
        insert into closed_segments (instance_id, from_epoch, from_segment, epoch, segment,
          generation, rows, cents, previous, chain, row_hashes)
        select instance_id, epoch, 0, epoch, %1$d, ledger_generation(), r.rows, r.cents,
          first_chain(instance_id), r.chain, r.row_hashes
        from instances,
          rows_of_segments(instance_id, epoch, 0, epoch, %1$d, first_chain(instance_id)) r"""
            .formatted(segment));
  }

  @Test
  void close_paymentInProgress_isListedAndDoesNotDelay() throws IOException {
    await(
        new PostgresPaymentLedger(statements, identity)
            .insert(TestOrders.order().of("8.00", "EUR").pending()));
    checkpoint(1);

    assertThat(run("--day=2026-03-27", "--format=json")).as(() -> err).isZero();

    assertThat(report().getJsonArray("open")).hasSize(1);
    assertThat(report().getJsonArray("open").getJsonObject(0))
        .contains(Map.entry("state", "in_progress"), Map.entry("count", 1))
        .contains(Map.entry("kind", "payment"), Map.entry("amount", "8.00"));
  }

  @Test
  void close_settlementFileOfTheDay_isListed() throws IOException {
    checkpoint(5);
    TestPostgres.execute(
        url,
        """
        create table if not exists settlement_files (id bigint primary key generated always as identity,
          gateway text, account text, name text, sha256 text, format text, zone text,
          first_day date, last_day date, lines bigint, matched bigint, read_by text,
          last_read_by text);
        create table if not exists settlement_totals (file_id bigint, currency text, lines bigint,
          payments numeric, refunds numeric, disputes numeric, adjustments numeric, fees numeric,
          net numeric);
        create table if not exists settlement_exceptions (file_id bigint, closed_at timestamptz);
        insert into settlement_files (gateway, account, name, sha256, format, zone, first_day,
          last_day, lines, matched, read_by, last_read_by)
        select 'stripe', 'acct_1', name, repeat(digit, 64), 'csv', 'UTC', first_day, '2026-03-27',
          12, 11, 'ann', 'ann'
        from (values ('march.csv', '1', date '2026-03-25'), ('none.csv', '2', date '2026-03-27'))
          files (name, digit, first_day);
        insert into settlement_totals (file_id, currency, lines, payments, refunds, disputes,
          adjustments, fees, net)
        select id, 'EUR', 12, 100, 0, 0, 0, 1.50, 98.50 from settlement_files
        """);
    assertThat(run("--day=2026-03-26", "--format=json")).as(() -> err).isZero();

    JsonObject ties = report().getJsonObject("ties");
    assertThat(ties.getValue("prometheus")).isNull();
    assertThat(ties.getJsonArray("settlements")).hasSize(1);
    assertThat(ties.getJsonArray("settlements").getJsonObject(0))
        .contains(Map.entry("file", "march.csv"), Map.entry("matched", 11))
        .contains(Map.entry("open_exceptions", 0));
    assertThat(ties.getJsonArray("settlements").getJsonObject(0).getJsonObject("net"))
        .containsExactly(Map.entry("EUR", "98.50"));
    assertThat(run("--day=2026-03-26")).isZero();
    assertThat(Files.readString(directory.resolve("report"))).contains("march.csv", "98.50");
  }

  private JsonObject report() throws IOException {
    return new JsonObject(Files.readString(directory.resolve("report"))).getJsonObject("report");
  }

  /** A server with the samples of one scrape: a payment of 10.32 US dollars. */
  private HttpServer prometheus(long payments) throws IOException {
    String samples =
        Stream.of(
                List.of("paymeter_scrape_cut", "'instance_id':'one'", cut()),
                List.of("paymeter_scrape_cut_complete", "'instance_id':'one'", 1),
                List.of(
                    "payment_requests_total",
                    "'status':'success','gateway':'stripe','user_tier':'standard'",
                    payments),
                List.of("payment_amount_usd_count", "'currency':'EUR','user_tier':'standard'", 1),
                List.of(
                    "payment_amount_usd_sum", "'currency':'EUR','user_tier':'standard'", "10.32"))
            .map(
                sample ->
                    "{'metric':{'__name__':'%s',%s},'value':[0,'%s']}"
                        .formatted(sample.get(0), sample.get(1), sample.get(2)))
            .collect(Collectors.joining(","));
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    String end = "time=" + Instant.parse("2026-03-27T23:00:00Z").getEpochSecond();
    server.createContext(
        "/api/v1/query",
        exchange -> {
          String form = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
          byte[] body =
              "{'status':'success','data':{'resultType':'vector','result':[%s]}}"
                  .formatted(form.contains(end) ? samples : "")
                  .replace('\'', '"')
                  .getBytes(UTF_8);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    return server;
  }

  private long cut() {
    return ((long) identity.epoch() << 32) + 1;
  }

  @ParameterizedTest
  @CsvSource({"1, 0, true", "2, 3, false"})
  void close_samplesOfPrometheus_areCompared(long payments, int exitCode, boolean isEqual)
      throws IOException {
    pay("10.00", "EUR", "2026-03-27T10:00:00Z", 1);
    checkpoint(5);
    HttpServer server = prometheus(payments);
    try {
      String url = "--prometheus=http://user:secret@127.0.0.1:" + server.getAddress().getPort();

      assertThat(run("--day=2026-03-27", "--format=json", url)).as(() -> err).isEqualTo(exitCode);

      JsonObject tie = report().getJsonObject("ties").getJsonObject("prometheus");
      assertThat(tie.getBoolean("is_equal")).isEqualTo(isEqual);
      assertThat(tie.getInteger("samples")).isEqualTo(3);
      assertThat(tie.getInteger("different")).isEqualTo(isEqual ? 0 : 1);
      assertThat(tie.encode()).doesNotContain("secret");
      assertThat(run("--day=2026-03-27", "--verify")).as(() -> err).isZero();
    } finally {
      server.stop(0);
    }
  }

  @Test
  void close_prometheusDoesNotRespond_closesNothing() {
    checkpoint(1);

    assertThat(run("--day=2026-03-27", "--prometheus=http://127.0.0.1:1"))
        .isEqualTo(ServiceRunner.FAILED);
    assertThat(TestPostgres.query(url, "select day from day_closes")).isEmpty();
  }
}
