package dev.paymeter.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paymeter.payments.Books;
import dev.paymeter.payments.BooksContract;
import dev.paymeter.payments.IdentityInUseException;
import dev.paymeter.payments.Ledger;
import dev.paymeter.payments.LedgerUnavailableException;
import dev.paymeter.payments.Orders;
import dev.paymeter.payments.Pauses;
import dev.paymeter.payments.Payment;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Transaction;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class BooksIT extends BooksContract {
  private static final Duration PATIENT = Duration.ofSeconds(30);
  private static final Pauses AT_ONCE = length -> Future.succeededFuture();

  private static final Vertx vertx = Vertx.vertx();
  private static String url;
  private static Pool pool;

  private final String instance = "instance-" + UUID.randomUUID();

  @BeforeAll
  static void migrate() {
    url = TestPostgres.newDatabase();
    Database.at(url).migrate();
    pool = Database.at(url).pool(vertx, Database.MAIN_POOL, 4, PATIENT);
  }

  @AfterAll
  static void close() {
    await(pool.close());
    await(vertx.close());
  }

  @Override
  protected Books books(String holder) {
    return books(holder, AT_ONCE);
  }

  private PostgresBooks books(String holder, Pauses pauses) {
    return new PostgresBooks(
        new Statements(pool, PATIENT), pauses, instance, holder, AMOUNT_BOUNDS, DURATION_BOUNDS);
  }

  @Override
  protected Ledger ledger(int epoch) {
    return new PostgresLedger(new Statements(pool, PATIENT), instance, epoch);
  }

  @Override
  protected void endLease() {
    moveLease("-1 hour");
  }

  private void moveLease(String by) {
    TestPostgres.execute(
        url,
        "update instances set lease_until = clock_timestamp() + interval '%s' where instance_id = '%s'"
            .formatted(by, instance));
  }

  /** Broken once: a lease that had grown was waited for like any other, and the test hung. */
  @Test
  void open_whileTheHolderRenews_isRefusedNamingTheHolder() {
    Books holder = books("host-a:17");
    await(holder.open());
    moveLease("1 second");
    PostgresBooks second = books("host-b:18", pause -> holder.renew());

    assertThatThrownBy(() -> await(second.open()))
        .isInstanceOf(IdentityInUseException.class)
        .hasMessageContaining(instance)
        .hasMessageContaining("host-a:17");

    await(holder.renew());
  }

  @Test
  void open_leaseOfASilentHolder_isWaitedFor() {
    await(books("first").open());
    AtomicInteger pauses = new AtomicInteger();
    PostgresBooks second =
        books(
            "second",
            pause -> {
              moveLease(4 - pauses.incrementAndGet() + " seconds");
              return Future.succeededFuture();
            });

    assertThat(await(second.open()).epoch()).isEqualTo(2);
    assertThat(pauses).hasValueBetween(3, 4);
  }

  @Test
  void open_twoAtOnceAfterTheLeaseEnded_oneTakesOverAndTheOtherWaits() {
    await(books("first").open());
    endLease();
    Promise<Void> waits = Promise.promise();
    Pauses endless =
        pause -> {
          waits.tryComplete();
          return Promise.<Void>promise().future();
        };

    Future<Books.Opening> one = books("one", endless).open();
    Future<Books.Opening> other = books("other", endless).open();

    await(Future.any(one, other));
    await(waits.future());
    assertThat(Stream.of(one, other).filter(Future::succeeded))
        .extracting(Future::result)
        .containsExactly(new Books.Opening(2, null));
  }

  /**
   * Neither id order nor clock order is commit order. Broken once: what earlier processes had left
   * was read once and kept.
   */
  @Test
  void earlier_statementBegunBeforeTheTakeover_showsOnceItIsCommitted() {
    await(books("first").open());
    Payment settled = Orders.order().of("5", "USD").page(3).succeeded();
    await(ledger(1).open(pendingOf(settled)));
    SqlConnection dying = await(pool.getConnection());
    Transaction open = await(dying.begin());
    assertThat(
            await(
                    dying
                        .preparedQuery(Sql.SETTLE)
                        .execute(
                            Rows.settle(settled, settled.settled().orElseThrow(), instance, 1)))
                .rowCount())
        .isEqualTo(1);
    endLease();
    Books second = books("second");
    await(second.open());
    assertThat(await(second.earlier())).isEmpty();

    await(open.commit());
    await(dying.close());

    assertThat(await(second.earlier())).extracting(Books.Entry::cents).containsExactly(500L);
  }

  /** Broken once: the statement did not ask for the epoch. */
  @Test
  void settle_transactionBegunBeforeTheTakeover_isRefusedAfterIt() {
    await(books("first").open());
    Payment settled = Orders.order().of("5", "USD").succeeded();
    await(ledger(1).open(pendingOf(settled)));
    SqlConnection late = await(pool.getConnection());
    Transaction open = await(late.begin());
    await(late.query("select from payments").execute());
    endLease();
    await(books("second").open());

    assertThat(
            await(
                    late.preparedQuery(Sql.SETTLE)
                        .execute(
                            Rows.settle(settled, settled.settled().orElseThrow(), instance, 1)))
                .rowCount())
        .isZero();
    await(open.rollback());
    await(late.close());
  }

  /** A server that ends statements later than our last look would surprise a successor. */
  @Test
  void statements_onTheServer_endBeforeTheAuditsLastLook() {
    assertThat(
            await(
                    pool.query(
                            "select setting::int from pg_settings where name = 'statement_timeout'")
                        .execute())
                .iterator()
                .next()
                .getInteger(0))
        .isEqualTo((int) Database.LONGEST_STATEMENT.toMillis());
  }

  @Test
  void books_serverAway_areUnavailable() {
    Pool nowhere =
        Database.at("postgresql://user:secret@127.0.0.1:1/nowhere")
            .pool(vertx, Database.MAIN_POOL, 1, Duration.ofMillis(200));
    Books away =
        new PostgresBooks(
            new Statements(nowhere, Duration.ofMillis(200)),
            AT_ONCE,
            instance,
            "nobody",
            AMOUNT_BOUNDS,
            DURATION_BOUNDS);

    assertThatThrownBy(() -> await(away.open())).isInstanceOf(LedgerUnavailableException.class);
    assertThatThrownBy(() -> await(away.renew())).isInstanceOf(LedgerUnavailableException.class);
    assertThatThrownBy(() -> await(away.earlier())).isInstanceOf(LedgerUnavailableException.class);
    await(nowhere.close());
  }
}
