package dev.paymeter.postgres;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paymeter.payment.Dispute;
import dev.paymeter.payment.DisputeEvent;
import dev.paymeter.payment.DisputeStatus;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentStatus;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.port.DisputeLedger.Change;
import dev.paymeter.payment.port.DisputeLedger.OpenDispute;
import dev.paymeter.payment.port.DisputeLedger.OpenTotal;
import dev.paymeter.payment.port.SupersededException;
import dev.paymeter.payment.query.StatusCounts;
import dev.paymeter.postgres.server.Database;
import dev.paymeter.support.ledger.TestLeases;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Disputes in PostgreSQL. */
class PostgresDisputeLedgerIT {
  private static final Instant DEADLINE = TestOrders.CREATED_AT.plus(Duration.ofDays(9));

  private Vertx vertx;
  private Pool pool;
  private String url;
  private StatementExecutor statementExecutor;
  private LedgerIdentity identity;
  private PostgresPaymentLedger payments;
  private PostgresDisputeLedger ledger;

  @BeforeEach
  void open() {
    vertx = Vertx.vertx();
    url = TestPostgres.newDatabase();
    pool = Database.at(url).createPool(vertx, Database.MAIN_POOL, 8, Duration.ofSeconds(10));
    statementExecutor = new StatementExecutor(pool, Duration.ofSeconds(10));
    identity = TestLeases.acquire(statementExecutor, "one");
    payments = new PostgresPaymentLedger(statementExecutor, identity);
    ledger = new PostgresDisputeLedger(statementExecutor, identity);
  }

  @AfterEach
  void close() {
    await(pool.close());
    await(vertx.close());
  }

  private Payment paid() {
    Payment paid = TestOrders.order().succeeded();
    await(payments.insert(TestOrders.pendingOf(paid)));
    return await(payments.settle(paid));
  }

  private static Change change(
      Payment payment, String reference, @Nullable Dispute before, DisputeStatus status) {
    return change(payment, reference, before, status, DEADLINE);
  }

  private static Change change(
      Payment payment,
      String reference,
      @Nullable Dispute before,
      DisputeStatus status,
      @Nullable Instant deadline) {
    Dispute after =
        new Dispute(
            before == null ? UUID.randomUUID() : before.id(),
            payment.id(),
            reference,
            status,
            "fraudulent",
            payment.amount(),
            payment.amountUsd(),
            payment.rate(),
            deadline,
            TestOrders.money("15.00", "EUR"),
            TestOrders.CREATED_AT,
            TestOrders.CREATED_AT.plusSeconds(1),
            before == null ? 1 : before.version() + 1);
    return new Change(
        after,
        String.valueOf(payment.account()),
        status.eventsAfter(before == null ? null : before.status()),
        new BigDecimal("15.48"),
        UUID.randomUUID(),
        3);
  }

  private Dispute written(
      Payment payment, String reference, @Nullable Dispute before, DisputeStatus status) {
    Change change = change(payment, reference, before, status);
    assertThat(await(ledger.write(change))).isTrue();
    return change.after();
  }

  private PaymentStatus status(Payment payment) {
    return await(payments.find(payment.id())).orElseThrow().status();
  }

  private List<String> column(String sql) {
    return TestPostgres.query(url, sql).stream().map(row -> row.get(0)).toList();
  }

  @Test
  void write_storesTheStateAndItsEventsInTheSegment() {
    Payment payment = paid();

    Dispute opened = written(payment, "dp_1", null, DisputeStatus.NEEDS_RESPONSE);

    assertThat(await(ledger.find(String.valueOf(payment.account()), "dp_1"))).contains(opened);
    assertThat(await(ledger.find("acct_other", "dp_1"))).isEmpty();
    assertThat(status(payment)).isEqualTo(PaymentStatus.DISPUTED);
    Dispute lost = written(payment, "dp_1", opened, DisputeStatus.LOST);
    assertThat(await(ledger.list(payment.id()))).containsExactly(lost);
    assertThat(status(payment)).isEqualTo(PaymentStatus.DISPUTE_LOST);
    assertThat(
            TestPostgres.query(
                url,
                "select publisher, id, event, amount, amount_usd, instance_id, segment"
                    + " from business_events order by event desc"))
        .containsExactly(
            List.of(
                Refund.PUBLISHER,
                opened.id() + "/dispute_opened",
                "dispute_opened",
                payment.amount().amount().toPlainString(),
                payment.amountUsd().toPlainString(),
                "one",
                "3"),
            List.of(
                Refund.PUBLISHER,
                opened.id() + "/dispute_lost",
                "dispute_lost",
                payment.amount().amount().toPlainString(),
                payment.amountUsd().toPlainString(),
                "one",
                "3"));
    assertThat(
            column(
                "select status || ' ' || coalesce(change, '-') from payment_events order by number"))
        .containsExactly(
            "pending -", "success -", "disputed dispute_opened", "dispute_lost dispute_lost");
    assertThat(column("select status || ' ' || dispute_status from payments_ledger"))
        .containsExactly("success dispute_lost");
    assertThat(column("select reference || ' ' || gateway from disputes_ledger"))
        .containsExactly("dp_1 stripe");
  }

  @Test
  void write_repeatedOrOvertaken_isWrittenOnce() {
    Payment payment = paid();
    Change opened = change(payment, "dp_1", null, DisputeStatus.NEEDS_RESPONSE);

    assertThat(await(ledger.write(opened))).isTrue();
    assertThat(await(ledger.write(opened))).as("repeated").isTrue();
    assertThat(await(ledger.write(change(payment, "dp_1", null, DisputeStatus.NEEDS_RESPONSE))))
        .as("of another instance")
        .isFalse();
    Dispute reviewed = written(payment, "dp_1", opened.after(), DisputeStatus.UNDER_REVIEW);
    assertThat(await(ledger.write(change(payment, "dp_1", opened.after(), DisputeStatus.LOST))))
        .as("of an earlier version")
        .isFalse();
    assertThat(await(ledger.write(opened))).as("repeated late").isTrue();

    assertThat(await(ledger.list(payment.id()))).containsExactly(reviewed);
    assertThat(column("select event from business_events")).containsExactly("dispute_opened");
    assertThat(column("select version || ' ' || fee || ' ' || fee_usd from dispute_fees"))
        .as("once, because it is the same")
        .containsExactly("1 15.00 15.48");
    assertThat(column("select count(*) from payment_events where change is not null"))
        .containsExactly("1");
  }

  @Test
  void write_identityTakenOver_isSuperseded() {
    Payment payment = paid();
    TestPostgres.execute(url, "update instances set epoch = epoch + 1");

    assertThatThrownBy(() -> await(ledger.write(change(payment, "dp_1", null, DisputeStatus.LOST))))
        .isInstanceOf(SupersededException.class);
    assertThat(column("select count(*) from disputes")).containsExactly("0");
  }

  @Test
  void write_severalDisputes_statusFollowsFromAll() {
    Payment payment = paid();
    Dispute first = written(payment, "dp_1", null, DisputeStatus.NEEDS_RESPONSE);
    Dispute second = written(payment, "dp_2", null, DisputeStatus.WARNING_NEEDS_RESPONSE);
    assertThat(status(payment)).isEqualTo(PaymentStatus.DISPUTED);
    written(payment, "dp_1", first, DisputeStatus.WON);
    assertThat(status(payment)).as("a warning").isEqualTo(PaymentStatus.SUCCESS);
    second = written(payment, "dp_2", second, DisputeStatus.NEEDS_RESPONSE);
    Dispute third = written(payment, "dp_3", null, DisputeStatus.LOST);
    assertThat(status(payment)).as("one is open").isEqualTo(PaymentStatus.DISPUTED);
    written(payment, "dp_2", second, DisputeStatus.WON);
    assertThat(status(payment)).isEqualTo(PaymentStatus.DISPUTE_LOST);
    written(payment, "dp_3", third, DisputeStatus.WON);
    assertThat(status(payment)).isEqualTo(PaymentStatus.SUCCESS);
    written(payment, "dp_4", null, DisputeStatus.REVERSED);
    assertThat(status(payment)).isEqualTo(PaymentStatus.REVERSED);
  }

  /** Each finds the states that the others have committed. */
  @Test
  void write_manyAtOnce_statusFollowsFromAll() {
    for (int round = 0; round < 10; round++) {
      Payment payment = paid();
      List<Future<Boolean>> writes = new ArrayList<>();
      List<Dispute> opened = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        opened.add(written(payment, round + "_" + i, null, DisputeStatus.NEEDS_RESPONSE));
      }
      for (int i = 0; i < 4; i++) {
        writes.add(
            ledger.write(
                change(
                    payment,
                    round + "_" + i,
                    opened.get(i),
                    i == 0 ? DisputeStatus.LOST : DisputeStatus.WON)));
      }
      writes.forEach(write -> assertThat(await(write)).isTrue());

      assertThat(status(payment)).isEqualTo(PaymentStatus.DISPUTE_LOST);
    }
  }

  @Test
  void openByGateway_countsTheOpenOnes() {
    Payment payment = paid();
    Instant earlier = DEADLINE.minusSeconds(1);
    Instant later = DEADLINE.plusSeconds(1);
    due(payment, "dp_1", DisputeStatus.NEEDS_RESPONSE, later);
    due(payment, "dp_2", DisputeStatus.NEEDS_RESPONSE, DEADLINE);
    due(payment, "dp_3", DisputeStatus.NEEDS_RESPONSE, null);
    due(payment, "dp_4", DisputeStatus.UNDER_REVIEW, earlier);
    due(payment, "dp_5", DisputeStatus.LOST, earlier);
    due(payment, "dp_6", DisputeStatus.WARNING_NEEDS_RESPONSE, later);
    due(payment, "dp_7", DisputeStatus.WARNING_UNDER_REVIEW, earlier);
    due(payment, "dp_8", DisputeStatus.REVERSED, null);
    BigDecimal usd = payment.amountUsd();

    assertThat(await(ledger.openByGateway()))
        .containsExactlyInAnyOrder(
            new OpenTotal("stripe", false, 4, 2, DEADLINE, usd.multiply(new BigDecimal(4))),
            new OpenTotal("stripe", true, 2, 1, later, usd.add(usd)));
  }

  private void due(
      Payment payment, String reference, DisputeStatus status, @Nullable Instant deadline) {
    assertThat(await(ledger.write(change(payment, reference, null, status, deadline)))).isTrue();
  }

  @Test
  void listOpen_returnsThoseThatNeedAResponseFirst_withTheirPayments() {
    Payment payment = paid();
    Payment other = paid();
    written(payment, "dp_1", null, DisputeStatus.UNDER_REVIEW);
    written(payment, "dp_2", null, DisputeStatus.LOST);
    written(other, "dp_3", null, DisputeStatus.WARNING_NEEDS_RESPONSE);
    written(other, "dp_4", null, DisputeStatus.NEEDS_RESPONSE);
    TestPostgres.execute(
        url, "update disputes set respond_by = created_at where reference = 'dp_4'");

    List<OpenDispute> open = await(ledger.listOpen(10));

    assertThat(open)
        .extracting(OpenDispute::status)
        .containsExactly(
            DisputeStatus.NEEDS_RESPONSE,
            DisputeStatus.WARNING_NEEDS_RESPONSE,
            DisputeStatus.UNDER_REVIEW);
    assertThat(open)
        .extracting(each -> each.payment().id())
        .containsExactly(other.id(), other.id(), payment.id());
    assertThat(open.get(1).respondBy()).isEqualTo(DEADLINE);
    assertThat(open.get(1).payment().status()).isEqualTo(PaymentStatus.DISPUTED);
    assertThat(await(ledger.listOpen(1))).hasSize(1);
  }

  @Test
  void count_disputes_countsTheirPayments() {
    written(paid(), "dp_1", null, DisputeStatus.NEEDS_RESPONSE);
    written(paid(), "dp_2", null, DisputeStatus.LOST);
    Payment both = paid();
    written(both, "dp_3", null, DisputeStatus.REVERSED);
    written(both, "dp_4", null, DisputeStatus.WARNING_UNDER_REVIEW);
    written(paid(), "dp_5", null, DisputeStatus.WARNING_NEEDS_RESPONSE);
    written(paid(), "dp_6", null, DisputeStatus.WARNING_CLOSED);

    StatusCounts counts = await(payments.count(100));

    assertThat(counts.disputed()).isEqualTo(4);
    assertThat(counts.laterEvents()).isEqualTo(3);
    assertThat(counts.refunded()).isZero();
    assertThat(await(payments.count(2)).disputed()).isEqualTo(2);
  }

  /** Events that a process committed, and did not count before it ended, are not lost. */
  @Test
  void committedEvents_areInTheTotalsOfTheSegment() {
    Payment payment = paid();
    written(payment, "dp_1", null, DisputeStatus.LOST);

    assertThat(
            await(
                    new SettledTotalsQuery(
                            statementExecutor, "one", new long[] {100}, new long[] {100})
                        .read(identity.epoch(), 3, identity.epoch(), 3))
                .events())
        .extracting(total -> total.label() + " " + total.count())
        .containsExactlyInAnyOrder(
            DisputeEvent.DISPUTE_OPENED.label() + " 1", DisputeEvent.DISPUTE_LOST.label() + " 1");
    assertThat(
            column(
                "select rows from rows_of_segments('one', %1$d, 3, %1$d, 3, '')"
                    .formatted(identity.epoch())))
        .containsExactly("2");
  }
}
