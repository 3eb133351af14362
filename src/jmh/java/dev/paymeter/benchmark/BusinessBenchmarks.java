package dev.paymeter.benchmark;

import dev.paymeter.bus.Addresses;
import dev.paymeter.support.TestServer;
import dev.paymeter.support.ledger.TestPostgres;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Business events in batches over the clustered event bus, from this process to the service in
 * another one: each is in the ledger before it is acknowledged. For comparison, in alternation,
 * pgbench on the same server inserts batches of 100 such rows into a table like the ledger's, with
 * as many connections as batches are in flight.
 */
final class BusinessBenchmarks implements AutoCloseable {
  private static final int PGBENCH_ROWS = 100;
  private static final int WARM_UP_WINDOWS = 3;
  private static final double BAR = 0.5;

  private static final String INSERT =
      """
      insert into events_of_pgbench (publisher, id, event, label, amount, currency, amount_usd,
        fx_rate, fx_date, recorded_at, receipt, instance_id, epoch, segment)
      select 'benchmark', gen_random_uuid()::text, 'refund', 'refund', 12.34, 'USD', 12.34,
        1, '2026-01-01', now(), gen_random_uuid(), 'benchmark', 1, 1
      from generate_series(1, %d)
      on conflict (publisher, id) do nothing;
      """
          .formatted(PGBENCH_ROWS);

  private final String database = TestPostgres.newDatabase();
  private final int rows;
  private final ChildJvm service;
  private final BatchSender sender;
  private final Path script;
  private long accepted;

  private BusinessBenchmarks(int rows) throws IOException {
    this.rows = rows;
    String seed = "127.0.0.1:" + TestServer.freePort();
    service = ChildJvm.service(seed, Map.of("database.url", database));
    sender = BatchSender.join(seed, rows);
    TestPostgres.execute(
        database, "create table events_of_pgbench (like business_events including all)");
    script = Files.writeString(Files.createTempFile("events", ".sql"), INSERT.replace('\n', ' '));
  }

  /** Measures the rows per second that are committed, counted and acknowledged. */
  static List<Comparison> events(MeasurementPlan measurementPlan) throws Exception {
    List<Comparison> all = new ArrayList<>();
    for (int rows : List.of(100, 1000)) {
      Comparison ratio =
          Comparison.atLeast(
              BAR,
              "bus: business events, batches of " + rows,
              "rows/s",
              "accepted",
              "pgbench, batches of " + PGBENCH_ROWS);
      try (BusinessBenchmarks run = new BusinessBenchmarks(rows)) {
        for (int window = -WARM_UP_WINDOWS; window < measurementPlan.windows() / 4; window++) {
          double theirs = run.pgbench(measurementPlan);
          double ours = run.measure(measurementPlan);
          if (window >= 0) {
            ratio.add(ours, theirs);
          }
        }
        run.assertAllInTheLedger();
      }
      all.add(ratio);
    }
    return all;
  }

  private double pgbench(MeasurementPlan measurementPlan) throws IOException, InterruptedException {
    long seconds = Math.max(1, 2L * measurementPlan.windowMillis() / 1000);
    return new PgBench(database, script, BatchSender.IN_FLIGHT, List.of()).perSecond(seconds)
        * PGBENCH_ROWS;
  }

  private double measure(MeasurementPlan measurementPlan) throws InterruptedException {
    BatchSender.Window window = sender.send(Addresses.OBSERVATIONS, this::batch, measurementPlan);
    accepted += window.accepted();
    return window.rowsPerSecond();
  }

  private JsonObject batch() {
    JsonArray ids = new JsonArray();
    JsonArray events = new JsonArray();
    JsonArray amounts = new JsonArray();
    for (int row = 0; row < rows; row++) {
      ids.add(UUID.randomUUID().toString());
      events.add("refund");
      amounts.add(1234);
    }
    return new JsonObject()
        .put("kind", "event")
        .put("publisher", "benchmark")
        .put(
            "columns",
            new JsonObject().put("id", ids).put("event", events).put("amount_minor", amounts));
  }

  private void assertAllInTheLedger() {
    List<List<String>> found = TestPostgres.query(database, "select count(*) from business_events");
    if (!found.equals(List.of(List.of(String.valueOf(accepted))))) {
      throw new IllegalStateException(
          accepted + " rows acknowledged; rows in the ledger: " + found);
    }
  }

  @Override
  public void close() throws IOException {
    sender.close();
    service.close();
    Files.delete(script);
  }
}
