package dev.paymeter.postgres;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paymeter.payment.Dispute;
import dev.paymeter.payment.DisputeStatus;
import dev.paymeter.payment.ExchangeRates;
import dev.paymeter.payment.Money;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.port.DisputeLedger.Change;
import dev.paymeter.postgres.server.Database;
import dev.paymeter.support.ledger.TestLeases;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The entries of each kind of transaction, and cuts. {@link JournalHistoriesIT} combines them. */
class JournalIT {
  private static final Instant AT = TestOrders.CREATED_AT.plusSeconds(60);
  private static final String RECEIVABLES = "receivables:stripe:account_of_stripe";

  private Vertx vertx;
  private Pool pool;
  private String url;
  private StatementExecutor statementExecutor;
  private LedgerIdentity identity;

  @BeforeEach
  void open() {
    vertx = Vertx.vertx();
    url = TestPostgres.newDatabase();
    pool = Database.at(url).createPool(vertx, Database.MAIN_POOL, 4, Duration.ofSeconds(10));
    statementExecutor = new StatementExecutor(pool, Duration.ofSeconds(10));
    identity = TestLeases.acquire(statementExecutor, "one");
  }

  @AfterEach
  void close() {
    await(pool.close());
    await(vertx.close());
  }

  private Payment paid(String amount, String currency, int segment) {
    PostgresPaymentLedger ledger = new PostgresPaymentLedger(statementExecutor, identity);
    Payment pending = TestOrders.order().of(amount, currency).pending();
    await(ledger.insert(pending));
    return await(
        ledger.settle(
            pending.settle(new Payment.Settlement(TestOrders.DURATION, AT, null, segment))));
  }

  private void refund(Payment payment, String amount, int segment) {
    PostgresRefundLedger ledger = new PostgresRefundLedger(statementExecutor, identity);
    Refund refund = TestOrders.refund(payment, amount);
    await(ledger.insert(refund, Optional.empty()));
    await(
        ledger.settle(
            refund.settle(
                new Payment.Settlement(TestOrders.DURATION, AT.plusSeconds(1), null, segment))));
  }

  private Dispute dispute(
      Payment payment,
      @Nullable Dispute before,
      DisputeStatus status,
      Money amount,
      @Nullable Money fee,
      @Nullable String feeUsd) {
    return dispute(
        payment, before, status, amount, TestOrders.RATES.of(amount.currency()), fee, feeUsd);
  }

  private Dispute dispute(
      Payment payment,
      @Nullable Dispute before,
      DisputeStatus status,
      Money amount,
      ExchangeRates.Rate rate,
      @Nullable Money fee,
      @Nullable String feeUsd) {
    Dispute after =
        new Dispute(
            before == null ? UUID.randomUUID() : before.id(),
            payment.id(),
            "dp_1",
            status,
            "fraudulent",
            amount,
            rate.convert(amount),
            rate,
            null,
            fee,
            AT,
            AT.plusSeconds(2),
            before == null ? 1 : before.version() + 1);
    Change change =
        new Change(
            after,
            String.valueOf(payment.account()),
            before != null && before.status() == status
                ? List.of()
                : status.eventsAfter(before == null ? null : before.status()),
            feeUsd == null ? null : new BigDecimal(feeUsd),
            UUID.randomUUID(),
            3);
    assertThat(await(new PostgresDisputeLedger(statementExecutor, identity).write(change)))
        .isTrue();
    return after;
  }

  /** Returns the lines of a kind: account, currency, debit, credit, and the same in US dollars. */
  private List<String> lines(String kind) {
    return TestPostgres.query(
            url,
            "select account, currency, debit, credit, debit_usd, credit_usd from journal"
                + " where kind = '%s' order by account collate \"C\", currency".formatted(kind))
        .stream()
        .map(line -> String.join(" ", line.stream().map(String::valueOf).toList()))
        .toList();
  }

  private List<String> trialBalance(String arguments) {
    return TestPostgres.query(
            url, "select account, currency, debit - credit from trial_balance(" + arguments + ")")
        .stream()
        .map(line -> String.join(" ", line))
        .toList();
  }

  @Test
  void payment_isDueFromTheAccountOfItsGateway() {
    Payment payment = paid("12.50", "EUR", 4);

    assertThat(lines("payment"))
        .containsExactly(
            RECEIVABLES + " EUR 12.50 0.00 12.90 0.00", "sales EUR 0.00 12.50 0.00 12.90");
    assertThat(
            TestPostgres.query(
                url,
                "select distinct transaction_id, instance_id, epoch, segment, payment_id, gateway,"
                    + " gateway_account, merchant, source from journal"))
        .hasSize(1)
        .first()
        .asList()
        .containsExactly(
            payment.transactionId(),
            "one",
            String.valueOf(identity.epoch()),
            "4",
            payment.id().toString(),
            "stripe",
            "account_of_stripe",
            null,
            null);
  }

  @Test
  void dispute_lostWithAnotherAmount_correctsTheReceivables() {
    Payment payment = paid("50.00", "USD", 1);
    Dispute opened =
        dispute(payment, null, DisputeStatus.NEEDS_RESPONSE, payment.amount(), null, null);
    Dispute lost =
        dispute(payment, opened, DisputeStatus.LOST, TestOrders.money("40.00", "USD"), null, null);

    assertThat(lines("dispute_opened"))
        .containsExactly(
            "disputes:open USD 50.00 0.00 50.00 0.00", RECEIVABLES + " USD 0.00 50.00 0.00 50.00");
    assertThat(lines("dispute_lost"))
        .containsExactly(
            "disputes:lost USD 40.00 0.00 40.00 0.00",
            "disputes:open USD 0.00 50.00 0.00 50.00",
            RECEIVABLES + " USD 10.00 0.00 10.00 0.00");

    dispute(payment, lost, DisputeStatus.WON, lost.amount(), null, null);

    assertThat(lines("dispute_reinstated"))
        .containsExactly(
            "disputes:lost USD 0.00 40.00 0.00 40.00", RECEIVABLES + " USD 40.00 0.00 40.00 0.00");
    assertThat(trialBalance(""))
        .containsExactly(
            "disputes:lost USD 0.00",
            "disputes:open USD 0.00",
            RECEIVABLES + " USD 50.00",
            "sales USD -50.00");
  }

  @Test
  void dispute_changedToAnotherCurrency_reversesTheFirst() {
    Payment payment = paid("50.00", "EUR", 1);
    Dispute opened =
        dispute(payment, null, DisputeStatus.UNDER_REVIEW, payment.amount(), null, null);
    dispute(payment, opened, DisputeStatus.LOST, TestOrders.money("52.00", "USD"), null, null);

    assertThat(lines("dispute_lost"))
        .containsExactly(
            "disputes:lost USD 52.00 0.00 52.00 0.00",
            "disputes:open EUR 0.00 50.00 0.00 51.60",
            RECEIVABLES + " EUR 50.00 0.00 51.60 0.00",
            RECEIVABLES + " USD 0.00 52.00 0.00 52.00");
  }

  /** After its currency was another one for some time, a dispute may have another rate. */
  @Test
  void dispute_lostAtAnotherRate_roundsNoReceivables() {
    Payment payment = paid("50.00", "USD", 1);
    Money amount = TestOrders.money("40.00", "EUR");
    Dispute opened = dispute(payment, null, DisputeStatus.UNDER_REVIEW, amount, null, null);
    dispute(payment, opened, DisputeStatus.LOST, amount, TestOrders.rate("1.0324"), null, null);

    assertThat(lines("dispute_lost"))
        .containsExactly(
            "disputes:lost EUR 40.00 0.00 41.30 0.00",
            "disputes:open EUR 0.00 40.00 0.00 41.28",
            "rounding EUR 0.00 0.00 0.00 0.02");
  }

  @Test
  void warning_movesNothing() {
    Payment payment = paid("50.00", "EUR", 1);
    Dispute warning =
        dispute(payment, null, DisputeStatus.WARNING_NEEDS_RESPONSE, payment.amount(), null, null);
    dispute(payment, warning, DisputeStatus.PREVENTED, payment.amount(), null, null);

    assertThat(TestPostgres.query(url, "select distinct kind from journal"))
        .containsExactly(List.of("payment"));
  }

  /** As at Stripe, which may return the fee of a dispute that was won. */
  @Test
  void fee_restated_postsTheDifference() {
    Payment payment = paid("50.00", "USD", 1);
    Money amount = payment.amount();
    Money fee = TestOrders.money("15.00", "EUR");
    Dispute opened = dispute(payment, null, DisputeStatus.NEEDS_RESPONSE, amount, fee, "15.48");
    Dispute restated = dispute(payment, opened, DisputeStatus.NEEDS_RESPONSE, amount, fee, "15.50");
    dispute(payment, restated, DisputeStatus.WON, amount, TestOrders.money("5.00", "EUR"), "5.16");

    assertThat(lines("dispute_fee"))
        .containsExactlyInAnyOrder(
            "fees EUR 15.00 0.00 15.48 0.00",
            "fees EUR 0.00 10.00 0.00 10.32",
            RECEIVABLES + " EUR 0.00 15.00 0.00 15.48",
            RECEIVABLES + " EUR 10.00 0.00 10.32 0.00");
    assertThat(
            TestPostgres.query(url, "select distinct segment from journal where kind <> 'payment'"))
        .containsExactly(List.of("3"));
  }

  @Test
  void fee_withoutRate_hasNoAmountInUsDollars() {
    Payment payment = paid("50.00", "USD", 1);
    dispute(
        payment, null, DisputeStatus.LOST, payment.amount(), TestOrders.money("100", "JPY"), null);

    assertThat(lines("dispute_fee"))
        .containsExactly("fees JPY 100 0 null null", RECEIVABLES + " JPY 0 100 null null");
    assertThat(
            TestPostgres.query(
                url,
                "select debit, debit_usd, lines, unconverted from trial_balance() where account = 'fees'"))
        .containsExactly(List.of("100", "0.00", "1", "1"));
  }

  @Test
  void trialBalance_cuts_includeTheSegmentsUpToThem() {
    Payment payment = paid("10.00", "USD", 2);
    refund(payment, "4.00", 5);
    LedgerIdentity one = identity;
    identity = TestLeases.acquire(statementExecutor, "two");
    paid("1.00", "EUR", 9);
    long epoch = (long) one.epoch() << 32;
    List<String> payments = List.of(RECEIVABLES + " USD 10.00", "sales USD -10.00");
    List<String> refunded =
        List.of(RECEIVABLES + " USD 6.00", "refunds USD 4.00", "sales USD -10.00");

    assertThat(trialBalance("")).hasSize(5);
    assertThat(trialBalance("'{\"one\":%d,\"two\":0}'".formatted(epoch + 1))).isEmpty();
    assertThat(trialBalance("'{\"one\":%d,\"two\":0}'".formatted(epoch + 2))).isEqualTo(payments);
    assertThat(trialBalance("'{\"one\":%d,\"two\":0}'".formatted(epoch + 4))).isEqualTo(payments);
    assertThat(trialBalance("'{\"one\":%d,\"two\":0}'".formatted(epoch + 5))).isEqualTo(refunded);
    assertThat(trialBalance("'{\"two\":0}'")).as("all of one").isEqualTo(refunded);
    assertThat(trialBalance("'{\"one\":null,\"two\":0}'")).isEqualTo(refunded);
    assertThat(trialBalance("'{\"one\":0}'"))
        .as("all of two")
        .containsExactly(RECEIVABLES + " EUR 1.00", "sales EUR -1.00");
    assertThat(trialBalance("'{\"two\":0}', '%s'".formatted(AT))).isEqualTo(payments);
    assertThat(trialBalance("null, '%s'".formatted(AT.minusSeconds(1)))).isEmpty();
    assertThatThrownBy(() -> trialBalance("'[1]'")).hasMessageContaining("jsonb_object_keys");
  }

  /** A cut soon after the beginning of a large ledger must not read all of it. */
  @Test
  void journal_ofSegments_isReadByTheIndexes() {
    TestPostgres.execute(
        url, "alter database %s set enable_seqscan = off".formatted(url.replaceAll(".*/", "")));

    String plan =
        TestPostgres.query(
                url,
                """
                explain select * from (values ('one', 1, 5)) b (instance_id, epoch, segment)
                  cross join lateral (
                    select sum(j.debit) from journal j
                    where j.instance_id = b.instance_id
                      and (j.epoch, j.segment) <= (b.epoch, b.segment)) j
                """)
            .stream()
            .map(row -> row.get(0).strip())
            .collect(Collectors.joining("\n"));

    for (String index :
        List.of(
            "payments_by_segment",
            "refunds_by_segment",
            "refunds_by_failure_segment",
            "business_events_by_segment",
            "dispute_fees_by_segment")) {
      assertThat(plan).contains(index);
    }
  }
}
