package dev.paymeter.postgres;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentGatewayException;
import dev.paymeter.payment.port.IdempotencyRecord;
import dev.paymeter.payment.port.LedgerUnavailableException;
import dev.paymeter.payment.port.SettlementConflictException;
import dev.paymeter.payment.port.SupersededException;
import dev.paymeter.postgres.server.Database;
import dev.paymeter.support.Await;
import dev.paymeter.support.ledger.TestLeases;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Pool;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Tests of batched writes. Rows are queued while the table is locked. */
class WriteBatchingIT {
  private static final Duration PATIENT = Duration.ofSeconds(60);

  private static final Vertx vertx = Vertx.vertx();
  private static String url;
  private static Pool pool;
  private static StatementExecutor statementExecutor;

  @BeforeAll
  static void createDatabase() {
    url = TestPostgres.newDatabase();
    pool = Database.at(url).createPool(vertx, Database.MAIN_POOL, 10, PATIENT);
    statementExecutor = new StatementExecutor(pool, PATIENT);
    for (String instance : List.of("instance-1", "instance-2")) {
      TestLeases.acquire(statementExecutor, instance);
    }
    TestPostgres.execute(
        url, "update instances set lease_until = 'infinity'"); // It is not renewed.
  }

  @AfterAll
  static void close() {
    await(pool.close());
    await(vertx.close());
  }

  private static PostgresPaymentLedger batching(int maxSingle) {
    return new PostgresPaymentLedger(
        statementExecutor, new LedgerIdentity("instance-1", 1), maxSingle);
  }

  /** Runs an action while the table is locked. Its rows, except the first, are written together. */
  private static <T> T whileLocked(Supplier<T> action) throws SQLException {
    try (Connection connection = TestPostgres.connect(url);
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("lock table payments in exclusive mode");
      T result = action.get();
      connection.commit();
      return result;
    }
  }

  private static List<Payment> pending(int count) {
    return Stream.generate(() -> TestOrders.order().pending()).limit(count).toList();
  }

  private static <T> List<T> awaitEach(List<Future<T>> futures) {
    return futures.stream().map(Await::await).toList();
  }

  /** Returns the number of transactions that inserted the counted payments. */
  private static long transactions() {
    return Long.parseLong(
        TestPostgres.query(
                url, "select count(distinct xmin::text) from payments where order_id = 'counted'")
            .get(0)
            .get(0));
  }

  @Test
  void insert_concurrentPayments_areCommittedTogether() throws SQLException {
    PostgresPaymentLedger ledger = batching(1);
    List<Payment> payments =
        Stream.generate(() -> TestOrders.order().references("counted", "u").pending())
            .limit(100)
            .toList();

    List<Future<Void>> opened = whileLocked(() -> payments.stream().map(ledger::insert).toList());
    awaitEach(opened);

    assertThat(transactions())
        .as("the first payment, then one batch, or two if they are slow")
        .isBetween(2L, 3L);
    for (Payment payment : payments) {
      assertThat(await(ledger.find(payment.id()))).contains(payment);
    }
  }

  @Test
  void insert_oneRowViolatesACheck_failsAlone() throws SQLException {
    PostgresPaymentLedger ledger = batching(1);
    List<Payment> payments = new ArrayList<>(pending(100));
    Payment good = payments.get(66);
    payments.set(
        66,
        new Payment(
            good.id(),
            good.order(),
            new BigDecimal("-1.00"),
            good.rate(),
            good.createdAt(),
            null,
            null,
            null));

    List<Future<Void>> opened = whileLocked(() -> payments.stream().map(ledger::insert).toList());

    for (int i = 0; i < payments.size(); i++) {
      Future<Void> outcome = opened.get(i);
      if (i == 66) {
        assertThatThrownBy(() -> await(outcome))
            .isInstanceOf(PgException.class)
            .hasMessageContaining("payments_amount_usd_check");
        assertThat(await(ledger.find(good.id()))).isEmpty();
      } else {
        await(outcome);
        assertThat(await(ledger.find(payments.get(i).id()))).contains(payments.get(i));
      }
    }
  }

  @Test
  void insert_sameKeyConcurrently_insertsOne() {
    PostgresPaymentLedger ledger = batching(4);
    List<Payment> payments = pending(200);

    List<Future<Optional<IdempotencyRecord<Payment>>>> opened =
        payments.stream().map(payment -> ledger.insert(payment, key("same"))).toList();

    assertOneIsInserted(payments, awaitEach(opened));
  }

  @Test
  void insert_sameKeyInOneStatement_insertsOne() throws SQLException {
    PostgresPaymentLedger ledger = batching(1);
    await(ledger.insert(TestOrders.order().pending(), key("before")));
    List<Payment> payments = pending(20);

    List<Future<Optional<IdempotencyRecord<Payment>>>> opened =
        whileLocked(
            () -> {
              ledger.insert(TestOrders.order().pending(), key("sent first"));
              return payments.stream()
                  .map(payment -> ledger.insert(payment, key("in one statement")))
                  .toList();
            });

    assertOneIsInserted(payments, awaitEach(opened));
  }

  private void assertOneIsInserted(
      List<Payment> payments, List<Optional<IdempotencyRecord<Payment>>> outcomes) {
    int inserted =
        IntStream.range(0, payments.size())
            .filter(i -> outcomes.get(i).isEmpty())
            .reduce((one, other) -> fail("two are inserted"))
            .orElseThrow();
    Payment payment = payments.get(inserted);
    for (int i = 0; i < payments.size(); i++) {
      if (i != inserted) {
        assertThat(outcomes.get(i))
            .contains(new IdempotencyRecord<>(Optional.of(payment), "aa", true));
        assertThat(await(batching(1).find(payments.get(i).id()))).isEmpty();
      }
    }
    assertThat(await(batching(1).find(payment.id()))).contains(payment);
  }

  private static int fail(String why) {
    throw new AssertionError(why);
  }

  /** Regression test for deadlocks between two statements with the same keys. */
  @Test
  void insert_sameKeysInOppositeOrders_insertsOnePerKey() throws SQLException {
    for (int round = 0; round < 5; round++) {
      int its = round;
      List<Integer> numbers = new ArrayList<>(IntStream.range(0, 400).boxed().toList());
      List<Future<Optional<IdempotencyRecord<Payment>>>> one = new ArrayList<>();
      List<Future<Optional<IdempotencyRecord<Payment>>>> other = new ArrayList<>();
      PostgresPaymentLedger first = batching(1);
      PostgresPaymentLedger second =
          new PostgresPaymentLedger(statementExecutor, new LedgerIdentity("instance-2", 1), 1);
      whileLocked(
          () -> {
            first.insert(TestOrders.order().pending(), key("first " + its));
            second.insert(TestOrders.order().pending(), key("second " + its));
            numbers.forEach(
                n -> one.add(first.insert(TestOrders.order().pending(), key(its + " " + n))));
            Collections.reverse(numbers);
            numbers.forEach(
                n -> other.add(second.insert(TestOrders.order().pending(), key(its + " " + n))));
            return null;
          });

      List<Optional<IdempotencyRecord<Payment>>> ofOne = awaitEach(one);
      List<Optional<IdempotencyRecord<Payment>>> ofOther = awaitEach(other);
      Collections.reverse(ofOther = new ArrayList<>(ofOther));
      for (int i = 0; i < ofOne.size(); i++) {
        assertThat(ofOne.get(i).isEmpty()).isNotEqualTo(ofOther.get(i).isEmpty());
      }
    }
  }

  private static IdempotencyKey key(String key) {
    return new IdempotencyKey("shop", "POST /v1/payments", key, "aa");
  }

  @Test
  void insert_sameIdInOneStatement_insertsOneAndTheOtherRow() throws SQLException {
    PostgresPaymentLedger ledger = batching(1);
    Payment twice = TestOrders.order().pending();
    Payment neighbour = TestOrders.order().pending();

    List<Future<Void>> opened =
        whileLocked(
            () -> {
              ledger.insert(TestOrders.order().pending());
              return List.of(ledger.insert(twice), ledger.insert(twice), ledger.insert(neighbour));
            });

    assertThat(opened.subList(0, 2).stream().filter(WriteBatchingIT::succeeds)).hasSize(1);
    await(opened.get(2));
  }

  private static boolean succeeds(Future<?> attempt) {
    return await(attempt.map(true).otherwise(false));
  }

  @Test
  void insert_supersededProcess_rejectsEach() throws SQLException {
    PostgresPaymentLedger late =
        new PostgresPaymentLedger(statementExecutor, new LedgerIdentity("instance-1", 0), 1);
    List<Payment> payments = pending(5);

    List<Future<Void>> opened = whileLocked(() -> payments.stream().map(late::insert).toList());
    List<Future<Optional<IdempotencyRecord<Payment>>>> keyed =
        whileLocked(
            () ->
                payments.stream()
                    .map(payment -> late.insert(payment, key(payment.id().toString())))
                    .toList());

    for (Future<?> rejected : Stream.of(opened, keyed).flatMap(List::stream).toList()) {
      assertThatThrownBy(() -> await(rejected)).isInstanceOf(SupersededException.class);
    }
  }

  /** Each row has the same outcome as in its own statement. */
  @Test
  void settle_mixedBatch_eachRowHasItsOwnOutcome() throws SQLException {
    PostgresPaymentLedger ledger = batching(1);
    Payment plain = TestOrders.order().succeeded();
    Payment failed = TestOrders.order().failed(new PaymentGatewayException("Gateway timeout"));
    Payment twice = TestOrders.order().succeeded();
    Payment otherwise =
        new Payment(
            twice.id(),
            twice.order(),
            twice.amountUsd(),
            twice.rate(),
            twice.createdAt(),
            null,
            new Payment.Settlement(
                TestOrders.DURATION, TestOrders.CREATED_AT, new PaymentGatewayException("late"), 1),
            null);
    Payment absent = TestOrders.order().succeeded();
    Payment unknown = TestOrders.order().succeeded();
    Payment markedUnknown = TestOrders.markedUnknown(TestOrders.pendingOf(unknown));
    Payment before = TestOrders.order().succeeded();
    for (Payment payment : List.of(plain, failed, twice, unknown, before)) {
      await(ledger.insert(TestOrders.pendingOf(payment)));
    }
    await(ledger.markUnknown(markedUnknown));
    await(ledger.settle(before));

    List<Future<Payment>> settled =
        whileLocked(
            () -> {
              ledger.settle(TestOrders.order().succeeded());
              return Stream.of(plain, failed, twice, otherwise, twice, absent, unknown, before)
                  .map(ledger::settle)
                  .toList();
            });

    assertThat(await(settled.get(0))).isEqualTo(plain);
    assertThat(await(settled.get(1))).isEqualTo(failed);
    assertThat(List.of(succeeds(settled.get(2)), succeeds(settled.get(4))))
        .as("same outcome for the same row")
        .containsOnly(!succeeds(settled.get(3)));
    assertThat(settled.subList(2, 5).stream().map(Future::cause).filter(cause -> cause != null))
        .isNotEmpty()
        .allSatisfy(cause -> assertThat(cause).isInstanceOf(SettlementConflictException.class));
    assertThatThrownBy(() -> await(settled.get(5))).isInstanceOf(SettlementConflictException.class);
    assertThat(await(settled.get(6)))
        .isEqualTo(unknown.withUnknownSince(markedUnknown.unknownOutcome().orElseThrow().since()));
    assertThat(await(settled.get(7))).isEqualTo(before);
    for (Payment payment : List.of(plain, failed, before)) {
      assertThat(await(ledger.find(payment.id()))).contains(payment);
    }
  }

  /** Regression test for deadlocks between two instances that settle the same payments. */
  @Test
  void settle_samePaymentsInOppositeOrders_settlesAll() throws SQLException {
    List<Payment> settled =
        new ArrayList<>(Stream.generate(() -> TestOrders.order().succeeded()).limit(400).toList());
    PostgresPaymentLedger first = batching(1);
    PostgresPaymentLedger second =
        new PostgresPaymentLedger(statementExecutor, new LedgerIdentity("instance-2", 1), 1);
    awaitEach(
        settled.stream().map(payment -> first.insert(TestOrders.pendingOf(payment))).toList());
    List<Future<Payment>> all = new ArrayList<>();

    whileLocked(
        () -> {
          first.settle(TestOrders.order().succeeded());
          second.settle(TestOrders.order().succeeded());
          settled.forEach(payment -> all.add(first.settle(payment)));
          Collections.reverse(settled);
          settled.forEach(payment -> all.add(second.settle(payment)));
          return null;
        });

    assertThat(awaitEach(all)).hasSize(800);
  }

  /** Each caller must get an error, because the outcome is unknown. */
  @Test
  void insert_connectionKilled_isUnavailableForEach_thenWorksAgain() throws SQLException {
    PostgresPaymentLedger ledger = batching(1);
    List<Payment> payments = pending(50);
    List<Future<Void>> opened =
        whileLocked(
            () -> {
              List<Future<Void>> all = payments.stream().map(ledger::insert).toList();
              killUntilAllAreComplete(all);
              return all;
            });

    for (Future<Void> outcome : opened) {
      assertThatThrownBy(() -> await(outcome)).isInstanceOf(LedgerUnavailableException.class);
    }
    Payment next = TestOrders.order().pending();
    Await.eventually(() -> await(ledger.insert(next)));
    assertThat(await(ledger.find(next.id()))).contains(next);
  }

  /** Terminates the connections that wait for the lock, one statement after the other. */
  private static void killUntilAllAreComplete(List<Future<Void>> opened) {
    Await.eventually(
        () -> {
          TestPostgres.query(
              url,
              "select pg_terminate_backend(pid) from pg_stat_activity where"
                  + " datname = current_database() and application_name = 'paymeter'"
                  + " and wait_event_type = 'Lock'");
          assertThat(opened).allMatch(Future::isComplete);
        });
  }

  @Test
  void insert_tableLocked_isUnavailableInTimeForEach() throws SQLException {
    Duration impatient = Duration.ofMillis(300);
    PostgresPaymentLedger ledger =
        new PostgresPaymentLedger(
            new StatementExecutor(pool, impatient), new LedgerIdentity("instance-1", 1), 1);

    whileLocked(
        () -> {
          List<Future<Void>> opened = pending(20).stream().map(ledger::insert).toList();
          for (Future<Void> outcome : opened) {
            assertThatThrownBy(() -> await(outcome)).isInstanceOf(LedgerUnavailableException.class);
          }
          return null;
        });
    Payment next = TestOrders.order().references(UUID.randomUUID().toString(), "u").pending();
    Await.eventually(() -> await(ledger.insert(next)));
  }
}
