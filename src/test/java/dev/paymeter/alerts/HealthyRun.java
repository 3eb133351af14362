package dev.paymeter.alerts;

import static dev.paymeter.support.Await.LONG_RUN;
import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.monitoring.RuleFiles;
import dev.paymeter.monitoring.RuleFiles.Rule;
import dev.paymeter.support.TestPrometheus;
import dev.paymeter.support.load.Load;
import dev.paymeter.support.service.RestartableService;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/**
 * Two services with a failure rate of 1 % and without any notification. One is monitored with
 * accelerated rules; its payments are of up to 1000 USD, because in such short windows a single
 * high-severity error exceeds 0.1 per second. The other, with payments of all amounts, is monitored
 * with the shipped rules.
 */
record HealthyRun(Path directory, int factor, Duration scrapes) {
  private static final String NAMESPACE = "healthy";
  private static final int CLIENTS = 24;
  private static final int FEW_CLIENTS = 2;

  /** Payments after which the JVM is warmed up: a delay of one second is two minutes here. */
  private static final int WARM_UP_PAYMENTS = 3000;

  void run(Duration duration) throws IOException {
    try (RestartableService busy = start("busy");
        RestartableService quiet = start("quiet");
        AlertStack accelerated =
            AlertStack.start(directory.resolve("accelerated"), factor, scrapes);
        AlertStack shipped =
            AlertStack.start(directory.resolve("shipped"), 1, Duration.ofSeconds(5))) {
      try (Load ordinary = Load.startOrdinary(CLIENTS, () -> busy.api("/v1/payments"));
          Load all = Load.start(FEW_CLIENTS, () -> quiet.api("/v1/payments"));
          Load events = Load.startEvents(1, () -> quiet.api("/v1/observations"))) {
        eventually(LONG_RUN, () -> assertThat(ordinary.settled()).isGreaterThan(WARM_UP_PAYMENTS));
        accelerated.scrape(NAMESPACE, busy.scrapeTarget());
        shipped.scrape(NAMESPACE, quiet.scrapeTarget());
        for (AlertStack watch : List.of(accelerated, shipped)) { // There was no target until now.
          eventually(
              LONG_RUN, () -> assertThat(watch.prometheus().querySeries("ALERTS")).isEmpty());
        }
        Instant start = Instant.now();
        Instant end = start.plus(duration);
        while (Instant.now().isBefore(end)) {
          LockSupport.parkNanos(Duration.between(Instant.now(), end).toNanos());
        }
        assertSilent(accelerated, start);
        assertSilent(shipped, start);
        print("payments with accelerated rules", ordinary.responses());
        print("payments with shipped rules", all.responses());
        ordinary.stop();
        all.stop();
        events.stop();
      }
    }
  }

  private RestartableService start(String name) throws IOException {
    return RestartableService.start(
        Files.createDirectories(directory.resolve(NAMESPACE).resolve(name)),
        Map.of(
            "instance.id", name,
            "simulator.failure-rate", "0.01",
            "simulator.premium-failure-rate", "0.01",
            "log.level", "info"),
        "-Xmx256m");
  }

  /** Asserts that no alert has fired although all rules had data. */
  private static void assertSilent(AlertStack watch, Instant start) {
    String since = "[" + Duration.between(start, Instant.now()).toSeconds() + "s]";
    assertThat(watch.notifications().since(start)).isEmpty();
    TestPrometheus prometheus = watch.prometheus();
    assertThat(
            prometheus.querySeries("count_over_time(ALERTS{alertstate=\"firing\"}" + since + ")"))
        .isEmpty();
    List<Rule> recordings = RuleFiles.rules().stream().filter(rule -> !rule.isAlert()).toList();
    assertThat(recordings)
        .allSatisfy(
            rule -> assertThat(prometheus.querySeries(rule.name())).as(rule.name()).isNotEmpty());
    assertThat(prometheus.rules())
        .allSatisfy(rule -> assertThat(rule.getString("health")).as(rule.encode()).isEqualTo("ok"));
    print(
        "pending samples by alert, durations divided by " + watch.factor(),
        prometheus.query(
            "sum by (alertname) (count_over_time(ALERTS{alertstate=\"pending\"}" + since + "))"));
    print("success rate now", prometheus.query("payment_success_rate"));
  }

  private static void print(String what, Object figure) {
    System.out.println("alerts: healthy: " + what + ": " + figure);
  }
}
