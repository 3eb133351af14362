package dev.paymeter.benchmark;

import dev.paymeter.support.ledger.TestPostgres;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The running service under load, with recording switched on and off alternately. Load, service and
 * PostgreSQL are three processes of one machine.
 */
final class ServiceBenchmarks implements AutoCloseable {
  private static final int QUEUE = 65_536;

  /** So small that payments find a full queue stripe. */
  private static final int TINY_QUEUE = 16;

  private static final int SERIES = 100_000;
  private static final int CONNECTIONS = 16;
  private static final int WARM_UP_WINDOWS = 5;

  private final Vertx vertx = Vertx.vertx();
  private final HttpClient client =
      vertx.createHttpClient(
          new HttpClientOptions(), new PoolOptions().setHttp1MaxSize(2 * CONNECTIONS));
  private final AtomicLong completed = new AtomicLong();
  private final Queue<String> failures = new ConcurrentLinkedQueue<>();
  private final ControlledService service;
  private volatile boolean scraping;
  private volatile double snapshots;
  private volatile double snapshotSeconds;
  private volatile boolean closed;

  private ServiceBenchmarks(int queue, int series) throws IOException {
    service = new ControlledService(TestPostgres.newDatabase(), queue, series);
  }

  /**
   * The result of one window.
   *
   * @param cpuMicros of the service's process, per payment
   * @param workerMicros of its worker threads, per payment
   */
  private record Window(
      double perSecond, double cpuMicros, double longestDelayMillis, double workerMicros) {}

  /** Measures payments per second and CPU time per payment. */
  static List<Comparison> throughput(MeasurementPlan measurementPlan) throws Exception {
    Map<String, Comparison> rates = new HashMap<>();
    Map<String, Comparison> costs = new HashMap<>();
    List<Comparison> all = new ArrayList<>();
    for (String mode : List.of("on", "on, audited", "off again")) {
      boolean hasBar = !mode.equals("off again");
      Comparison rate =
          Comparison.atLeast(
              hasBar ? 0.97 : Double.NaN, "service: rate, " + mode, "payments/s", mode, "off");
      Comparison cost =
          Comparison.ratioAtMost(
              hasBar ? 1.03 : Double.NaN, "service: CPU time, " + mode, "µs/payment", mode, "off");
      rates.put(mode, rate);
      costs.put(mode, cost);
      all.add(rate);
      all.add(cost);
    }
    Map<String, Comparison> workers = new HashMap<>();
    for (String mode : List.of("off", "on", "on, audited")) {
      Comparison worker =
          Comparison.atMost(
              Double.NaN, "service: CPU time of worker threads alone, " + mode, "µs/payment");
      workers.put(mode, worker);
      all.add(worker);
    }
    try (ServiceBenchmarks run = new ServiceBenchmarks(QUEUE, 0)) {
      run.saturate();
      run.awaitPayments();
      List<String> modes = new ArrayList<>(List.of("off", "on", "on, audited", "off again"));
      Random order = new Random(1);
      for (int i = -WARM_UP_WINDOWS; i < measurementPlan.windows(); i++) {
        Collections.shuffle(modes, order);
        Map<String, Window> windows = new HashMap<>();
        for (String mode : modes) {
          windows.put(mode, run.measure(command(mode), measurementPlan.windowMillis()));
        }
        Window off = windows.get("off");
        if (i >= 0) {
          workers.forEach((mode, worker) -> worker.add(windows.get(mode).workerMicros()));
        }
        for (String mode : rates.keySet()) {
          if (i >= 0) {
            Window on = windows.get(mode);
            rates.get(mode).add(on.perSecond(), off.perSecond());
            costs.get(mode).add(on.cpuMicros(), off.cpuMicros());
          }
        }
      }
    }
    return all;
  }

  private static String command(String mode) {
    return mode.startsWith("off") ? "off" : mode.endsWith("audited") ? "audited" : "on";
  }

  /** Measures the longest delay of the event loops, at 200 payments/s. */
  static List<Comparison> delay(MeasurementPlan measurementPlan) throws Exception {
    Comparison quiet = longest("recording off");
    Comparison recording = longest("recording on");
    Comparison scrapedQuiet = longest("recording off, scraped every second");
    Comparison scrapedRecording = longest("recording on, scraped every second");
    Comparison full = longest("queue full, scraped every second");
    Comparison snapshot =
        Comparison.atMost(
            Double.NaN, "event loops: the lock held by a snapshot then, on average", "ms");
    Comparison more = added(5, "on over off");
    Comparison scrapedMore = added(5, "on over off, both scraped every second");
    Comparison scrapedOverQuiet = added(5, "on and scraped every second over off");
    try (ServiceBenchmarks large = new ServiceBenchmarks(QUEUE, SERIES);
        ServiceBenchmarks tiny = new ServiceBenchmarks(TINY_QUEUE, SERIES)) {
      large.loadEvenly();
      tiny.loadEvenly();
      large.awaitPayments();
      tiny.awaitPayments();
      // Fewer but longer windows than for the rate, with a scrape in each.
      for (int i = -WARM_UP_WINDOWS; i < measurementPlan.windows() / 2; i++) {
        double off = large.delay("off", false, measurementPlan);
        double on = large.delay("on", false, measurementPlan);
        double offScraped = large.delay("off", true, measurementPlan);
        double onScraped = large.delay("on", true, measurementPlan);
        double snapshotsBefore = tiny.snapshots;
        double secondsBefore = tiny.snapshotSeconds;
        double fullScraped = tiny.delay("on", true, measurementPlan);
        if (i >= 0) {
          quiet.add(off);
          recording.add(on);
          scrapedQuiet.add(offScraped);
          scrapedRecording.add(onScraped);
          full.add(fullScraped);
          if (tiny.snapshots > snapshotsBefore) {
            snapshot.add(
                (tiny.snapshotSeconds - secondsBefore) / (tiny.snapshots - snapshotsBefore) * 1000);
          }
          more.add(on - off);
          scrapedMore.add(onScraped - offScraped);
          scrapedOverQuiet.add(onScraped - off);
        }
      }
    }
    return List.of(
        quiet,
        recording,
        scrapedQuiet,
        scrapedRecording,
        full,
        snapshot,
        more,
        scrapedMore,
        scrapedOverQuiet);
  }

  /** Waits until connections are open and the code has run. */
  private void awaitPayments() throws InterruptedException {
    while (completed.get() < 500 && failures.isEmpty()) {
      Thread.sleep(100);
    }
  }

  private static Comparison longest(String mode) {
    return Comparison.atMost(Double.NaN, "event loops: longest delay, " + mode, "ms");
  }

  private static Comparison added(double bar, String modes) {
    return Comparison.atMost(bar, "event loops: added delay, " + modes, "ms");
  }

  private double delay(String mode, boolean scraped, MeasurementPlan measurementPlan)
      throws Exception {
    scraping = scraped;
    try {
      return measure(mode, 2 * measurementPlan.windowMillis()).longestDelayMillis();
    } finally {
      scraping = false;
    }
  }

  private Window measure(String mode, int millis) throws Exception {
    service.send(mode);
    Thread.sleep(200); // Requests in flight belong to the previous mode.
    long[] before = mark();
    long completedBefore = completed.get();
    long start = System.nanoTime();
    Thread.sleep(millis);
    double seconds = (System.nanoTime() - start) / 1e9;
    long payments = completed.get() - completedBefore;
    long[] after = mark();
    if (!failures.isEmpty() || payments == 0) {
      throw new IllegalStateException(payments + " payments completed; failures: " + failures);
    }
    return new Window(
        payments / seconds,
        (after[0] - before[0]) / 1e3 / payments,
        after[1] / 1e6,
        (after[2] - before[2]) / 1e3 / payments);
  }

  private long[] mark() throws IOException {
    String[] figures = service.send("mark").split(" ");
    return Arrays.stream(figures).mapToLong(Long::parseLong).toArray();
  }

  /** Each connection sends its next payment when it has the response to the last one. */
  private void saturate() {
    for (int i = 0; i < CONNECTIONS; i++) {
      payContinuously();
    }
  }

  private void payContinuously() {
    pay(this::payContinuously);
  }

  /**
   * Sends 200 payments per second regardless of their duration, and a scrape per second while
   * {@code scraping}.
   */
  private void loadEvenly() {
    vertx.setPeriodic(5, due -> pay(() -> {}));
    vertx.setPeriodic(
        1000,
        due -> {
          if (scraping) {
            scrape();
          }
        });
  }

  private void pay(Runnable then) {
    if (closed) {
      return;
    }
    long n = completed.get() + 1;
    String order =
        "{\"order_id\":\"order_%d\",\"user_id\":\"user_%d\",\"amount\":\"%d.50\"}"
            .formatted(n, n % 1000, n % 2000 + 1);
    client
        .request(HttpMethod.POST, service.api(), "127.0.0.1", "/v1/payments")
        .compose(
            request ->
                request.putHeader("Content-Type", "application/json").send(Buffer.buffer(order)))
        .compose(response -> response.body().map(body -> response.statusCode() + " " + body))
        .onComplete(
            answer -> {
              if (answer.contains("\"transaction_id\"")) { // A declined payment counts, too.
                completed.incrementAndGet();
              } else {
                failures.add(answer);
              }
              then.run();
            },
            failure -> {
              if (!closed) {
                failures.add(failure.toString());
              }
            });
  }

  private void scrape() {
    client
        .request(
            new RequestOptions()
                .setHost("127.0.0.1")
                .setPort(service.management())
                .setURI("/metrics"))
        .compose(request -> request.send().compose(HttpClientResponse::body))
        .onSuccess(
            page -> {
              String text = page.toString();
              snapshotSeconds = value(text, "\npaymeter_snapshot_seconds_sum ");
              snapshots = value(text, "\npaymeter_snapshot_seconds_count ");
            });
  }

  private static double value(String text, String series) {
    int start = text.indexOf(series) + series.length();
    return Double.parseDouble(text.substring(start, text.indexOf('\n', start)));
  }

  @Override
  public void close() throws InterruptedException {
    closed = true;
    vertx.close();
    service.close();
  }
}
