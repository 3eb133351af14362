package dev.paymeter.benchmark;

import dev.paymeter.postgres.PaymentScript;
import dev.paymeter.postgres.server.Database;
import dev.paymeter.support.Directories;
import dev.paymeter.support.ledger.TestPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Payments over HTTP, each with two commits before its response, compared with pgbench with 20
 * clients, which commits the same two statements on the same server, into the same table and
 * indexes of another database. The gateways respond at once. Service, server and load are processes
 * of one machine.
 */
final class PaymentBenchmarks implements AutoCloseable {
  private static final int CONNECTIONS = 256;
  private static final int CLIENTS = 20;

  /** Enough for the JVM to compile the hot code, even on a busy machine. */
  private static final int WARM_UP_PAYMENTS = 150_000;

  private static final int WARM_UP_WINDOWS = 8;

  /** Slices per window: the load of the machine changes within a second. */
  private static final int SLICES = 4;

  private static final int QUEUE = 65_536;
  private static final Pattern API = Pattern.compile("API on http://[^,]+:(\\d+),");

  private final String where;
  private final Duration window;
  private final int rounds;
  private final Path home = Files.createTempDirectory("payments");
  private final ChildJvm service;
  private final PaymentLoad load;
  private final PgBench pgbench;
  private final String ledger;
  private final List<Comparison> measured = new ArrayList<>();

  /**
   * @param database URL of the ledger; null for the service's embedded server
   */
  private PaymentBenchmarks(String where, String database, MeasurementPlan measurementPlan)
      throws IOException {
    this.where = where;
    this.window = Duration.ofMillis(2L * measurementPlan.windowMillis());
    this.rounds = measurementPlan.windows() / 4;
    this.service =
        ChildJvm.service(
            database == null
                ? Map.of("database.directory", home.resolve("data").toString())
                : Map.of("database.url", database),
            Map.of(
                "simulator.time-scale", "0", "simulator.directory", home.resolve("sim").toString()),
            API);
    this.load = new PaymentLoad(Integer.parseInt(service.readyText()), CONNECTIONS);
    this.ledger = database == null ? embedded() : database;
    this.pgbench = pgbench(ledger);
  }

  /** Measures rates, and latencies at a part of the highest rate. */
  static List<Comparison> payments(MeasurementPlan measurementPlan) throws Exception {
    List<Comparison> all = new ArrayList<>();
    try (PaymentBenchmarks run = new PaymentBenchmarks("embedded", null, measurementPlan)) {
      all.addAll(run.measure());
    }
    try (SystemPostgres server = SystemPostgres.start();
        PaymentBenchmarks run = new PaymentBenchmarks("external", server.url(), measurementPlan)) {
      all.addAll(run.measure());
    }
    return all;
  }

  /** Returns the URL of the server that the service has started. */
  private String embedded() throws IOException {
    Path data = home.resolve("data");
    String port = Files.readAllLines(data.resolve("cluster/postmaster.pid")).get(3).strip();
    String password = Files.readString(data.resolve("password")).strip();
    return "postgresql://postgres:" + password + "@127.0.0.1:" + port + "/payment_db";
  }

  private PgBench pgbench(String server) throws IOException {
    TestPostgres.execute(server, "create database pgbench");
    String url = server.substring(0, server.lastIndexOf('/')) + "/pgbench";
    Database.at(url).migrate();
    TestPostgres.execute(url, PaymentScript.IDENTITY);
    Path script = Files.writeString(home.resolve("payment.sql"), PaymentScript.text());
    return new PgBench(url, script, CLIENTS, List.of());
  }

  /** Returns a run with new ids: each starts after the ids of the previous one. */
  private PgBench fresh(String... more) {
    List<String> options = new ArrayList<>(List.of("--define=n=" + System.currentTimeMillis()));
    options.addAll(List.of(more));
    return new PgBench(pgbench.url(), pgbench.script(), CLIENTS, options);
  }

  private List<Comparison> measure() throws Exception {
    while (load.answered() < WARM_UP_PAYMENTS) {
      load.saturate(window);
    }
    Rates highest = rates();
    tailLatency(highest);
    assertAllInTheLedger();
    medianLatency(highest.service() / 10);
    return measured;
  }

  /** Payments per second of the service and of pgbench. */
  private record Rates(double service, double pgbench) {}

  private Rates rates() throws Exception {
    Comparison rate =
        add(
            Comparison.atLeast(
                2,
                name("rate"),
                "payments/s",
                "over HTTP",
                "pgbench, %d clients".formatted(CLIENTS)));
    Comparison cpu = add(figure("CPU time of the service", "µs/payment"));
    Comparison loads = add(figure("CPU time of the load, all threads", "of a core"));
    double[] ours = new double[rounds];
    double[] theirs = new double[rounds];
    for (int i = 0; i < rounds; i++) {
      theirs[i] = fresh().perSecond(window.toSeconds());
      Duration before = service.cpu();
      Duration loadBefore = ChildJvm.cpu(ProcessHandle.current());
      PaymentLoad.Window saturated = load.saturate(window);
      ours[i] = saturated.perSecond();
      rate.add(ours[i], theirs[i]);
      double payments = ours[i] * window.toNanos() / 1e9;
      cpu.add(service.cpu().minus(before).toNanos() / 1e3 / payments);
      loads.add(
          1.0
              * ChildJvm.cpu(ProcessHandle.current()).minus(loadBefore).toNanos()
              / window.toNanos());
    }
    return new Rates(median(ours), median(theirs));
  }

  /** Measures the p99 at half of the highest rate. */
  private void tailLatency(Rates highest) throws Exception {
    Comparison full =
        add(
            Comparison.ratioAtMost(
                2, name("p99 at half of the highest rate"), "ms", "service", "pgbench, full rate"));
    Comparison half =
        add(
            Comparison.ratioAtMost(
                2,
                name("p99 at half of the highest rate, each of its own"),
                "ms",
                "service",
                "pgbench, half rate"));
    for (int i = 0; i < rounds; i++) {
      double theirs = p99(fresh().nanos(window.toSeconds()));
      double theirHalf =
          p99(fresh("--rate=" + Math.round(highest.pgbench() / 2)).nanos(window.toSeconds()));
      double ours = load.atRate(highest.service() / 2, window).millis(0.99);
      full.add(ours, theirs);
      half.add(ours, theirHalf);
    }
  }

  private static double p99(long[] nanos) {
    return nanos[(int) (0.99 * nanos.length)] / 1e6;
  }

  /**
   * Measures the median latency under light load, with write batching and without, alternating in
   * one process. A second measurement without batching shows the scatter.
   */
  private void medianLatency(double perSecond) throws Exception {
    Comparison p50 = add(p50(1, "p50 at a tenth of the highest rate", "batching"));
    Comparison scatter =
        add(p50(Double.NaN, "p50 at a tenth of the highest rate, off again", "single again"));
    List<String> ways = List.of("gathered", "single", "single");
    Duration turn = window.dividedBy(SLICES);
    TestPostgres.execute(ledger, "create database switched");
    String url = ledger.substring(0, ledger.lastIndexOf('/')) + "/switched";
    try (ControlledService switched = new ControlledService(url, QUEUE, 0);
        PaymentLoad light = new PaymentLoad(switched.api(), CONNECTIONS)) {
      for (int i = 0; i < 2 * WARM_UP_WINDOWS; i++) {
        switched.send(ways.get(i % 2));
        light.saturate(window);
      }
      for (int i = 0; i < SLICES * rounds; i++) {
        double[] millis = new double[ways.size()];
        for (int turns = 0; turns < millis.length; turns++) {
          int way = (turns + i) % millis.length; // Each comes first in some slices.
          switched.send(ways.get(way));
          millis[way] = light.atRate(perSecond, turn).millis(0.5);
        }
        p50.add(millis[0], millis[1]);
        scatter.add(millis[2], millis[1]);
      }
    }
  }

  private Comparison p50(double bar, String what, String way) {
    return Comparison.ratioAtMost(bar, name(what), "ms", way, "single statements");
  }

  private Comparison figure(String what, String unit) {
    return Comparison.atMost(Double.NaN, name(what), unit);
  }

  private String name(String what) {
    return "payments, " + where + " PostgreSQL: " + what;
  }

  private Comparison add(Comparison comparison) {
    measured.add(comparison);
    return comparison;
  }

  private static double median(double[] figures) {
    double[] sorted = figures.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  private void assertAllInTheLedger() {
    List<List<String>> found =
        TestPostgres.query(ledger, "select count(*) from payments where settled_at is not null");
    if (!found.equals(List.of(List.of(String.valueOf(load.answered()))))) {
      throw new IllegalStateException(
          load.answered() + " payments answered; payments in the ledger: " + found);
    }
  }

  @Override
  public void close() throws IOException {
    load.close();
    service.close();
    Directories.delete(home);
  }
}
