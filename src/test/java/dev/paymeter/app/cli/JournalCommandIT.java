package dev.paymeter.app.cli;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paymeter.Main;
import dev.paymeter.payment.Payment;
import dev.paymeter.postgres.LedgerIdentity;
import dev.paymeter.postgres.PostgresPaymentLedger;
import dev.paymeter.postgres.StatementExecutor;
import dev.paymeter.postgres.server.Database;
import dev.paymeter.postgres.server.EmbeddedPostgresServer;
import dev.paymeter.postgres.server.LedgerJournal;
import dev.paymeter.support.ledger.PostgresTemplate;
import dev.paymeter.support.ledger.TestLeases;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Pool;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The commands {@code journal} and {@code trial-balance}, on a ledger with two payments. */
class JournalCommandIT {
  private static final String RECEIVABLES = "receivables:stripe:account_of_stripe";

  @TempDir Path directory;

  private Vertx vertx;
  private Pool pool;
  private String url;
  private PostgresPaymentLedger ledger;
  private Map<String, String> settings;
  private long cut;

  @BeforeEach
  void pay() {
    vertx = Vertx.vertx();
    url = TestPostgres.newDatabase();
    settings = Map.of("PAYMETER_DATABASE_URL", url);
    pool = Database.at(url).createPool(vertx, Database.MAIN_POOL, 2, Duration.ofSeconds(10));
    StatementExecutor statements = new StatementExecutor(pool, Duration.ofSeconds(10));
    LedgerIdentity identity = TestLeases.acquire(statements, "one");
    cut = ((long) identity.epoch() << 32) + 1;
    ledger = new PostgresPaymentLedger(statements, identity);
    pay(TestOrders.order().of("12.50", "EUR").merchant("Smith, \"Bros\"").succeeded());
    pay(
        TestOrders.order()
            .of("7.00", "USD")
            .gateway("paypal")
            .segment(2)
            .succeededIn(Duration.ofSeconds(3)));
  }

  private void pay(Payment succeeded) {
    await(ledger.insert(TestOrders.pendingOf(succeeded)));
    await(ledger.settle(succeeded));
  }

  @AfterEach
  void close() {
    await(pool.close());
    await(vertx.close());
  }

  private String output(String... arguments) {
    return output(settings, arguments);
  }

  private static String output(Map<String, String> settings, String... arguments) {
    CommandLine commands = Main.commandLine(settings);
    StringWriter printed = new StringWriter();
    commands.setOut(new PrintWriter(printed));
    assertThat(commands.execute(arguments)).isZero();
    return printed.toString();
  }

  private List<String> exported(String... filter) throws IOException {
    Path file = directory.resolve("journal.csv");
    output(
        Stream.concat(Stream.of("journal", "--output=" + file), Stream.of(filter))
            .toArray(String[]::new));
    return Files.readAllLines(file);
  }

  @Test
  void journal_writesAllLinesByTime() throws IOException {
    List<String> lines = exported();

    assertThat(lines).hasSize(5);
    assertThat(lines.get(0))
        .isEqualTo(
            "transaction_id,kind,at,recorded_at,instance_id,epoch,segment,payment_id,gateway,"
                + "gateway_account,merchant,source,account,currency,debit,credit,debit_usd,"
                + "credit_usd");
    assertThat(lines.get(1))
        .contains(
            ",payment,2026-03-04T05:06:07.373456Z,2026-03-04T05:06:07.373456Z,one,",
            ",stripe,account_of_stripe,\"Smith, \"\"Bros\"\"\",,"
                + RECEIVABLES
                + ",EUR,12.50,0.00,12.90,0.00");
    assertThat(lines.get(4)).endsWith(",sales,USD,0.00,7.00,0.00,7.00");
    assertThat(directory).isDirectoryNotContaining(file -> file.toString().endsWith(".part"));
  }

  @Test
  void journal_filters_selectLines() throws IOException {
    assertThat(exported("--from=2026-03-04T05:06:08Z")).hasSize(3);
    assertThat(exported("--to=2026-03-04T05:06:08Z")).hasSize(3);
    assertThat(exported("--from=2026-03-04T05:06:07.373456Z", "--to=2026-03-04T05:06:07.373456Z"))
        .as("without the end")
        .hasSize(1);
    assertThat(exported("--gateway=paypal")).hasSize(3);
    assertThat(exported("--currency=EUR", "--gateway=paypal")).hasSize(1);
    assertThat(exported("--gateway=x' or 'x'='x")).hasSize(1);
  }

  /** All that a command reads is of the same time. */
  @Test
  void ledgerJournal_paymentsMeanwhile_areNotRead() throws IOException {
    try (LedgerJournal journal = Database.at(url).openJournal()) {
      assertThat(journal.trialBalance(Map.of(), null)).hasSize(4);
      pay(TestOrders.order().of("1.000", "KWD").succeeded());
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      journal.export(new LedgerJournal.Filter(null, null, null, null), out);
      assertThat(out.toString(StandardCharsets.UTF_8).lines()).hasSize(5);
    }
    assertThat(exported()).hasSize(7);
  }

  /** Not even by a function of the ledger that writes. */
  @Test
  void ledgerJournal_cannotWrite() {
    TestPostgres.execute(
        url,
        """
        create or replace function trial_balance(cuts jsonb default null,
          until timestamptz default null)
        returns table (account text, currency text, debit numeric, credit numeric,
          debit_usd numeric, credit_usd numeric, lines bigint, unconverted bigint)
        language plpgsql as $$ begin delete from payments; end $$
        """);

    try (LedgerJournal journal = Database.at(url).openJournal()) {
      assertThatThrownBy(() -> journal.trialBalance(Map.of(), null))
          .hasMessageContaining("read-only transaction");
    }
    assertThat(TestPostgres.query(url, "select id from payments")).hasSize(2);
  }

  @Test
  void trialBalance_printsTheAccounts() {
    assertThat(output("trial-balance").lines().map(line -> line.replaceAll(" +", " ")))
        .contains(
            RECEIVABLES + " EUR 12.50 0.00 12.90 0.00 1 0",
            "sales USD 0.00 7.00 0.00 7.00 1 0",
            "total in US dollars 19.90 19.90");
    assertThat(output("trial-balance", "--format=csv", "--cut=one=" + cut).lines())
        .hasSize(3)
        .contains("sales,EUR,0.00,12.50,0.00,12.90,1,0");
    assertThat(
            new JsonObject(
                    output("trial-balance", "--format=json", "--until=2026-03-04T05:06:07.373456Z"))
                .getJsonObject("total_usd")
                .getString("debit"))
        .isEqualTo("12.90");
  }

  @Test
  void commands_unreadableLedger_fail() {
    String wrong = url.replaceFirst("/[^/]*$", "/none");

    assertThat(Main.commandLine(Map.of("PAYMETER_DATABASE_URL", wrong)).execute("trial-balance"))
        .isEqualTo(ServiceRunner.FAILED);
    assertThat(
            Main.commandLine(Map.of("PAYMETER_DATABASE_DIRECTORY", directory.toString()))
                .execute("journal"))
        .as("no ledger in the directory")
        .isEqualTo(ServiceRunner.FAILED);
    assertThat(Main.commandLine(settings).execute("trial-balance", "--cut=one"))
        .isEqualTo(ServiceRunner.MISCONFIGURED);
    assertThat(Main.commandLine(Map.of("PAYMETER_DATABASE_URL", "x")).execute("journal"))
        .isEqualTo(ServiceRunner.MISCONFIGURED);
  }

  @Test
  void trialBalance_embeddedLedger_isReadWhetherTheServiceRunsOrNot() throws IOException {
    Path home = directory.resolve("postgres");
    PostgresTemplate.copyTo(home);
    Map<String, String> embedded = Map.of("PAYMETER_DATABASE_DIRECTORY", home.toString());

    assertThat(output(embedded, "trial-balance")).contains("total in US dollars");
    try (EmbeddedPostgresServer service = EmbeddedPostgresServer.start(home)) {
      assertThat(output(embedded, "trial-balance")).contains("total in US dollars");
      assertThat(TestPostgres.query(service.url(), "select 1")).hasSize(1);
      TestPostgres.closeIdleConnections();
    }
  }
}
