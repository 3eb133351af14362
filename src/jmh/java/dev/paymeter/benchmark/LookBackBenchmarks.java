package dev.paymeter.benchmark;

import static dev.paymeter.support.Await.await;

import dev.paymeter.audit.LookBack;
import dev.paymeter.audit.LookBackStore;
import dev.paymeter.payment.port.Scheduler;
import dev.paymeter.postgres.PostgresLookBackStore;
import dev.paymeter.postgres.StatementExecutor;
import dev.paymeter.postgres.server.Database;
import dev.paymeter.support.Directories;
import dev.paymeter.support.ledger.TestPostgres;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;

/**
 * The look-back over a large ledger: its share of the database's time under full load, and the
 * duration of a full pass. The rows are generated with SQL. {@code -Dlook-back.rows} sets their
 * number.
 */
final class LookBackBenchmarks implements AutoCloseable {
  private static final long ROWS = Long.getLong("look-back.rows");
  private static final int ROWS_PER_SEGMENT = 5_000;
  private static final int ROWS_PER_INSERT = 500_000;
  private static final int CONNECTIONS = 64;
  private static final Duration WARM_UP = Duration.ofSeconds(30);

  /** Contains several steps, which are up to a minute apart under load. */
  private static final Duration WINDOW = Duration.ofMinutes(5);

  private static final Duration TIMEOUT = Duration.ofSeconds(60);
  private static final Pattern API = Pattern.compile("API on http://[^,]+:(\\d+),");

  /** The indexes that the look-back does not use; without them, the rows are generated sooner. */
  private static final List<String> OTHER_INDEXES =
      List.of("payments_by_kind", "payments_by_user", "payments_by_order");

  private static final String INSTANCE =
      """
      insert into instances (instance_id, epoch, holder, lease_until, checkpoint_epoch,
        checkpoint_segment)
      values ('past', 1, 'generated', clock_timestamp(), 1, %d)
      """;

  private static final String PAYMENTS =
      """
      insert into payments (id, status, order_id, user_id, amount, currency, amount_usd, fx_rate,
        fx_date, user_tier, payment_method, gateway, created_at, inserted_by, inserted_epoch,
        duration_us, settled_at, instance_id, epoch, segment)
      select ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'success',
        'order_' || n, 'user_' || n %% 1000, n %% 2000 + 0.5, 'USD', n %% 2000 + 0.5, 1,
        '2026-01-01', 'standard', 'credit_card', 'stripe', clock_timestamp(), 'past', 1, 250000,
        clock_timestamp(), 'past', 1, n / %d + 1
      from generate_series(%d::bigint, %d::bigint) n
      """;

  private static final String CLOSED =
      """
      insert into closed_segments
        (instance_id, from_epoch, from_segment, epoch, segment, generation, rows, cents, previous,
        chain, row_hashes)
      select 'past', 1, s, 1, s, ledger_generation(), r.rows, r.cents, '', r.chain, r.row_hashes
      from generate_series(1, %d) s cross join lateral rows_of_segments('past', 1, s, 1, s, '') r
      """;

  /** Milliseconds of all statements of the database, and of those of the look-back. */
  private static final String TIMES =
      """
      select sum(total_exec_time), sum(total_exec_time) filter (where query ~ 'closed_segments'
        and query !~ 'checkpoint')
      from pg_stat_statements join pg_database on oid = dbid where datname = current_database()
      """;

  private final Path home = Files.createTempDirectory("look-back");
  private final SystemPostgres server;
  private final String url;

  private LookBackBenchmarks() throws IOException, InterruptedException {
    server = SystemPostgres.start("-c shared_preload_libraries=pg_stat_statements");
    url = server.url();
    TestPostgres.execute(url, "create extension pg_stat_statements");
    Database.at(url).migrate();
    generate();
  }

  static List<Comparison> measure() throws Exception {
    try (LookBackBenchmarks run = new LookBackBenchmarks()) {
      List<Comparison> all = new ArrayList<>(List.of(run.pass()));
      all.forEach(comparison -> System.err.println(comparison.row()));
      all.addAll(run.share());
      return all;
    }
  }

  private void generate() {
    List<String> definitions = new ArrayList<>();
    for (String index : OTHER_INDEXES) {
      definitions.add(
          TestPostgres.query(url, "select pg_get_indexdef('%s'::regclass)".formatted(index))
              .get(0)
              .get(0));
      TestPostgres.execute(url, "drop index " + index);
    }
    TestPostgres.execute(url, "alter table payments disable trigger user");
    for (long first = 0; first < ROWS; first += ROWS_PER_INSERT) {
      long last = Math.min(ROWS, first + ROWS_PER_INSERT) - 1;
      TestPostgres.execute(url, PAYMENTS.formatted(ROWS_PER_SEGMENT, first, last));
      System.err.println("Generated: " + (last + 1));
    }
    TestPostgres.execute(url, "alter table payments enable trigger user");
    long segments = (ROWS + ROWS_PER_SEGMENT - 1) / ROWS_PER_SEGMENT;
    TestPostgres.execute(url, INSTANCE.formatted(segments));
    TestPostgres.execute(url, "vacuum analyze payments");
    // As in the service's connections.
    TestPostgres.execute(url, "set enable_seqscan = off; " + CLOSED.formatted(segments));
    definitions.forEach(definition -> TestPostgres.execute(url, definition));
  }

  /** Runs the service at its highest rate, with its look-back. */
  private List<Comparison> share() throws IOException {
    Comparison ofStatements =
        Comparison.atMost(0.02, "look-back: share of the time of all statements", "of 1");
    Comparison ofCores =
        Comparison.atMost(0.02, "look-back: share of the time of all processors", "of 1");
    Comparison rate =
        Comparison.figureAtLeast(Double.NaN, "look-back: rate meanwhile", "payments/s");
    try (ChildJvm service =
            ChildJvm.service(
                Map.of("database.url", url, "database.timeout", "30s"),
                Map.of(
                    "simulator.time-scale",
                    "0",
                    "simulator.directory",
                    home.resolve("sim").toString()),
                API);
        PaymentLoad load = new PaymentLoad(Integer.parseInt(service.readyText()), CONNECTIONS)) {
      load.saturate(WARM_UP);
      TestPostgres.execute(url, "select pg_stat_statements_reset()");
      rate.add(load.saturate(WINDOW).perSecond());
      List<String> millis = TestPostgres.query(url, TIMES).get(0);
      double lookBack = Double.parseDouble(millis.get(1));
      ofStatements.add(lookBack / Double.parseDouble(millis.get(0)));
      ofCores.add(lookBack / WINDOW.toMillis() / Runtime.getRuntime().availableProcessors());
    }
    return List.of(ofStatements, ofCores, rate);
  }

  /**
   * Runs the look-back until it has compared all ranges. Its pauses are added up, not waited for.
   */
  private Comparison pass() throws Exception {
    Comparison duration =
        Comparison.atMost(
            60 * ROWS / 10e6, "look-back: full pass over %,d payments".formatted(ROWS), "minutes");
    Vertx vertx = Vertx.vertx();
    Pool pool = Database.at(url).createPool(vertx, Database.AUDIT_POOL, 2, TIMEOUT);
    LookBackStore store = new PostgresLookBackStore(new StatementExecutor(pool, TIMEOUT));
    Pauses pauses = new Pauses(vertx);
    CompletableFuture<Void> passed = new CompletableFuture<>();
    long start = System.nanoTime();
    LookBack lookBack =
        new LookBack(
            store,
            state -> {
              if (state.difference() != 0) {
                passed.completeExceptionally(new IllegalStateException("differs: " + state));
              } else if (state.oldestComparison().toNanos() < System.nanoTime() - start) {
                passed.complete(null);
              }
            },
            pauses,
            System::nanoTime);
    lookBack.start();
    passed.get();
    await(lookBack.stop());
    Duration steps = Duration.ofNanos(System.nanoTime() - start);
    duration.add(steps.plus(pauses.sum).toMillis() / 60e3);
    System.err.printf(
        "Steps of a pass: %d, %.1f s, pauses: %.1f s%n",
        pauses.count, steps.toMillis() / 1e3, pauses.sum.toMillis() / 1e3);
    await(pool.close());
    await(vertx.close());
    return duration;
  }

  /** A scheduler that does not wait. Used from one thread at a time. */
  private static final class Pauses implements Scheduler {
    private final Vertx vertx;
    private Duration sum = Duration.ZERO;
    private int count;

    Pauses(Vertx vertx) {
      this.vertx = vertx;
    }

    @Override
    public Runnable after(Duration length, Runnable action) {
      sum = sum.plus(length);
      count++;
      AtomicBoolean isCanceled = new AtomicBoolean();
      vertx.runOnContext(
          now -> {
            if (!isCanceled.get()) {
              action.run();
            }
          });
      return () -> isCanceled.set(true);
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    Directories.delete(home);
  }
}
