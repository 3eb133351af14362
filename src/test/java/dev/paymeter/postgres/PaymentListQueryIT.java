package dev.paymeter.postgres;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.payment.Payment;
import dev.paymeter.payment.query.PaymentFilter;
import dev.paymeter.payment.query.PaymentPage;
import dev.paymeter.postgres.server.Database;
import dev.paymeter.support.ledger.TestLeases;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests of lists of many payments, and of concurrent inserts. */
class PaymentListQueryIT {
  private static final Duration PATIENT = Duration.ofSeconds(30);
  private static final int LIMIT = 20;

  /** Each of the 12 kinds contributes one row more than the limit. */
  private static final int MAX_ROWS = 12 * (LIMIT + 1);

  private static final Pattern ROWS = Pattern.compile("actual rows=(\\d+) loops=(\\d+)");
  private static final Vertx vertx = Vertx.vertx();
  private static String url;
  private static Pool pool;

  @BeforeAll
  static void create() {
    url = TestPostgres.newDatabase();
    pool = Database.at(url).createPool(vertx, Database.MAIN_POOL, 4, PATIENT);
  }

  @AfterAll
  static void close() {
    await(pool.close());
    await(vertx.close());
  }

  /** Two gateways; all payments but three have succeeded. */
  private static final String MANY_ROWS =
      """
      insert into payments (id, status, order_id, user_id, amount, currency, amount_usd, fx_rate,
        fx_date, user_tier, payment_method, gateway, created_at, duration_us, settled_at,
        error_type, error_code, error_message, instance_id, epoch, segment, merchant)
      select gen_random_uuid(), case when n % 10000 = 1 then 'failed' else 'success' end,
        'o' || n % 12500, 'u' || n % 100, 1, 'USD', 1, 1, current_date,
        (array['basic', 'standard', 'premium'])[1 + n % 3], 'credit_card',
        case when n % 2 = 0 then 'stripe' else 'paypal' end, now() - n * interval '1 second', 1,
        now(), case when n % 10000 = 1 then 'PaymentGatewayException' end,
        case when n % 10000 = 1 then 'gateway_error' end,
        case when n % 10000 = 1 then '' end, 'i', 1, 1,
        case when n % 600 < 4 then 'acme' when n % 3 > 0 then 'm' || n % 2 end
      from generate_series(1, 30000) n
      """;

  /** Checks each query with a custom and with a generic plan. */
  @ParameterizedTest
  @CsvSource({
    "BY_STATUS_GATEWAY_TIER, ''",
    "BY_STATUS_GATEWAY_TIER, failed",
    "BY_USER, ''",
    "BY_ORDER, ''",
    "BY_MERCHANT, ''",
    "BY_MERCHANT, failed",
    "BY_USER_OF_MERCHANT, ''",
    "BY_ORDER_OF_MERCHANT, ''"
  })
  void list_manyPayments_readsFewRowsByIndex(String statement, String status) {
    if (TestPostgres.query(url, "select 1 from payments where order_id = 'o7' limit 1").isEmpty()) {
      TestPostgres.execute(url, MANY_ROWS);
    }
    String sql =
        switch (statement) {
          case "BY_STATUS_GATEWAY_TIER" -> PaymentListQuery.BY_STATUS_GATEWAY_TIER;
          case "BY_USER" -> PaymentListQuery.BY_USER;
          case "BY_MERCHANT" -> PaymentListQuery.BY_MERCHANT;
          case "BY_USER_OF_MERCHANT" -> PaymentListQuery.BY_USER_OF_MERCHANT;
          case "BY_ORDER_OF_MERCHANT" -> PaymentListQuery.BY_ORDER_OF_MERCHANT;
          default -> PaymentListQuery.BY_ORDER;
        };
    String moreValues =
        switch (statement) {
          case "BY_STATUS_GATEWAY_TIER" -> "";
          case "BY_USER" -> ", 'u7'";
          case "BY_MERCHANT" -> ", 'acme'";
          case "BY_USER_OF_MERCHANT" -> ", 'u1', 'acme'";
          case "BY_ORDER_OF_MERCHANT" -> ", null, 'o601', 'acme'";
          default -> ", null, 'o7'";
        };
    String values =
        (status.isEmpty() ? "null" : "'" + status + "'")
            + ", null, null, '0001-01-01', now() - interval '75 minutes', '"
            + new UUID(0, 0)
            + "', "
            + (LIMIT + 1)
            + moreValues;

    SqlConnection connection = await(pool.getConnection());
    for (String planning : List.of("force_custom_plan", "force_generic_plan")) {
      await(connection.query("set plan_cache_mode = " + planning).execute());
      await(connection.query("prepare list as " + sql).execute());
      List<String> plan = new ArrayList<>();
      await(connection.query("explain (analyze) execute list(" + values + ")").execute())
          .forEach(line -> plan.add(line.getString(0)));
      await(connection.query("deallocate list").execute());

      assertThat(plan.toString())
          .contains(statement.contains("MERCHANT") ? "payments_by_merchant" : "payments_by_")
          .doesNotContain("Seq Scan");
      assertThat(plan).as(planning).allSatisfy(PaymentListQueryIT::assertFewRows);
    }
    await(connection.query("reset plan_cache_mode").execute());
    await(connection.close());
  }

  private static void assertFewRows(String line) {
    ROWS.matcher(line)
        .results()
        .forEach(
            found ->
                assertThat(Long.parseLong(found.group(1)) * Long.parseLong(found.group(2)))
                    .as(line)
                    .isLessThanOrEqualTo(MAX_ROWS));
  }

  /**
   * Two instances with different clocks insert and settle payments while the pages are read. Each
   * payment that existed at the first page is returned once.
   */
  @Test
  void list_concurrentWrites_returnsExistingPaymentsOnce() {
    String gateway = "g" + UUID.randomUUID();
    PaymentFilter filter = new PaymentFilter(null, gateway, null, null, null, null, null, null);
    List<PostgresPaymentLedger> ledgers = List.of(ledger("list-1"), ledger("list-2"));
    for (int n = 0; n < 200; n++) {
      await(ledgers.get(n % 2).insert(payment(gateway, n)));
    }
    AtomicBoolean stop = new AtomicBoolean();
    List<CompletableFuture<Void>> writers = new ArrayList<>();
    for (int instance = 0; instance < ledgers.size(); instance++) {
      PostgresPaymentLedger ledger = ledgers.get(instance);
      Random random = new Random(instance);
      writers.add(CompletableFuture.runAsync(() -> write(ledger, gateway, random, stop)));
    }

    for (int round = 0; round < 10; round++) {
      List<String> existing =
          TestPostgres.query(url, "select id from payments where gateway = '" + gateway + "'")
              .stream()
              .map(row -> row.get(0))
              .toList();
      List<String> seen = readPages(ledgers.get(round % 2), filter);

      assertThat(seen).doesNotHaveDuplicates().containsAll(existing);
    }

    stop.set(true);
    writers.forEach(CompletableFuture::join);
  }

  private static void write(
      PostgresPaymentLedger ledger, String gateway, Random random, AtomicBoolean stop) {
    while (!stop.get()) {
      Payment pending = payment(gateway, random.nextInt(400) - 100);
      await(ledger.insert(pending));
      await(
          ledger.settle(
              new Payment(
                  pending.id(),
                  pending.order(),
                  pending.amountUsd(),
                  pending.rate(),
                  pending.createdAt(),
                  null,
                  new Payment.Settlement(TestOrders.DURATION, TestOrders.CREATED_AT, null, 1),
                  null)));
    }
  }

  private static PostgresPaymentLedger ledger(String instance) {
    StatementExecutor statementExecutor = new StatementExecutor(pool, PATIENT);
    LedgerIdentity identity = TestLeases.acquire(statementExecutor, instance);
    TestPostgres.execute(url, "update instances set lease_until = 'infinity'");
    return new PostgresPaymentLedger(statementExecutor, identity);
  }

  private static Payment payment(String gateway, int seconds) {
    Payment pending = TestOrders.order().gateway(gateway).pending();
    return new Payment(
        pending.id(),
        pending.order(),
        pending.amountUsd(),
        pending.rate(),
        TestOrders.CREATED_AT.plus(seconds, ChronoUnit.SECONDS),
        null,
        null,
        null);
  }

  private static List<String> readPages(PostgresPaymentLedger ledger, PaymentFilter filter) {
    List<String> seen = new ArrayList<>();
    PaymentPage.Position after = null;
    while (true) {
      List<Payment> page = await(ledger.list(filter, after, LIMIT));
      page.forEach(payment -> seen.add(payment.id().toString()));
      if (page.size() < LIMIT) {
        return seen;
      }
      Payment last = page.get(LIMIT - 1);
      after = new PaymentPage.Position(last.createdAt(), last.id());
    }
  }
}
