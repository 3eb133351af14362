package dev.paymeter.resilience;

import static dev.paymeter.support.Await.LONG_RUN;
import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.metrics.proof.InstanceProof;
import dev.paymeter.metrics.proof.Sample;
import dev.paymeter.metrics.proof.Scrape;
import dev.paymeter.support.RequiredPrograms;
import dev.paymeter.support.TestPrometheus;
import dev.paymeter.support.TestVictoriaMetrics;
import dev.paymeter.support.ledger.SampleProofs;
import dev.paymeter.support.ledger.SampleProofs.ScrapeTime;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.load.Load;
import dev.paymeter.support.service.RestartableService;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three instances on one ledger at about half of their highest rate, with ten {@code kill -9} and
 * two instances that are removed. For random scrapes in the storage of Prometheus, each sample
 * equals the rows up to its cut. VictoriaMetrics, which does not extrapolate, returns increases
 * that equal the rows between two cuts.
 *
 * <p>Not part of the build: {@code mvn -Pproofs verify}, or {@code mvn -Pproofs verify
 * -Dproofs.duration=PT10M} for another duration than an hour.
 */
class ProofRun {
  private static final int INSTANCES = 3;
  private static final int KILLS = 10;
  private static final int CLIENTS = 24;
  private static final int PUBLISHERS = 4;
  private static final int SCRAPES = 1000;
  private static final int WINDOWS = 100;
  private static final Duration WARM_UP = Duration.ofSeconds(30);
  private static final String JOB = "paymeter";

  /** Payments of all instances, also of those that were removed long ago. */
  private static final String COUNTED_EVER = "sum(last_over_time(payment_requests_total[6h]))";

  @TempDir Path directory;

  private final List<RestartableService> started = new ArrayList<>();

  /** Those that are not removed. */
  private final List<RestartableService> running = new CopyOnWriteArrayList<>();

  private final Random random = new Random(20261130);

  @Test
  void samples_duringKillsAndRemovals_equalTheirRows() throws Exception {
    RequiredPrograms.program("prometheus", "apt-get install prometheus");
    TestVictoriaMetrics.program();
    Duration duration = Duration.parse(System.getProperty("proofs.duration", "PT1H"));
    String database = TestPostgres.newEmptyDatabase();
    try {
      for (int i = 0; i < INSTANCES; i++) {
        running.add(start(i, database));
      }
      compare(duration, database);
    } finally {
      started.forEach(RestartableService::close);
    }
  }

  private void compare(Duration duration, String database) throws Exception {
    TreeMap<String, String> targets = new TreeMap<>();
    for (int i = 0; i < INSTANCES; i++) {
      targets.put("host-" + i, running.get(i).scrapeTarget());
    }
    try (TestPrometheus prometheus =
            TestPrometheus.startWithInstances(directoryOf("prometheus"), JOB, targets);
        TestVictoriaMetrics victoriaMetrics =
            TestVictoriaMetrics.start(directoryOf("victoria-metrics"), targets)) {
      eventually(LONG_RUN, () -> assertThat(prometheus.countedPayments()).isZero());
      Duration pause = pauseForHalfTheRate(database);
      pay(duration, pause);
      // Until the last inquiry has settled a payment, and the last instance was scraped.
      eventually(
          LONG_RUN,
          () ->
              assertThat(prometheus.value(COUNTED_EVER))
                  .isEqualByComparingTo("" + settled(database)));
      print("payments", settled(database));
      try (SampleProofs proofs = new SampleProofs(database)) {
        List<ScrapeTime> times = SampleProofs.times(prometheus);
        print("scrapes in Prometheus", times.size());
        print("scrapes by instance", counts(times));
        long samples = proofs.assertEqual(prometheus, SCRAPES, random);
        print("random scrapes, all equal to their rows", Math.min(SCRAPES, times.size()));
        print("samples in them", samples);
        print("increases in VictoriaMetrics, all equal", compareIncreases(victoriaMetrics, proofs));
      }
    }
  }

  /** Starts an instance; all have the same simulated accounts. */
  private RestartableService start(int number, String database) throws Exception {
    Path home = directoryOf("host-" + number);
    RestartableService service =
        RestartableService.start(
            home,
            Map.of(
                "database.url",
                database,
                "instance.id",
                "host-" + number,
                "simulator.directory",
                directory.resolve("simulator").toString(),
                "shutdown.last-scrape-timeout",
                "30s", // Otherwise, nothing scrapes the last payments of a removed instance.
                "simulator.time-scale",
                "0"),
            "-Xmx256m");
    started.add(service);
    return service;
  }

  private Path directoryOf(String name) throws Exception {
    return Files.createDirectory(directory.resolve(name));
  }

  private URI anyApi(String path) {
    return running.get(ThreadLocalRandom.current().nextInt(running.size())).api(path);
  }

  /** Returns the pause of each client with which about half of the highest rate is reached. */
  private Duration pauseForHalfTheRate(String database) {
    long before = settled(database);
    try (Load load = Load.startWithRetry(CLIENTS, () -> anyApi("/v1/payments"))) {
      LockSupport.parkNanos(WARM_UP.toNanos());
      load.stop();
    }
    double rate = (double) (settled(database) - before) / WARM_UP.toSeconds();
    print("highest rate in payments/s, while cold", Math.round(rate));
    return Duration.ofNanos((long) (1.5e9 * CLIENTS / rate));
  }

  private void pay(Duration duration, Duration pause) {
    Instant start = Instant.now();
    try (Load load = Load.startWithRetry(CLIENTS, () -> anyApi("/v1/payments")).pausing(pause);
        Load events =
            Load.startEvents(PUBLISHERS, () -> anyApi("/v1/observations")).pausing(pause)) {
      for (int step = 1; step <= KILLS; step++) {
        awaitUntil(start.plus(duration.multipliedBy(step).dividedBy(KILLS + 1)));
        RestartableService victim = running.get(random.nextInt(running.size()));
        victim.kill();
        victim.start();
        if (step == KILLS / 3 || step == 2 * KILLS / 3) {
          RestartableService removed = running.remove(running.size() - 1);
          removed.terminate();
          removed.awaitExit();
        }
      }
      awaitUntil(start.plus(duration));
      load.stop();
      events.stop();
      print("responses by status", load.responses());
      print(
          "payments/s",
          Math.round((double) load.settled() / Duration.between(start, Instant.now()).toSeconds()));
    }
    print("kills", KILLS);
    print("removed instances", INSTANCES - running.size());
  }

  private static void awaitUntil(Instant time) {
    Duration left = Duration.between(Instant.now(), time);
    if (left.compareTo(Duration.ZERO) > 0) {
      LockSupport.parkNanos(left.toNanos()); // The load continues for this time.
    }
  }

  private static long settled(String database) {
    return Long.parseLong(
        TestPostgres.query(
                database, "select count(*) from payments where status in ('success', 'failed')")
            .get(0)
            .get(0));
  }

  private static Map<String, Long> counts(List<ScrapeTime> times) {
    Map<String, Long> counts = new TreeMap<>();
    times.forEach(time -> counts.merge(time.instance(), 1L, Long::sum));
    return counts;
  }

  /** Compares increases between two scrapes of a target with the rows between their cuts. */
  private int compareIncreases(TestVictoriaMetrics victoriaMetrics, SampleProofs proofs) {
    Map<String, List<ScrapeTime>> byTarget = new HashMap<>();
    SampleProofs.times(victoriaMetrics)
        .forEach(
            time -> byTarget.computeIfAbsent(time.instance(), key -> new ArrayList<>()).add(time));
    List<List<ScrapeTime>> targets = List.copyOf(byTarget.values());
    for (int i = 0; i < WINDOWS; i++) {
      List<ScrapeTime> times = targets.get(random.nextInt(targets.size()));
      int first = random.nextInt(times.size() - 1);
      int last = first + 1 + random.nextInt(times.size() - first - 1);
      Scrape from = times.get(first).read(victoriaMetrics);
      Scrape to = times.get(last).read(victoriaMetrics);
      InstanceProof proof = proofs.prove(from, to);
      SampleProofs.assertEqual(proof);
      assertIncreases(victoriaMetrics, times.get(first), times.get(last), proof);
    }
    return WINDOWS;
  }

  private static void assertIncreases(
      TestVictoriaMetrics victoriaMetrics, ScrapeTime from, ScrapeTime to, InstanceProof proof) {
    String range = Duration.between(from.time(), to.time()).toMillis() + "ms";
    for (InstanceProof.SeriesProof series : proof.series()) {
      Sample sample = series.sample();
      if (sample.name().equals("payment_requests_total")
          || sample.name().equals("payment_amount_usd_sum")) {
        List<JsonObject> increase =
            victoriaMetrics.seriesAt(
                to.time(), "round(increase(%s[%s]) * 100) / 100".formatted(sample.series(), range));
        assertThat(increase).as(sample.series()).hasSize(1);
        assertThat(new BigDecimal(increase.get(0).getJsonArray("value").getString(1)))
            .as("increase of %s from %s to %s", sample.series(), from.time(), to.time())
            .isEqualByComparingTo(series.ledger());
      }
    }
  }

  private static void print(String name, Object value) {
    System.out.printf("%-45s %s%n", name, value);
  }
}
