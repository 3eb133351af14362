package dev.paymeter.postgres;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentEvent;
import dev.paymeter.payment.PaymentStatus;
import dev.paymeter.payment.VoidReason;
import dev.paymeter.payment.port.CleanupStore.UnconfirmedInsert;
import dev.paymeter.payment.port.LedgerUnavailableException;
import dev.paymeter.payment.port.UnresolvedTransfers;
import dev.paymeter.payment.port.UnresolvedTransfers.Inquiry;
import dev.paymeter.postgres.server.Database;
import dev.paymeter.support.ledger.TestLeases;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Authorized payments in PostgreSQL, beyond the contract of ledgers. */
class AuthorizationUpdatesIT {
  private static final Duration LEASE = Duration.ofSeconds(30);

  private Vertx vertx;
  private Pool pool;
  private String url;
  private StatementExecutor statementExecutor;
  private LedgerIdentity identity;
  private PostgresPaymentLedger ledger;

  @BeforeEach
  void open() {
    vertx = Vertx.vertx();
    url = TestPostgres.newDatabase();
    pool = Database.at(url).createPool(vertx, Database.MAIN_POOL, 8, Duration.ofSeconds(10));
    statementExecutor = new StatementExecutor(pool, Duration.ofSeconds(10));
    identity = TestLeases.acquire(statementExecutor, "alive");
    ledger = new PostgresPaymentLedger(statementExecutor, identity);
  }

  @AfterEach
  void close() {
    await(pool.close());
    await(vertx.close());
  }

  private Payment authorized() {
    Payment authorized = TestOrders.order().authorized();
    await(ledger.insert(TestOrders.pendingOf(authorized)));
    return await(ledger.settle(authorized));
  }

  private Payment found(Payment payment) {
    return await(ledger.find(payment.id())).orElseThrow();
  }

  private static Payment capturing(Payment payment) {
    return payment.requestCapture(UUID.randomUUID(), payment.amount());
  }

  private static Payment voiding(Payment payment) {
    return payment.requestVoid(UUID.randomUUID(), VoidReason.REQUESTED);
  }

  private static Optional<IdempotencyKey> key(String text) {
    return Optional.of(new IdempotencyKey("", "POST /c", text, "aa"));
  }

  private String only(String sql) {
    return TestPostgres.query(url, sql).get(0).get(0);
  }

  @Test
  void request_capturesAndVoidsAtOnce_oneIsCommitted() {
    for (int round = 0; round < 10; round++) {
      Payment payment = authorized();
      List<Payment> steps = new ArrayList<>();
      List<Future<Boolean>> requests = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        Payment step = i % 2 == 0 ? capturing(payment) : voiding(payment);
        steps.add(step);
        requests.add(ledger.request(step, i % 4 < 2 ? key(round + "-" + i) : Optional.empty()));
      }

      List<Payment> committed = new ArrayList<>();
      for (int i = 0; i < steps.size(); i++) {
        if (await(requests.get(i))) {
          committed.add(steps.get(i));
        }
      }

      assertThat(committed).containsExactly(found(payment));
      assertThat(
              only(
                  "select count(*) from idempotency_keys where payment_id = '%s'"
                      .formatted(payment.id())))
          .as("no key without a step")
          .isIn("0", "1");
    }
  }

  @Test
  void request_ofAProcessThatMustNotWrite_isRejected() {
    Payment payment = authorized();
    TestLeases.expire(url, "alive");

    assertThatThrownBy(() -> await(ledger.request(capturing(payment), Optional.empty())))
        .isInstanceOf(LedgerUnavailableException.class);
    assertThat(found(payment)).isEqualTo(payment);
  }

  @Test
  void cancelSteps_committed_isAuthorizedAgainAndALateOneIsNotCommitted() {
    PostgresCleanupStore cleanup = new PostgresCleanupStore(statementExecutor);
    Payment payment = authorized();
    Payment capturing = capturing(payment);
    await(ledger.request(capturing, key("k")));
    UnconfirmedInsert step =
        new UnconfirmedInsert(capturing.openStep().orElseThrow().id(), key("k"));

    assertThat(await(cleanup.cancelSteps(List.of(step)))).isEqualTo(1);

    assertThat(found(payment)).isEqualTo(payment);
    assertThat(await(ledger.findRecord(key("k").orElseThrow()))).isEmpty();
    assertThat(await(ledger.request(capturing, key("k")))).as("late").isFalse();
    assertThat(await(cleanup.cancelSteps(List.of(step)))).isZero();
    assertThat(await(ledger.request(capturing(payment), key("k")))).isTrue();
  }

  private UnresolvedTransfers<Payment> unresolved(AtomicLong nanos) {
    return PostgresUnresolvedTransfers.ofPayments(statementExecutor, identity, nanos::get);
  }

  private List<Payment> take(UnresolvedTransfers<Payment> unresolved, String... gateways) {
    return await(unresolved.take(TestOrders.demands(10, TestOrders.accounts(gateways)), LEASE))
        .stream()
        .map(Inquiry::transfer)
        .toList();
  }

  private void expireAt(Payment payment, String time) {
    TestPostgres.execute(
        url,
        "update payments set authorization_expires_at = %s where id = '%s'"
            .formatted(time, payment.id()));
  }

  @Test
  void take_expiredAuthorization_isUnknownWithAVoid() {
    Payment expired = authorized();
    Payment other = authorized();
    expireAt(expired, "now() - interval '1 second'");
    expireAt(other, "now() + interval '1 minute'");

    List<Payment> taken = take(unresolved(new AtomicLong()), "stripe");

    assertThat(taken).hasSize(1);
    Payment due = taken.get(0);
    assertThat(due.id()).isEqualTo(expired.id());
    assertThat(due.status()).isEqualTo(PaymentStatus.UNKNOWN);
    assertThat(due.openStep().orElseThrow().reason()).isEqualTo(VoidReason.EXPIRED);
    assertThat(due.unknownOutcome().orElseThrow().duration()).isEqualTo(TestOrders.DURATION);
    assertThat(found(other).status()).isEqualTo(PaymentStatus.AUTHORIZED);
    Payment voided = TestOrders.voided(due, VoidReason.EXPIRED);
    assertThat(await(ledger.settle(voided))).isEqualTo(voided);
  }

  @Test
  void take_expiredInAnotherAccount_isNotTaken() {
    Payment expired = authorized();
    expireAt(expired, "now() - interval '1 second'");

    assertThat(take(unresolved(new AtomicLong()), "paypal")).isEmpty();
    assertThat(found(expired).status()).isEqualTo(PaymentStatus.AUTHORIZED);
  }

  @Test
  void take_captureOfEndedProcess_isUnknownWithItsStep() {
    Payment payment = authorized();
    Payment capturing = capturing(payment);
    PostgresPaymentLedger killed =
        new PostgresPaymentLedger(
            statementExecutor, TestLeases.acquire(statementExecutor, "killed"));
    await(killed.request(capturing, Optional.empty()));
    UnresolvedTransfers<Payment> unresolved = unresolved(new AtomicLong());
    assertThat(take(unresolved, "stripe")).isEmpty();
    TestLeases.expire(url, "killed");

    List<Payment> taken = take(unresolved(new AtomicLong()), "stripe");

    assertThat(taken).hasSize(1);
    assertThat(taken.get(0).openStep()).isEqualTo(capturing.openStep());
    assertThat(taken.get(0).unknownOutcome().orElseThrow().duration())
        .isEqualTo(TestOrders.DURATION);
  }

  /** Each event has the payment as it was then. */
  @Test
  void events_ofACapture_haveTheAmountsOfTheirTime() {
    Payment payment = authorized();
    Payment capturing = payment.requestCapture(UUID.randomUUID(), TestOrders.money("5.00", "USD"));
    await(ledger.request(capturing, Optional.empty()));
    await(ledger.markUnknown(TestOrders.markedUnknown(capturing)));
    await(ledger.settle(TestOrders.captured(capturing, "5.00")));

    List<PaymentEvent> events =
        await(new PostgresPaymentEventLog(statementExecutor).readOf(payment.id()));

    assertThat(events)
        .extracting(PaymentEvent::status)
        .containsExactly("pending", "authorized", "pending", "unknown", "success");
    assertThat(events)
        .allSatisfy(
            event ->
                assertThat(event.findSnapshot().orElseThrow().status().label())
                    .isEqualTo(event.status()));
    assertThat(events)
        .extracting(event -> event.findSnapshot().orElseThrow().amount().amount().toPlainString())
        .containsExactly("12.50", "12.50", "12.50", "12.50", "5.00");
  }

  /** A void is counted as an event, and not as a payment; both rows are in the same segment. */
  @Test
  void settle_voided_isAnEventOfItsSegment() {
    Payment voided = TestOrders.voided(voiding(authorized()), VoidReason.REQUESTED);
    await(ledger.settle(voided));

    assertThat(
            TestPostgres.query(
                url,
                "select publisher, id, event, label, amount, amount_usd, instance_id, segment"
                    + " from business_events"))
        .containsExactly(
            List.of(
                "paymeter",
                voided.id().toString(),
                "void",
                "void",
                "12.50",
                "12.50",
                "alive",
                "1"));
    assertThat(
            TestPostgres.query(
                url,
                "select rows, trim_scale(cents) from rows_of_segments('alive', %d, 1, %d, 1, '')"
                    .formatted(identity.epoch(), identity.epoch())))
        .containsExactly(List.of("1", "1250"));
    String digest = digest();
    TestPostgres.execute(url, "update payments set void_reason = 'expired'");
    assertThat(digest()).as("a changed row differs").isNotEqualTo(digest);
  }

  private String digest() {
    return only(
        "select chain from rows_of_segments('alive', %d, 1, %d, 1, '')"
            .formatted(identity.epoch(), identity.epoch()));
  }
}
