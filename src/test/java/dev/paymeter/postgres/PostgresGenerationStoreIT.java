package dev.paymeter.postgres;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.audit.LostPayment;
import dev.paymeter.payment.FailureCode;
import dev.paymeter.payment.GatewayKey;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentException;
import dev.paymeter.payment.PaymentStatus;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.payment.port.PaymentLedger;
import dev.paymeter.payment.port.RecordedCharge;
import dev.paymeter.payment.port.RefundLedger;
import dev.paymeter.postgres.server.Database;
import dev.paymeter.support.ledger.TestLeases;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Rows that an instance finds and writes again in a ledger that went back. */
class PostgresGenerationStoreIT {
  private static final Duration PATIENT = Duration.ofSeconds(60);
  private static final Instant CHARGED_AT = TestOrders.CREATED_AT.plusSeconds(2);

  private static final Vertx vertx = Vertx.vertx();
  private static String url;
  private static Pool pool;
  private static StatementExecutor statementExecutor;
  private static LedgerIdentity here;
  private static LedgerIdentity there;

  private final PostgresGenerationStore generationStore =
      new PostgresGenerationStore(statementExecutor, "here");
  private final PaymentLedger ledger = new PostgresPaymentLedger(statementExecutor, there);
  private final RefundLedger refunds = new PostgresRefundLedger(statementExecutor, there);

  @BeforeAll
  static void createDatabase() {
    url = TestPostgres.newDatabase();
    pool = Database.at(url).createPool(vertx, Database.MAIN_POOL, 4, PATIENT);
    statementExecutor = new StatementExecutor(pool, PATIENT);
    here = TestLeases.acquire(statementExecutor, "here");
    there = TestLeases.acquire(statementExecutor, "there");
    TestPostgres.execute(url, "update instances set lease_until = 'infinity'");
  }

  @AfterAll
  static void close() {
    await(pool.close());
    await(vertx.close());
  }

  private Payment pending() {
    Payment pending = TestOrders.order().pending();
    await(ledger.insert(pending));
    return pending;
  }

  private Payment unknown() {
    Payment unknown = TestOrders.markedUnknown(pending());
    return await(ledger.markUnknown(unknown));
  }

  private static RecordedCharge charge(Payment payment) {
    return new RecordedCharge(
        TestOrders.pendingOf(payment)
            .withGatewayKey(new GatewayKey(payment.id(), new GatewayKey.Origin("there", null))),
        CHARGED_AT,
        new GatewayResult.Approved("ref"));
  }

  private void recover(LostPayment... payments) {
    String generation = TestPostgres.query(url, "select ledger_generation()").get(0).get(0);
    await(generationStore.recover(generation, here.epoch(), List.of(payments)));
  }

  private static List<String> row(Payment payment, String columns) {
    return TestPostgres.query(
            url, "select %s from payments where id = '%s'".formatted(columns, payment.id()))
        .get(0);
  }

  @Test
  void recover_countedHereAndSubmittedThere_isSettledHereWithItsSubmitter() {
    Payment lost = TestOrders.order().pending();
    Payment unsettled = pending();

    recover(
        new LostPayment(charge(lost), "here", true),
        new LostPayment(charge(unsettled), "here", true));

    for (Payment payment : List.of(lost, unsettled)) {
      assertThat(row(payment, "status, instance_id, epoch, segment, inserted_by, duration_us"))
          .containsExactly(
              "success", "here", String.valueOf(here.epoch()), "0", "there", "2000000");
    }
  }

  private static RecordedCharge manual(Payment payment, GatewayResult result) {
    return new RecordedCharge(
        payment
            .asSubmitted()
            .withGatewayKey(new GatewayKey(payment.id(), new GatewayKey.Origin("there", null))),
        CHARGED_AT,
        result);
  }

  private Payment authorized() {
    Payment authorized = TestOrders.order().authorized();
    await(ledger.insert(TestOrders.pendingOf(authorized)));
    return await(ledger.settle(authorized));
  }

  /** Absent, and authorized before the ledger went back. */
  @Test
  void recover_captured_hasTheCapturedAmount() {
    GatewayResult captured = new GatewayResult.Approved("auth_1", TestOrders.money("5.00", "USD"));
    Payment absent = TestOrders.order().authorized();
    Payment authorized = authorized();

    recover(
        new LostPayment(manual(absent, captured), "here", true),
        new LostPayment(manual(authorized, captured), "here", true));

    for (Payment payment : List.of(absent, authorized)) {
      assertThat(row(payment, "status, amount, amount_usd, authorized_amount, capture, segment"))
          .containsExactly("success", "5.00", "5.00", "12.50", "manual", "0");
      assertThat(await(ledger.find(payment.id())).orElseThrow().authorized()).isPresent();
    }
  }

  @Test
  void recover_voided_isCountedAsItsEvent() {
    GatewayResult canceled = new GatewayResult.Canceled("auth_1", true);
    Payment absent = TestOrders.order().authorized();
    Payment authorized = authorized();

    recover(
        new LostPayment(manual(absent, canceled), "here", true),
        new LostPayment(manual(authorized, canceled), "here", true));

    for (Payment payment : List.of(absent, authorized)) {
      assertThat(row(payment, "status, amount, void_reason, instance_id, segment"))
          .containsExactly("voided", "12.50", "expired", "here", "0");
      assertThat(
              TestPostgres.query(
                  url,
                  "select event, amount, segment from business_events where id = '%s'"
                      .formatted(payment.id())))
          .containsExactly(List.of("void", "12.50", "0"));
    }
  }

  /** An inquiry finds out that it is authorized. */
  @Test
  void recover_authorized_isUnknownAndNotCounted() {
    Payment absent = TestOrders.order().authorized();

    recover(
        new LostPayment(
            manual(absent, new GatewayResult.Authorized("auth_1", CHARGED_AT)), "here", false));

    assertThat(row(absent, "status, capture, authorized_amount is null, settled_at is null"))
        .containsExactly("unknown", "manual", "t", "t");
    Payment unknown = await(ledger.find(absent.id())).orElseThrow();
    Payment found = await(ledger.settle(unknown.authorize(absent.authorized().orElseThrow())));
    assertThat(found.status()).isEqualTo(PaymentStatus.AUTHORIZED);
  }

  @Test
  void recover_lostPaymentOfMerchant_isItsPaymentAgain() {
    Payment lost = TestOrders.order().merchant("acme").pending();

    recover(
        new LostPayment(charge(lost), "here", true),
        new LostPayment(charge(TestOrders.order().pending()), "here", true));

    assertThat(row(lost, "merchant")).containsExactly("acme");
  }

  @Test
  void recover_details_areInsertedAgain() {
    Payment lost = TestOrders.order().allDetails().pending();

    recover(new LostPayment(charge(lost), "here", true));

    assertThat(await(ledger.find(lost.id())).orElseThrow().order()).isEqualTo(lost.order());
  }

  /** It was counted with this duration. */
  @Test
  void recover_unknownOutcome_keepsItsDuration() {
    Payment unknown = unknown();

    recover(new LostPayment(charge(unknown), "here", true));

    assertThat(row(unknown, "status, duration_us, unknown_since is not null"))
        .containsExactly("success", "1500000", "t");
  }

  @Test
  void recover_countedByAnother_isFoundAfterItsCheckpoint() {
    Payment lost = TestOrders.order().pending();

    recover(new LostPayment(charge(lost), "there", true));

    assertThat(row(lost, "instance_id, epoch, segment"))
        .containsExactly("there", String.valueOf(there.epoch()), "2147483647");
  }

  @Test
  void unsettled_onlyThoseThatWereSubmittedOrCountedHere() {
    Payment counted = unknown();
    Payment other = unknown();
    Payment settled = await(ledger.settle(settle(pending())));

    assertThat(
            await(
                generationStore.unsettled(
                    List.of(charge(counted), charge(other), charge(settled)),
                    List.of(counted.id(), settled.id()))))
        .containsExactly(counted.id());
    assertThat(
            await(
                new PostgresGenerationStore(statementExecutor, "there")
                    .unsettled(List.of(charge(counted), charge(other)), List.of())))
        .containsExactlyInAnyOrder(counted.id(), other.id());
  }

  private static Payment settle(Payment pending) {
    return TestOrders.settled(pending, TestOrders.DURATION, CHARGED_AT);
  }

  @Test
  void unsettledPaymentsAndRefunds_haveTheOriginsOfTheirGatewayKeys() {
    Payment unknown = unknown();
    Payment paid = await(ledger.settle(settle(pending())));
    Refund pending = TestOrders.refund(paid, "1.00");
    await(refunds.insert(pending, Optional.empty()));
    Refund settled = TestOrders.refund(paid, "2.00");
    await(refunds.insert(settled, Optional.empty()));
    await(
        refunds.settle(
            settled.settle(new Payment.Settlement(TestOrders.DURATION, CHARGED_AT, null, 1))));

    assertThat(await(generationStore.unsettledPayments(List.of(unknown.id(), paid.id()))))
        .singleElement()
        .satisfies(payment -> assertThat(payment).isEqualTo(unknown))
        .satisfies(
            payment ->
                assertThat(payment.gatewayKey().origin())
                    .isEqualTo(new GatewayKey.Origin("there", null)));
    assertThat(await(generationStore.unsettledRefunds(List.of(pending.id(), settled.id()))))
        .singleElement()
        .satisfies(refund -> assertThat(refund.id()).isEqualTo(pending.id()))
        .satisfies(
            refund ->
                assertThat(refund.payment().gatewayKey().origin())
                    .isEqualTo(new GatewayKey.Origin("there", null)));
  }

  /** A refund whose later failure the ledger has lost is successful again. */
  @Test
  void unsettledRefunds_failureIsLost_areFoundByTheIdOfTheFailure() {
    Payment paid = await(ledger.settle(settle(pending())));
    Refund pending = TestOrders.refund(paid, "1.00");
    await(refunds.insert(pending, Optional.empty()));
    Refund successful =
        await(
            refunds.settle(
                pending.settle(new Payment.Settlement(TestOrders.DURATION, CHARGED_AT, null, 1))));
    List<UUID> failure = List.of(Refund.failureId(pending.id()));

    assertThat(await(generationStore.unsettledRefunds(List.of(pending.id())))).isEmpty();
    assertThat(await(generationStore.unsettledRefunds(failure)))
        .extracting(Refund::id)
        .containsExactly(pending.id());

    await(
        refunds.settle(
            successful.failLater(
                new Payment.Settlement(
                    TestOrders.DURATION,
                    CHARGED_AT,
                    PaymentException.of(FailureCode.REFUND_FAILED, "closed"),
                    1))));
    assertThat(await(generationStore.unsettledRefunds(failure))).isEmpty();
  }

  /** Segment 0 is in the totals with which the process starts. */
  @Test
  void settle_inSegmentZero_writesTheEventOfARefundThere() {
    Payment paid = await(ledger.settle(settle(pending())));
    Refund pending = TestOrders.refund(paid, "1.00");
    await(refunds.insert(pending, Optional.empty()));

    await(
        new PostgresRefundLedger(statementExecutor, here)
            .settle(
                pending.settle(new Payment.Settlement(TestOrders.DURATION, CHARGED_AT, null, 0))));

    assertThat(
            TestPostgres.query(
                url,
                "select instance_id, epoch, segment from business_events where id = '%s'"
                    .formatted(pending.id())))
        .containsExactly(List.of("here", String.valueOf(here.epoch()), "0"));
  }
}
