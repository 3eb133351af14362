package dev.paymeter.resilience;

import static dev.paymeter.support.Await.LONG_RUN;
import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.security.NewApiKey;
import dev.paymeter.support.RequiredPrograms;
import dev.paymeter.support.Scrape;
import dev.paymeter.support.TestNetwork;
import dev.paymeter.support.TestPrometheus;
import dev.paymeter.support.ledger.LedgerProxy;
import dev.paymeter.support.ledger.LedgerRows;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.ledger.ThreeWayAudit;
import dev.paymeter.support.load.BusLoad;
import dev.paymeter.support.load.BusPublisher;
import dev.paymeter.support.load.Load;
import dev.paymeter.support.service.ReadyLoadBalancer;
import dev.paymeter.support.service.RestartableService;
import dev.paymeter.support.service.RunningService;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three instances on simulated hosts with one remote ledger, under load over HTTP and over the bus,
 * while members are killed, suspended, disconnected, partitioned, and replaced one by one. After
 * each fault no instance reports drift; at the end the counter increases in a real Prometheus equal
 * the ledger.
 *
 * <p>Not part of the build: {@code mvn -Pfaults verify}, as root.
 */
class FaultsRun {
  private static final String CLUSTER = "faults";
  private static final String JOB = "paymeter";
  private static final int INSTANCES = 3;
  private static final int CLIENTS = 6;
  private static final int REPORTERS = 4;
  private static final NewApiKey KEY = NewApiKey.generate("load", "pay", "never");
  private static final String API_PORT = "8080";
  private static final String MANAGEMENT_PORT = "8000";

  /** The time within which the other members must detect a failure. */
  private static final Duration MAX_DETECTION_CLOSED = Duration.ofSeconds(2);

  private static final Duration MAX_DETECTION_SILENT = Duration.ofSeconds(10);

  /** Kept after a failure, with the logs. */
  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path directory;

  private TestNetwork network;
  private LedgerProxy ledger;
  private final List<RestartableService> instances = new ArrayList<>();
  private final ReadyLoadBalancer service = new ReadyLoadBalancer();

  @BeforeEach
  void build() throws IOException {
    RequiredPrograms.networkNamespaces();
    RequiredPrograms.program("prometheus", "apt-get install prometheus");
    Files.writeString(directory.resolve("keys"), KEY.line());
    network = new TestNetwork(INSTANCES + 1);
    ledger = LedgerProxy.to(TestPostgres.newDatabase(), TestNetwork.localAddress());
  }

  @AfterEach
  void tearDown() throws IOException {
    service.close();
    instances.forEach(RestartableService::close);
    if (ledger != null) {
      ledger.close();
    }
    if (network != null) {
      network.close();
    }
  }

  @Test
  void cluster_throughFaults_losesNothingAndCountsOnce() throws Exception {
    SortedMap<String, String> targets = new TreeMap<>();
    IntStream.rangeClosed(0, INSTANCES)
        .forEach(i -> targets.put(name(i), network.address(i) + ':' + MANAGEMENT_PORT));
    Path storage = Files.createDirectory(directory.resolve("prometheus"));
    try (TestPrometheus prometheus = TestPrometheus.startWithInstances(storage, JOB, targets)) {
      IntStream.range(0, INSTANCES).forEach(this::start);
      eventuallyAll(instance -> assertThat(members(instance)).isEqualTo(INSTANCES));
      injectFaults();
      assertEqualToTheLedger(prometheus);
    }
  }

  private void injectFaults() throws Exception {
    try (BusPublisher publisher =
        BusPublisher.join(CLUSTER, TestNetwork.localAddress().getHostAddress(), members())) {
      publisher.reportWithRetry("connection-check");
      IntStream.range(0, INSTANCES).forEach(i -> service.add(name(i), instances.get(i)));
      eventually(LONG_RUN, () -> assertThat(service.readyNames()).hasSize(INSTANCES));
      try (Load payments =
              Load.startWithRetry(CLIENTS, () -> service.api("/v1/payments"), KEY.key());
          Load events = Load.startEvents(2, () -> service.api("/v1/observations"), KEY.key());
          BusLoad reports = BusLoad.start(publisher, REPORTERS)) {
        Traffic traffic = new Traffic(payments, events, reports);
        kill(traffic);
        suspend(traffic);
        cut(traffic);
        partition(traffic);
        rollingUpdate(traffic);
        addAndRemove(traffic);
        traffic.stop();
        print("responses to payments", payments.responses());
        print("responses to events over HTTP", events.responses());
        print("events acknowledged over the bus", reports.acknowledged());
        print("messages sent again", reports.repeated());
        assertAllInLedger(payments, events, reports);
      }
    }
  }

  private record Traffic(Load payments, Load events, BusLoad reports) {
    long failedRequests() {
      return Map.of(payments, payments.responses(), events, events.responses()).values().stream()
          .flatMap(answers -> answers.entrySet().stream())
          .filter(answer -> answer.getKey() == Load.NO_RESPONSE || answer.getKey() >= 503)
          .mapToLong(Map.Entry::getValue)
          .sum();
    }

    /** Waits until a number of requests of each kind have completed. */
    void awaitProgress() {
      long paid = payments.settled();
      long acknowledged = reports.acknowledged();
      eventually(
          LONG_RUN,
          () -> {
            assertThat(payments.settled()).isGreaterThan(paid + 100);
            assertThat(reports.acknowledged()).isGreaterThan(acknowledged + 100);
          });
    }

    void stop() {
      payments.stop();
      events.stop();
      reports.stop();
    }
  }

  private void kill(Traffic traffic) {
    traffic.awaitProgress();
    instances.get(1).kill();
    awaitDetection("killed", MAX_DETECTION_CLOSED, 1);
    traffic.awaitProgress();
    instances.get(1).start();
    awaitRecovery(traffic);
  }

  private void suspend(Traffic traffic) {
    instances.get(0).suspend(); // The oldest member, which is the master.
    awaitDetection("suspended", MAX_DETECTION_SILENT, 0);
    traffic.awaitProgress();
    instances.get(0).resume();
    awaitRecovery(traffic);
  }

  private void cut(Traffic traffic) {
    network.cut(2);
    awaitDetection("disconnected", MAX_DETECTION_SILENT, 2);
    traffic.awaitProgress();
    network.heal(2);
    awaitRecovery(traffic);
  }

  /**
   * All instances can write to the ledger and are reachable by clients, but two of them cannot
   * reach the third.
   */
  private void partition(Traffic traffic) {
    network.partition(0, 1);
    network.partition(0, 2);
    eventually(LONG_RUN, () -> assertThat(members(instances.get(0))).isEqualTo(1));
    eventually(LONG_RUN, () -> assertThat(members(instances.get(1))).isEqualTo(2));
    traffic.awaitProgress();
    network.reconnect(0, 1);
    network.reconnect(0, 2);
    awaitRecovery(traffic);
  }

  private void rollingUpdate(Traffic traffic) {
    long before = traffic.failedRequests();
    for (int i = INSTANCES - 1; i >= 0; i--) {
      instances.get(i).terminate();
      instances.get(i).awaitExit();
      instances.get(i).start();
      awaitRecovery(traffic);
    }
    print("requests without a response in the rolling update", traffic.failedRequests() - before);
    assertThat(traffic.failedRequests()).as("requests without a response").isEqualTo(before);
  }

  private void addAndRemove(Traffic traffic) {
    long before = traffic.failedRequests();
    start(INSTANCES);
    service.add(name(INSTANCES), instances.get(INSTANCES));
    eventuallyAll(instance -> assertThat(members(instance)).isEqualTo(INSTANCES + 1));
    eventually(LONG_RUN, () -> assertThat(service.readyNames()).hasSize(INSTANCES + 1));
    traffic.awaitProgress();
    instances.get(INSTANCES).terminate();
    instances.get(INSTANCES).awaitExit();
    service.remove(name(INSTANCES));
    instances.remove(INSTANCES);
    awaitRecovery(traffic);
    print(
        "requests without a response while a member joined and left",
        traffic.failedRequests() - before);
    assertThat(traffic.failedRequests()).as("requests without a response").isEqualTo(before);
  }

  private void start(int number) {
    Map<String, String> settings = new HashMap<>();
    settings.put("instance.id", name(number));
    settings.put("security.keys", directory.resolve("keys").toString());
    settings.put("http.host", network.address(number));
    settings.put("http.port", API_PORT);
    settings.put("management.host", network.address(number));
    settings.put("management.port", MANAGEMENT_PORT);
    settings.put("database.url", ledger.url());
    settings.put("cluster.enabled", "true");
    settings.put("cluster.name", CLUSTER);
    settings.put("cluster.host", network.address(number));
    settings.put("cluster.networks", TestNetwork.network());
    settings.put("cluster.members", String.join(",", members()));
    settings.put("simulator.seed", String.valueOf(number));
    settings.put("simulator.time-scale", "0.1");
    settings.put("simulator.directory", directory.resolve("simulator").toString());
    settings.put("startup.first-scrape-timeout", "30s");
    settings.put("shutdown.grace", "2s");
    settings.put("shutdown.last-scrape-timeout", "10s");
    try {
      instances.add(
          RestartableService.startFast(
              Files.createDirectory(directory.resolve(name(number))),
              settings,
              network.launcher(number),
              "-Xmx256m"));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String name(int number) {
    return "paymeter-" + number;
  }

  private List<String> members() {
    return IntStream.rangeClosed(0, INSTANCES).mapToObj(i -> network.address(i) + ":5701").toList();
  }

  /**
   * Asserts the time until all other members have detected a failure. If the failed member was the
   * master, the others may form two clusters for some seconds: each may have detected it a moment
   * before the other.
   */
  private void awaitDetection(String what, Duration bar, int missing) {
    long start = System.nanoTime();
    List<RestartableService> others = new ArrayList<>(instances);
    others.remove(missing);
    eventually(
        LONG_RUN,
        () ->
            assertThat(others)
                .allSatisfy(other -> assertThat(members(other)).isLessThan(INSTANCES)));
    Duration took = since(start);
    print("seconds until a member that was " + what + " was detected", took.toMillis() / 1e3);
    eventually(
        LONG_RUN,
        () ->
            assertThat(others)
                .allSatisfy(other -> assertThat(members(other)).isEqualTo(INSTANCES - 1)));
    print("seconds until the others formed one cluster", since(start).toMillis() / 1e3);
    assertThat(took).as(what).isLessThan(bar);
  }

  private static Duration since(long start) {
    return Duration.ofNanos(System.nanoTime() - start);
  }

  /** Waits until all instances are members again, are ready, and have audited the ledger. */
  private void awaitRecovery(Traffic traffic) {
    eventuallyAll(instance -> assertThat(members(instance)).isEqualTo(instances.size()));
    eventually(LONG_RUN, () -> assertThat(service.readyNames()).hasSize(instances.size()));
    traffic.awaitProgress();
    eventuallyAll(
        instance -> {
          Scrape scrape = scrape(instance);
          assertThat(scrape.sum("metrics_ledger_drift")).isZero();
          assertThat(scrape.sum("paymeter_audit_lag_seconds")).isLessThan(BigDecimal.TEN);
        });
  }

  private void eventuallyAll(Check check) {
    eventually(
        LONG_RUN,
        () -> {
          for (RestartableService instance : instances) {
            check.check(instance);
          }
        });
  }

  /** An assertion about an instance. */
  @FunctionalInterface
  private interface Check {
    void check(RestartableService instance);
  }

  private static int members(RestartableService instance) {
    return scrape(instance).sum("paymeter_cluster_members", "kind=\"instance\"").intValueExact();
  }

  private static Scrape scrape(RestartableService instance) {
    return new Scrape(RunningService.get(instance.management("/metrics")).body());
  }

  /** Asserts that everything acknowledged is stored once. */
  private void assertAllInLedger(Load payments, Load events, BusLoad reports) {
    assertThat(new LedgerRows(ledger.url()).settled()).isGreaterThanOrEqualTo(payments.settled());
    Map<Integer, Long> overHttp = events.responses();
    long acknowledged =
        1 // The first report, which showed that the bus works.
            + reports.acknowledged()
            + overHttp.getOrDefault(201, 0L)
            + overHttp.getOrDefault(200, 0L);
    assertThat(TestPostgres.query(ledger.url(), "select count(*) from business_events"))
        .containsExactly(List.of(String.valueOf(acknowledged)));
  }

  private void assertEqualToTheLedger(TestPrometheus prometheus) throws IOException {
    LedgerRows rows = new LedgerRows(ledger.url());
    rows.awaitAllSettled();
    new ThreeWayAudit(ledger.url(), directory.resolve("simulator")).assertConsistent();
    eventually(
        LONG_RUN,
        () ->
            assertThat(prometheus.value("sum(last_over_time(payment_requests_total[1h]))"))
                .isEqualByComparingTo(String.valueOf(rows.settled())));
    prometheus.assertIncreases(rows.expected());
    assertThat(prometheus.sums("metrics_ledger_drift").values()).containsOnly(BigDecimal.ZERO);
    print("payments settled", rows.settled());
  }

  private static void print(String what, Object figure) {
    System.out.println("faults: " + what + ": " + figure);
  }
}
