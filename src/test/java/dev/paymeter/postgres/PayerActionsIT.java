package dev.paymeter.postgres;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.payment.FailureCode;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentEvent;
import dev.paymeter.payment.PaymentException;
import dev.paymeter.payment.PaymentStatus;
import dev.paymeter.payment.port.UnresolvedTransfers;
import dev.paymeter.payment.port.UnresolvedTransfers.Inquiry;
import dev.paymeter.postgres.server.Database;
import dev.paymeter.support.ledger.TestLeases;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Payments that require an action of their payers, beyond the contract of ledgers. */
class PayerActionsIT {
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

  private Payment waiting() {
    Payment waiting = TestOrders.order().requiringAction();
    await(ledger.insert(TestOrders.pendingOf(waiting)));
    return await(ledger.settle(waiting));
  }

  private Payment found(Payment payment) {
    return await(ledger.find(payment.id())).orElseThrow();
  }

  private static Payment settled(Payment payment, @Nullable PaymentException error) {
    return payment.settle(
        new Payment.Settlement(
            TestOrders.DURATION, TestOrders.CREATED_AT.plusSeconds(60), error, 1));
  }

  private List<Payment> take(String... gateways) {
    UnresolvedTransfers<Payment> unresolved =
        PostgresUnresolvedTransfers.ofPayments(statementExecutor, identity, new AtomicLong()::get);
    return await(unresolved.take(TestOrders.demands(10, TestOrders.accounts(gateways)), LEASE))
        .stream()
        .map(Inquiry::transfer)
        .toList();
  }

  private void set(Payment payment, String column, String time) {
    TestPostgres.execute(
        url, "update payments set %s = %s where id = '%s'".formatted(column, time, payment.id()));
  }

  private String secrets(Payment payment) {
    return TestPostgres.query(
            url,
            ("select concat_ws(',', action, action_secret, action_expires_at, step)"
                    + " from payments where id = '%s'")
                .formatted(payment.id()))
        .get(0)
        .get(0);
  }

  @Test
  void take_due_isTakenAsItIs() {
    Payment due = waiting();
    Payment later = waiting();
    set(due, "action_expires_at", "now() + interval '1 hour'");
    set(later, "action_expires_at", "now() + interval '1 hour'");
    set(due, "next_inquiry", "now() - interval '1 second'");

    List<Payment> taken = take("stripe");

    assertThat(taken).hasSize(1);
    assertThat(taken.get(0).id()).isEqualTo(due.id());
    assertThat(taken.get(0).status()).isEqualTo(PaymentStatus.REQUIRES_ACTION);
    assertThat(found(later).status()).isEqualTo(PaymentStatus.REQUIRES_ACTION);
  }

  @Test
  void take_expired_isUnknownAndToBeCanceledWithoutItsSecret() {
    Payment expired = waiting();

    List<Payment> taken = take("stripe");

    assertThat(taken).hasSize(1);
    Payment due = taken.get(0);
    assertThat(due.id()).isEqualTo(expired.id());
    assertThat(due.status()).isEqualTo(PaymentStatus.UNKNOWN);
    assertThat(due.isToBeCanceled()).isTrue();
    assertThat(due.unknownOutcome().orElseThrow().duration()).isEqualTo(TestOrders.DURATION);
    assertThat(secrets(expired)).doesNotContain("https://");
    assertThat(await(ledger.settle(expired))).as("late").isEqualTo(found(expired));
    assertThat(found(expired).isToBeCanceled()).isTrue();
    Payment failed =
        settled(due, PaymentException.of(FailureCode.AUTHENTICATION_TIMEOUT, "too late"));
    assertThat(await(ledger.settle(failed))).isEqualTo(failed);
    assertThat(secrets(expired)).isEmpty();
  }

  @Test
  void take_inAnotherAccount_isNotTaken() {
    Payment expired = waiting();

    assertThat(take("paypal")).isEmpty();
    assertThat(found(expired).status()).isEqualTo(PaymentStatus.REQUIRES_ACTION);
  }

  @Test
  void settle_erasesTheSecret() {
    Payment waiting = waiting();
    assertThat(secrets(waiting)).contains("https://gateway.test/authenticate");

    await(ledger.settle(settled(waiting, null)));

    assertThat(secrets(waiting)).isEmpty();
    assertThat(
            TestPostgres.query(url, "select * from payments_ledger").stream().flatMap(List::stream))
        .noneMatch(value -> value != null && value.contains("https://"));
  }

  /** Each event has the payment as it was then. */
  @Test
  void events_haveTheStateOfTheirTime() {
    Payment waiting = waiting();
    take("stripe");
    Payment due = found(waiting);
    await(ledger.settle(settled(due, null)));

    List<PaymentEvent> events =
        await(new PostgresPaymentEventLog(statementExecutor).readOf(waiting.id()));

    assertThat(events)
        .extracting(PaymentEvent::status)
        .containsExactly("pending", "requires_action", "unknown", "success");
    assertThat(events)
        .allSatisfy(
            event ->
                assertThat(event.findSnapshot().orElseThrow().status().label())
                    .isEqualTo(event.status()));
  }
}
