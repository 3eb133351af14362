package dev.paymeter.postgres;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.payment.Payment;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.port.AccountRegistry;
import dev.paymeter.payment.port.AccountRegistry.MissingAccount;
import dev.paymeter.payment.port.AccountRegistry.OtherAccount;
import dev.paymeter.payment.port.AccountRegistry.Total;
import dev.paymeter.payment.port.GatewayAccount;
import dev.paymeter.postgres.server.Database;
import dev.paymeter.support.ledger.TestLeases;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PostgresAccountRegistryIT {
  private static final String ROWS =
      "select gateway, account, is_simulated from gateway_accounts order by gateway";

  private Vertx vertx;
  private Pool pool;
  private String url;
  private StatementExecutor statementExecutor;

  @BeforeEach
  void open() {
    vertx = Vertx.vertx();
    url = TestPostgres.newDatabase();
    pool = Database.at(url).createPool(vertx, Database.MAIN_POOL, 4, Duration.ofSeconds(10));
    statementExecutor = new StatementExecutor(pool, Duration.ofSeconds(10));
  }

  @AfterEach
  void close() {
    await(pool.close());
    await(vertx.close());
  }

  private LedgerIdentity identity(String instance) {
    return TestLeases.acquire(statementExecutor, instance);
  }

  private PostgresAccountRegistry registry(LedgerIdentity identity) {
    return new PostgresAccountRegistry(statementExecutor, identity);
  }

  private static GatewayAccount simulated(String gateway, @Nullable String account) {
    return new GatewayAccount(gateway, account, Duration.ofSeconds(15), true);
  }

  private static GatewayAccount real(String gateway, @Nullable String account) {
    return new GatewayAccount(gateway, account, Duration.ofSeconds(15), false);
  }

  @Test
  void register_again_replacesTheAccounts() {
    PostgresAccountRegistry registry = registry(identity("a"));

    await(registry.register(List.of(simulated("paypal", "sim_1"), real("stripe", null))));
    assertThat(TestPostgres.query(url, ROWS).get(0)).containsExactly("paypal", "sim_1", "t");
    await(registry.register(List.of(real("stripe", "acct_1"), simulated("third", "sim_3"))));

    assertThat(TestPostgres.query(url, ROWS))
        .containsExactly(List.of("stripe", "acct_1", "f"), List.of("third", "sim_3", "t"));
  }

  /** The task registers every few seconds. */
  @Test
  void register_unchanged_writesNothing() {
    PostgresAccountRegistry registry = registry(identity("a"));
    List<GatewayAccount> accounts = List.of(simulated("paypal", "sim_1"), real("stripe", null));
    await(registry.register(accounts));
    String version = "select xmin from gateway_accounts order by gateway";
    List<List<String>> before = TestPostgres.query(url, version);

    await(registry.register(accounts));

    assertThat(TestPostgres.query(url, version)).isEqualTo(before);
  }

  @Test
  void register_superseded_changesNothing() {
    LedgerIdentity first = identity("a");
    await(registry(first).register(List.of(simulated("stripe", "sim_1"))));
    TestLeases.expire(url, "a");
    identity("a");

    await(registry(first).register(List.of(simulated("paypal", "sim_2"))));

    assertThat(TestPostgres.query(url, ROWS)).containsExactly(List.of("stripe", "sim_1", "t"));
  }

  @Test
  void otherSimulator_anotherJournalOfARunningInstance_isFound() {
    PostgresAccountRegistry a = registry(identity("a"));
    PostgresAccountRegistry b = registry(identity("b"));
    await(a.register(List.of(simulated("paypal", "sim_1"), simulated("stripe", "sim_2"))));
    await(b.register(List.of(simulated("paypal", "sim_1"), simulated("stripe", "sim_3"))));

    assertThat(await(b.otherSimulator())).contains(new OtherAccount("stripe", "sim_2", "a"));
    assertThat(await(a.otherSimulator())).contains(new OtherAccount("stripe", "sim_3", "b"));
    TestLeases.expire(url, "a");
    assertThat(await(b.otherSimulator())).isEmpty();
  }

  /** Two accounts of a real gateway: a switch from one to the other, instance by instance. */
  @Test
  void otherSimulator_realGateway_isNone() {
    PostgresAccountRegistry a = registry(identity("a"));
    PostgresAccountRegistry b = registry(identity("b"));
    PostgresAccountRegistry c = registry(identity("c"));
    await(a.register(List.of(simulated("stripe", "sim_1"))));
    await(b.register(List.of(real("stripe", "acct_1"))));
    await(c.register(List.of(real("stripe", "acct_2"))));

    assertThat(await(a.otherSimulator())).isEmpty();
    assertThat(await(b.otherSimulator())).isEmpty();
    assertThat(await(c.otherSimulator())).isEmpty();
  }

  @Test
  void missing_accountsOfRunningInstances_areNone() {
    LedgerIdentity a = identity("a");
    unknown(a, TestOrders.order());
    await(registry(a).register(TestOrders.accounts("stripe")));

    assertThat(await(registry(identity("b")).missing())).isEmpty();
  }

  @Test
  void missing_accountOfAnEndedInstance_hasItsUnresolvedPaymentsAndRefunds() {
    LedgerIdentity a = identity("a");
    await(registry(a).register(TestOrders.accounts("stripe")));
    unknown(a, TestOrders.order().of("10.00", "USD"));
    unknown(a, TestOrders.order().of("5.00", "USD"));
    await(ledger(a).insert(TestOrders.order().of("2.50", "USD").pending()));
    Payment paid = TestOrders.order().of("80.00", "USD").succeeded();
    await(ledger(a).insert(TestOrders.pendingOf(paid)));
    await(ledger(a).settle(paid));
    Refund refund = TestOrders.refund(paid, "1.25");
    await(new PostgresRefundLedger(statementExecutor, a).insert(refund, Optional.empty()));
    PostgresAccountRegistry b = registry(identity("b"));
    await(b.register(List.of(simulated("stripe", "another_account"))));
    assertThat(await(b.missing())).as("it is running").isEmpty();

    TestLeases.expire(url, "a");

    List<MissingAccount> missing = await(b.missing());
    assertThat(missing)
        .containsExactly(
            new MissingAccount(
                "stripe",
                TestOrders.account("stripe"),
                TestOrders.CREATED_AT,
                total(2, "15.00"),
                Total.NONE,
                total(2, "3.75")));
    assertThat(missing.get(0).count()).isEqualTo(4);
    assertThat(missing.get(0).usd()).isEqualTo("18.75");
  }

  /** The figures of unknown payments and refunds contain them too. */
  @Test
  void missing_unknownRefund_isNotAPayment() {
    LedgerIdentity a = identity("a");
    Payment paid = TestOrders.order().of("80.00", "USD").succeeded();
    await(ledger(a).insert(TestOrders.pendingOf(paid)));
    await(ledger(a).settle(paid));
    Refund refund = TestOrders.refund(paid, "1.25");
    PostgresRefundLedger refunds = new PostgresRefundLedger(statementExecutor, a);
    await(refunds.insert(refund, Optional.empty()));
    Payment.UnknownOutcome unknown =
        new Payment.UnknownOutcome(Duration.ofSeconds(1), refund.createdAt().plusSeconds(1));
    await(refunds.markUnknown(refund.markUnknown(unknown)));

    assertThat(await(registry(a).missing()))
        .containsExactly(
            new MissingAccount(
                "stripe",
                TestOrders.account("stripe"),
                refund.createdAt(),
                Total.NONE,
                total(1, "1.25"),
                Total.NONE));
  }

  private static Total total(long count, String usd) {
    return new Total(count, new BigDecimal(usd));
  }

  /** Any instance with the gateway can resolve them. */
  @Test
  void missing_withoutAccount_onlyIfNoInstanceHasTheGateway() {
    LedgerIdentity a = identity("a");
    Payment pending = TestOrders.order().pending().withAccount(null);
    await(ledger(a).insert(pending));
    await(ledger(a).markUnknown(TestOrders.markedUnknown(pending)));
    PostgresAccountRegistry registry = registry(a);

    await(registry.register(List.of(simulated("paypal", "sim_1"))));
    assertThat(await(registry.missing()))
        .extracting(MissingAccount::gateway, MissingAccount::account)
        .containsExactly(org.assertj.core.groups.Tuple.tuple("stripe", ""));

    await(registry.register(List.of(real("stripe", null))));
    assertThat(await(registry.missing())).isEmpty();
  }

  @Test
  void missing_manyAccounts_addsUpThoseWithTheLeast() {
    LedgerIdentity a = identity("a");
    for (int i = 0; i < 25; i++) {
      Payment pending = TestOrders.order().of("1.00", "USD").pending().withAccount("acct_" + i);
      await(ledger(a).insert(pending));
      await(ledger(a).markUnknown(TestOrders.markedUnknown(pending)));
    }
    unknown(a, TestOrders.order().of("1.00", "USD"));
    unknown(a, TestOrders.order().of("1.00", "USD"));

    List<MissingAccount> missing = await(registry(a).missing());

    assertThat(missing).hasSize(AccountRegistry.MAX_MISSING + 1);
    assertThat(missing.get(0).account()).isEqualTo(TestOrders.account("stripe"));
    assertThat(missing.get(AccountRegistry.MAX_MISSING))
        .isEqualTo(
            new MissingAccount(
                "stripe",
                AccountRegistry.OTHER_ACCOUNTS,
                TestOrders.CREATED_AT,
                total(6, "6.00"),
                Total.NONE,
                Total.NONE));
  }

  private PostgresPaymentLedger ledger(LedgerIdentity identity) {
    return new PostgresPaymentLedger(statementExecutor, identity);
  }

  private void unknown(LedgerIdentity identity, TestOrders order) {
    Payment pending = order.pending();
    await(ledger(identity).insert(pending));
    await(ledger(identity).markUnknown(TestOrders.markedUnknown(pending)));
  }
}
