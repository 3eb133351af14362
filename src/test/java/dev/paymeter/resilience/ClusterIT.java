package dev.paymeter.resilience;

import static dev.paymeter.support.Await.LONG_RUN;
import static dev.paymeter.support.Await.await;
import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.paymeter.http.management.ConsoleAgreement;
import dev.paymeter.support.Scrape;
import dev.paymeter.support.TestPrometheus;
import dev.paymeter.support.TestServer;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.load.BusPublisher;
import dev.paymeter.support.service.ClusterMembers;
import dev.paymeter.support.service.RestartableService;
import dev.paymeter.support.service.RunningService;
import dev.paymeter.support.service.ServiceJar;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** Cluster of three instances, as processes, of which one after the other ends; and a publisher. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ClusterIT {
  private static final String NAME = "cluster-it";
  private static final int SIGTERM_EXIT = 143;
  private static final String PAYMENTS_BY_INSTANCE =
      "select instance_id, count(*) from payments_ledger group by 1 order by 1";

  /** A report whose reply was late is repeated, and is then a duplicate. */
  private static final List<String> REPORTED = List.of("accepted", "duplicate");

  @TempDir static Path directory;
  private static final ClusterMembers members = new ClusterMembers(NAME, 3);
  private static ServiceJar first;
  private static ServiceJar second;
  private static ServiceJar third;

  @BeforeAll
  static void start() {
    first = start(0);
    eventually(() -> assertThat(first.log()).contains("Joined the cluster " + NAME));
    second = start(1);
    third = start(2);
    eventually(() -> assertThat(instances(first)).isEqualTo(3));
    second.api("");
    third.api("");
  }

  @AfterAll
  static void stop() {
    members.close();
  }

  @Test
  @Order(1)
  void threeMembers_shareReports() {
    try (BusPublisher publisher = members.publisher()) {
      eventually(
          () ->
              assertThat(members.started())
                  .allSatisfy(member -> assertThat(instances(member)).isEqualTo(3))
                  .allSatisfy(member -> assertThat(others(member)).isEqualTo(1)));

      assertThat(report(publisher, "before", 30)).isSubsetOf(REPORTED);
      assertThat(report(publisher, "before", 30)).containsOnly("duplicate");
    }
    assertThat(members.started()).allSatisfy(member -> assertThat(events(member)).isPositive());
    assertThat(members.started().stream().mapToInt(ClusterIT::events).sum()).isEqualTo(30);
  }

  /** Each console shows what Prometheus has: of its member, and of all of them together. */
  @Test
  @Order(2)
  void threeMembers_payments_stayAndAreOnTheConsolesAsInPrometheus() throws IOException {
    try (TestPrometheus prometheus = prometheus()) {
      members.started().forEach(ClusterIT::awaitRates);

      pay(first, 60);
      pay(second, 30);
      pay(third, 10);

      assertThat(TestPostgres.query(members.database(), PAYMENTS_BY_INSTANCE))
          .containsExactly(
              List.of("member-0", "60"), List.of("member-1", "30"), List.of("member-2", "10"));
      for (ServiceJar member : members.started()) {
        assertThat(states(member))
            .as("the console of any member shows all of them")
            .containsExactly("member-0: 60", "member-1: 30", "member-2: 10", "together: 100");
      }
      assertConsolesAgree(prometheus);
    }
  }

  @Test
  @Order(3)
  void member_killed_theOthersContinue() {
    try (BusPublisher publisher = members.publisher()) {
      third.kill();

      report(publisher, "after", 30);
      eventually(
          () ->
              assertThat(List.of(first, second))
                  .allSatisfy(member -> assertThat(instances(member)).isEqualTo(2))
                  .allSatisfy(member -> assertThat(lost(member)).isEqualTo(1)));
      eventually( // Replies are shared for a short time.
          () ->
              assertThat(states(first))
                  .containsExactly(
                      "member-0: 60",
                      "member-1: 30",
                      "member-2: [instance, left_at]",
                      "together: 90"));
      assertThat(report(publisher, "later", 30)).isSubsetOf(REPORTED);
    }
    assertThat(eventsInTheLedger()).isEqualTo(90);
    assertThat(first.log() + second.log())
        .contains("Lost instance member-2")
        .doesNotContain("Hazelcast is starting in a Java modular environment");
  }

  /**
   * The connections of a frozen member stay open: only missing heartbeats reveal it. It rejoins by
   * itself. The oldest member is the hardest case, because it manages the membership.
   */
  @Test
  @Order(4)
  void oldestMember_frozenThenThawed_isLostThenRejoins_andGetsReportsAgain() {
    int ofTheThird = eventsInTheLedger() - events(first) - events(second);
    int instances = instances(second);
    int lost = lost(second);
    try (BusPublisher publisher = members.publisher()) {
      first.suspend();
      report(publisher, "frozen", 10);
      eventually(
          LONG_RUN,
          () -> {
            assertThat(instances(second)).isEqualTo(instances - 1);
            assertThat(lost(second)).isEqualTo(lost + 1);
          });
      assertThat(report(publisher, "without", 10)).isSubsetOf(REPORTED);

      first.resume();

      eventually(
          LONG_RUN,
          () ->
              assertThat(List.of(first, second))
                  .allSatisfy(member -> assertThat(instances(member)).isEqualTo(instances))
                  .allSatisfy(member -> assertThat(others(member)).isEqualTo(1)));
      int before = events(first);
      eventually(
          LONG_RUN,
          () -> {
            report(publisher, "thawed-" + System.nanoTime(), 2);
            assertThat(events(first)).isGreaterThan(before);
          });
      eventually(
          LONG_RUN,
          () ->
              assertThat(eventsInTheLedger())
                  .isEqualTo(events(first) + events(second) + ofTheThird));
    }
  }

  /**
   * As in a rolling update: each report gets a reply, and the member is not counted as lost. It is
   * the one that manages the membership since the other was frozen.
   */
  @Test
  @Order(5)
  void member_terminated_announcesItsDeparture_andNoReportIsLost() {
    int instances = instances(first);
    int lost = lost(first);
    int reportedBefore = events(second);
    AtomicBoolean isRunning = new AtomicBoolean(true);
    try (BusPublisher publisher = members.publisher()) {
      publisher.reportWithRetry("warm-up");
      CompletableFuture<List<String>> outcomes =
          CompletableFuture.supplyAsync(
              () -> {
                List<String> all = new ArrayList<>();
                while (isRunning.get()) {
                  all.add(outcome(publisher, "rolling-" + all.size()));
                }
                return all;
              });
      eventually(() -> assertThat(events(second)).isGreaterThan(reportedBefore));

      second.terminate();

      assertThat(second.awaitExit()).isIn(0, SIGTERM_EXIT);
      eventually(() -> assertThat(instances(first)).isEqualTo(instances - 1));
      isRunning.set(false);
      assertThat(outcomes.join()).isNotEmpty().containsOnly("accepted");
      eventually(() -> assertThat(first.log()).contains("Member left: instance member-1"));
      assertThat(lost(first)).isEqualTo(lost);
    }
  }

  /**
   * A single name resolves to the addresses of all members, as with a headless Kubernetes service.
   */
  @Test
  @Order(6)
  void members_findEachOtherByDns() throws IOException {
    Path hosts =
        Files.writeString(
            directory.resolve("hosts"), "127.0.0.1 members.test\n127.0.0.2 members.test\n");
    int port = TestServer.freePort();
    int busPort = TestServer.freePort();
    String database = TestPostgres.newDatabase();
    try (RestartableService one = byDns("127.0.0.1", port, busPort, hosts, database);
        RestartableService other = byDns("127.0.0.2", port, busPort, hosts, database)) {
      eventually(
          () -> {
            for (RestartableService member : List.of(one, other)) {
              String scrape = RunningService.get(member.management("/metrics")).body();
              assertThat(new Scrape(scrape).sum("paymeter_cluster_members")).isEqualTo("2.0");
            }
          });
    }
  }

  private RestartableService byDns(String host, int port, int busPort, Path hosts, String database)
      throws IOException {
    return RestartableService.startFast(
        Files.createDirectory(directory.resolve(host)),
        Map.of(
            "simulator.directory",
            directory.resolve("journals").toString(),
            "cluster.enabled",
            "true",
            "cluster.host",
            host,
            "cluster.port",
            String.valueOf(port),
            "cluster.bus-port",
            String.valueOf(busPort),
            "cluster.dns",
            "members.test",
            "instance.id",
            host,
            "database.url",
            database),
        "-Djdk.net.hosts.file=" + hosts);
  }

  private static ServiceJar start(int number) {
    return members.start(
        number,
        directory,
        Map.of("shutdown.grace", "1s", "simulator.failure-rate", "0.2", "simulator.seed", "1"));
  }

  /** Starts a Prometheus that scrapes each member as a job of its own. */
  private static TestPrometheus prometheus() throws IOException {
    Map<String, String> targets = new HashMap<>();
    for (int i = 0; i < members.started().size(); i++) {
      targets.put(job(i), members.started().get(i).management("").getAuthority());
    }
    TestPrometheus prometheus =
        TestPrometheus.startWithRules(Files.createDirectory(directory.resolve("prom")), targets);
    eventually(() -> assertThat(prometheus.value("sum(up)")).isEqualByComparingTo("3"));
    return prometheus;
  }

  private static String job(int member) {
    return "member-" + member;
  }

  private static ConsoleAgreement console(ServiceJar member) {
    return new ConsoleAgreement(member.management("/console/samples"));
  }

  /** Waits for two samples: the later payments are an increase since the first one. */
  private static void awaitRates(ServiceJar member) {
    eventually(
        () -> {
          JsonArray points =
              new JsonObject(RunningService.get(member.management("/console/samples")).body())
                  .getJsonArray("points");
          assertThat(points.getJsonObject(points.size() - 1).getDouble("payments_per_second"))
              .isZero();
        });
  }

  /** Pays at both gateways, a quarter above 1000 US dollars. Some of the payments are declined. */
  private static void pay(ServiceJar member, int count) {
    CompletableFuture.allOf(
            IntStream.range(0, count)
                .mapToObj(
                    i ->
                        RunningService.order("order", i % 4 == 0 ? "1000.01" : "12.34")
                            .put("gateway", i % 2 == 0 ? "stripe" : "paypal"))
                .map(member::payLater)
                .toArray(CompletableFuture<?>[]::new))
        .join();
  }

  private static void assertConsolesAgree(TestPrometheus prometheus) {
    for (int i = 0; i < members.started().size(); i++) {
      ConsoleAgreement console = console(members.started().get(i));
      console.assertAgreesWith(prometheus, job(i));
      console.assertRateAgreesWith(prometheus, job(i));
    }
    for (ServiceJar member : members.started()) {
      eventually(() -> assertTableAgrees(allStates(member), prometheus));
    }
  }

  private static void assertTableAgrees(JsonObject table, TestPrometheus prometheus) {
    assertThat(prometheus.value("sum(payment_requests_total)"))
        .isEqualByComparingTo(table.getValue("payments").toString());
    assertThat(prometheus.value("round(sum(payment_amount_usd_sum), 0.01)"))
        .isEqualByComparingTo(table.getString("usd"));
    double rates = 0;
    for (int i = 0; i < members.started().size(); i++) {
      JsonObject point =
          table.getJsonArray("data").getJsonObject(i).getJsonObject("state").getJsonObject("point");
      rates += ConsoleAgreement.paymentRate(point);
    }
    double theirs = prometheus.value("sum(rate(payment_requests_total[5m]))").doubleValue();
    assertThat(rates).isCloseTo(theirs, withinPercentage(100 * ConsoleAgreement.TOLERANCE));
  }

  /** Sends reports, each until it gets a reply, and returns their outcomes. */
  private static List<String> report(BusPublisher publisher, String prefix, int count) {
    return IntStream.range(0, count)
        .mapToObj(number -> publisher.reportWithRetry(prefix + "-" + number))
        .toList();
  }

  /** Sends a report once. */
  private static String outcome(BusPublisher publisher, String id) {
    return await(publisher.report(id).otherwise(Throwable::toString));
  }

  private static Scrape scrape(ServiceJar member) {
    return new Scrape(RunningService.get(member.management("/metrics")).body());
  }

  /** Returns the payments that each instance has counted, or what is known of an absent one. */
  private static List<String> states(ServiceJar member) {
    JsonObject found = allStates(member);
    List<String> states = new ArrayList<>();
    for (Object each : found.getJsonArray("data")) {
      JsonObject instance = (JsonObject) each;
      JsonObject state = instance.getJsonObject("state");
      states.add(
          instance.getString("instance")
              + ": "
              + (state == null
                  ? new TreeSet<>(instance.fieldNames()).toString()
                  : state.getValue("payments")));
    }
    states.add("together: " + found.getValue("payments"));
    return states;
  }

  private static JsonObject allStates(ServiceJar member) {
    return new JsonObject(RunningService.get(member.management("/console/v1/instances")).body());
  }

  private static int instances(ServiceJar member) {
    return scrape(member).sum("paymeter_cluster_members", "kind=\"instance\"").intValueExact();
  }

  private static int others(ServiceJar member) {
    return scrape(member).sum("paymeter_cluster_members", "kind=\"other\"").intValueExact();
  }

  private static int lost(ServiceJar member) {
    return scrape(member).sum("paymeter_cluster_lost_members_total").intValueExact();
  }

  private static int events(ServiceJar member) {
    return scrape(member).sum("business_events_usd_count").intValueExact();
  }

  private static int eventsInTheLedger() {
    return Integer.parseInt(
        TestPostgres.query(members.database(), "select count(*) from business_events")
            .get(0)
            .get(0));
  }
}
