package dev.paymeter.resilience;

import static dev.paymeter.support.Await.LONG_RUN;
import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.http.management.ConsoleAgreement;
import dev.paymeter.metrics.Conservation;
import dev.paymeter.support.RequiredPrograms;
import dev.paymeter.support.Scrape;
import dev.paymeter.support.TestPrometheus;
import dev.paymeter.support.ledger.LedgerRows;
import dev.paymeter.support.load.Load;
import dev.paymeter.support.service.ResourceUsage;
import dev.paymeter.support.service.RestartableService;
import dev.paymeter.support.service.RunningService;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The service at the highest rate that the machine sustains, with two Prometheus servers that
 * scrape it every second. In every raw sample, conservation and atomicity hold and drift is 0; at
 * the end the counters equal the ledger. Memory must be flat: after a warm-up of a fifth of the
 * time, the average heap after a full collection may be, in the last third, at most a tenth and 4
 * MiB above the first third, and the resident set at most a tenth and 16 MiB. If the run is longer
 * than the windows of the questions, the console must agree with the recording rules.
 *
 * <p>Not part of the build: {@code mvn -Psoak verify}, or {@code mvn -Psoak verify
 * -Dsoak.duration=PT1M} for another duration than ten minutes.
 */
class SoakRun {
  private static final int CLIENTS = 32;
  private static final int PUBLISHERS = 4;
  private static final Duration READING_INTERVAL = Duration.ofSeconds(10);

  /** The longest window of the questions, with an allowance for the start. */
  private static final Duration MAX_WINDOW = Duration.ofSeconds(330);

  private static final String JOB = "paymeter";
  private static final Pattern RESIDENT = Pattern.compile("VmRSS:\\s+(\\d+) kB");
  private static final double MIB = 1 << 20;

  @TempDir Path directory;

  private final List<Reading> readings = new ArrayList<>();

  private record Reading(double heapMib, double residentMib) {}

  @Test
  void soak_highestRate_isExactThroughoutAndFlat() throws Exception {
    RequiredPrograms.program("prometheus", "apt-get install prometheus");
    Duration duration = Duration.parse(System.getProperty("soak.duration", "PT10M"));
    Map<String, String> settings = Map.of("simulator.time-scale", "0", "log.level", "info");
    try (RestartableService paymeter =
            RestartableService.start(
                Files.createDirectory(directory.resolve("service")), settings, "-Xmx256m");
        TestPrometheus one = prometheus("one", paymeter);
        TestPrometheus other = prometheus("other", paymeter)) {
      List<TestPrometheus> both = List.of(one, other);
      for (TestPrometheus prometheus : both) {
        eventually(LONG_RUN, () -> assertThat(scraped(prometheus)).isZero());
      }
      Instant start = Instant.now();
      ResourceUsage before = ResourceUsage.of(paymeter);
      long settled;
      Map<Integer, Long> answers;
      try (Load load = Load.start(CLIENTS, () -> paymeter.api("/v1/payments"));
          Load events = Load.startEvents(PUBLISHERS, () -> paymeter.api("/v1/observations"))) {
        while (Instant.now().isBefore(start.plus(duration))) {
          LockSupport.parkNanos(READING_INTERVAL.toNanos());
          readings.add(read(paymeter));
        }
        if (duration.compareTo(MAX_WINDOW) > 0) {
          assertConsoleAgrees(paymeter, one);
        }
        load.stop();
        events.stop();
        answers = load.responses();
      }
      ResourceUsage after = ResourceUsage.of(paymeter);
      double seconds = Duration.between(start, Instant.now()).toMillis() / 1e3;
      LedgerRows ledger = new LedgerRows(paymeter.databaseUrl());
      settled = ledger.settled();
      for (TestPrometheus prometheus : both) {
        eventually(
            LONG_RUN, () -> assertThat(scraped(prometheus)).isEqualByComparingTo("" + settled));
      }

      print("clients", CLIENTS);
      print("seconds", Math.round(seconds));
      print("payments settled", settled);
      print("payments per second", Math.round(settled / seconds));
      print("responses by status", answers);
      Map<String, Map<Map<String, String>, BigDecimal>> expected = ledger.expected();
      for (TestPrometheus prometheus : both) {
        prometheus.pinTime();
        prometheus.assertIncreases(expected);
        assertExactThroughout(prometheus);
      }
      assertFlat();
      after.minus(before).perPayment(settled).forEach(SoakRun::print);
      String scrape = RunningService.get(paymeter.management("/metrics")).body();
      print("series of a scrape", scrape.lines().filter(line -> !line.startsWith("#")).count());
      print("bytes of a scrape", scrape.length());
    }
  }

  private TestPrometheus prometheus(String name, RestartableService paymeter) throws IOException {
    return TestPrometheus.startWithRules(
        Files.createDirectory(directory.resolve(name)), Map.of(JOB, paymeter.scrapeTarget()));
  }

  private static void assertConsoleAgrees(RestartableService paymeter, TestPrometheus prometheus) {
    ConsoleAgreement console = new ConsoleAgreement(paymeter.management("/console/samples"));
    console.assertAgreesWith(prometheus, JOB);
    console.assertRateAgreesWith(prometheus, JOB);
    print("the console and the rules", "agree");
  }

  private static BigDecimal scraped(TestPrometheus prometheus) {
    return prometheus.value("sum(payment_requests_total)");
  }

  private static void assertExactThroughout(TestPrometheus prometheus) {
    Map<BigDecimal, BigDecimal> payments = prometheus.sums("payment_requests_total");
    assertThat(prometheus.sums("payment_duration_seconds_count")).isEqualTo(payments);
    assertThat(prometheus.sums("payment_amount_usd_count")).isEqualTo(payments);
    for (String kind : Conservation.KINDS) {
      String ofKind = "{kind=\"" + kind + "\"}";
      Map<BigDecimal, BigDecimal> sums =
          prometheus.sums(
              "{__name__=~\"" + String.join("|", Conservation.FATES) + "\",kind=\"" + kind + "\"}");
      assertThat(sums)
          .as("conservation of %s", kind)
          .isEqualTo(prometheus.sums("paymeter_observations_offered_total" + ofKind));
      print("  " + kind + " offered", last(prometheus, "offered_total" + ofKind));
      print("  " + kind + " sampled out", last(prometheus, "sampled_out_total" + ofKind));
      print("  " + kind + " dropped", last(prometheus, "dropped_total" + ofKind));
    }
    assertThat(prometheus.sums("metrics_ledger_drift").values()).containsOnly(BigDecimal.ZERO);
    print("scrapes, all exact", payments.size());
    print(
        "scrapes that failed",
        prometheus.samples("up").values().stream()
            .flatMap(List::stream)
            .filter(up -> up.signum() == 0)
            .count());
    print("longest scrape in s", prometheus.value("max_over_time(scrape_duration_seconds[6h])"));
  }

  private static BigDecimal last(TestPrometheus prometheus, String counter) {
    return prometheus.value("sum(last_over_time(paymeter_observations_" + counter + "[1h]))");
  }

  /** Reads the memory usage after a full collection, which excludes garbage. */
  private static Reading read(RestartableService paymeter) throws Exception {
    Process collection =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                String.valueOf(paymeter.pid()),
                "GC.run")
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(collection.waitFor(2, TimeUnit.MINUTES)).isTrue();
    Scrape scrape = new Scrape(RunningService.get(paymeter.management("/metrics")).body());
    double heap = scrape.sum("jvm_memory_used_bytes", "area=\"heap\"").doubleValue();
    Matcher resident =
        RESIDENT.matcher(Files.readString(Path.of("/proc/" + paymeter.pid() + "/status")));
    assertThat(resident.find()).isTrue();
    return new Reading(heap / MIB, Double.parseDouble(resident.group(1)) / 1024);
  }

  private void assertFlat() {
    List<Reading> warm = readings.subList(readings.size() / 5, readings.size());
    int third = warm.size() / 3;
    assertThat(third).as("a third of the readings").isPositive();
    List<Reading> first = warm.subList(0, third);
    List<Reading> last = warm.subList(warm.size() - third, warm.size());
    double heapBefore = first.stream().mapToDouble(Reading::heapMib).average().orElseThrow();
    double heapAfter = last.stream().mapToDouble(Reading::heapMib).average().orElseThrow();
    double before = first.stream().mapToDouble(Reading::residentMib).average().orElseThrow();
    double after = last.stream().mapToDouble(Reading::residentMib).average().orElseThrow();
    print(
        "MiB of heap after a full collection", "%.1f, then %.1f".formatted(heapBefore, heapAfter));
    print("MiB resident", "%.0f, then %.0f".formatted(before, after));
    assertThat(heapAfter).as("heap").isLessThan(heapBefore * 1.1 + 4);
    assertThat(after).as("resident set").isLessThan(before * 1.1 + 16);
  }

  private static void print(String what, Object figure) {
    System.out.println("soak: " + what + ": " + figure);
  }
}
