package dev.paymeter.cluster;

import static dev.paymeter.support.Await.await;
import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.Scrape;
import dev.paymeter.support.TestServer;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.load.BusPublisher;
import dev.paymeter.support.service.ClusterMembers;
import dev.paymeter.support.service.RestartableService;
import dev.paymeter.support.service.RunningService;
import dev.paymeter.support.service.ServiceJar;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several instances as processes of one cluster, and a publisher beside them. */
class ClusterIT {
  private static final String NAME = "cluster-it";
  private static final int SIGTERM_EXIT = 143;
  private static final String PAYMENTS_BY_INSTANCE =
      "select instance_id, count(*) from payments_ledger group by 1 order by 1";

  /** What is answered too late is repeated, and found to be taken already. */
  private static final List<String> TAKEN = List.of("accepted", "duplicate");

  @TempDir Path directory;
  private final ClusterMembers members = new ClusterMembers(NAME, 3);

  @AfterEach
  void stop() {
    members.close();
  }

  /**
   * What is published reaches all of them, what is paid over HTTP stays where it came in, and one
   * that is killed is missed by nobody for long.
   */
  @Test
  void threeMembers_oneKilled_theOthersGoOn() {
    ServiceJar first = start(0);
    ServiceJar second = start(1);
    ServiceJar third = start(2);
    eventually(() -> assertThat(instances(first)).isEqualTo(3)); // A publisher keeps nothing alone.
    try (BusPublisher publisher = members.publisher()) {
      eventually(
          () ->
              assertThat(members.started())
                  .allSatisfy(member -> assertThat(instances(member)).isEqualTo(3))
                  .allSatisfy(member -> assertThat(others(member)).isEqualTo(1)));

      assertThat(report(publisher, "before", 30)).isSubsetOf(TAKEN);
      assertThat(report(publisher, "before", 30)).containsOnly("duplicate");
      assertThat(members.started()).allSatisfy(member -> assertThat(events(member)).isPositive());
      assertThat(members.started().stream().mapToInt(ClusterIT::events).sum()).isEqualTo(30);

      List.of(first, first, first, second, second, third).forEach(member -> member.pay("order"));
      assertThat(TestPostgres.query(members.database(), PAYMENTS_BY_INSTANCE))
          .containsExactly(
              List.of("member-0", "3"), List.of("member-1", "2"), List.of("member-2", "1"));

      third.kill();

      report(publisher, "after", 30);
      eventually(
          () ->
              assertThat(List.of(first, second))
                  .allSatisfy(member -> assertThat(instances(member)).isEqualTo(2))
                  .allSatisfy(member -> assertThat(lost(member)).isEqualTo(1)));
      assertThat(report(publisher, "later", 30)).isSubsetOf(TAKEN);
    }
    assertThat(eventsInTheLedger()).isEqualTo(90);
    assertThat(first.log() + second.log())
        .contains("Lost instance member-2")
        .doesNotContain("Hazelcast is starting in a Java modular environment");
  }

  /**
   * Its connections stay open: only silence tells. It finds back by itself. The oldest member is
   * the one that decides who belongs to the cluster, and so the hardest to lose.
   */
  @Test
  void oldestMember_frozenThenThawed_isLostThenBack_andGetsItsShareAgain() {
    ServiceJar second = start(1);
    eventually(() -> assertThat(second.log()).contains("Joined the cluster " + NAME));
    ServiceJar first = start(0);
    eventually(() -> assertThat(instances(first)).isEqualTo(2));
    second.api("");
    try (BusPublisher publisher = members.publisher()) {
      second.freeze();
      report(publisher, "frozen", 10);
      eventually(
          () -> {
            assertThat(instances(first)).isEqualTo(1);
            assertThat(lost(first)).isEqualTo(1);
          });
      assertThat(report(publisher, "without", 10)).isSubsetOf(TAKEN);

      second.thaw();

      eventually(
          () ->
              assertThat(members.started())
                  .allSatisfy(member -> assertThat(instances(member)).isEqualTo(2))
                  .allSatisfy(member -> assertThat(others(member)).isEqualTo(1)));
      int before = events(second);
      eventually(
          () -> {
            report(publisher, "thawed-" + System.nanoTime(), 2);
            assertThat(events(second)).isGreaterThan(before);
          });
      eventually(() -> assertThat(eventsInTheLedger()).isEqualTo(events(first) + events(second)));
    }
  }

  /** As in a rolling update: no report is without an answer, and nobody takes it for lost. */
  @Test
  void member_terminated_leavesInOrder_andNoReportIsLost() {
    ServiceJar first = start(0);
    ServiceJar second = start(1);
    eventually(() -> assertThat(instances(first)).isEqualTo(2));
    second.api("");
    AtomicBoolean going = new AtomicBoolean(true);
    try (BusPublisher publisher = members.publisher()) {
      publisher.reportUntilAnswered("to know that it gets through");
      CompletableFuture<List<String>> outcomes =
          CompletableFuture.supplyAsync(
              () -> {
                List<String> all = new ArrayList<>();
                while (going.get()) {
                  all.add(outcome(publisher, "rolling-" + all.size()));
                }
                return all;
              });
      eventually(() -> assertThat(events(second)).isPositive());

      second.terminate();

      assertThat(second.exitCode()).isIn(0, SIGTERM_EXIT);
      eventually(() -> assertThat(instances(first)).isEqualTo(1));
      going.set(false);
      assertThat(outcomes.join()).isNotEmpty().containsOnly("accepted");
      eventually(() -> assertThat(first.log()).contains("Member left: instance member-1"));
      assertThat(lost(first)).isZero();
    }
  }

  /** What a headless service of Kubernetes is: one name, all members' addresses. */
  @Test
  void members_findEachOtherByDns() throws IOException {
    Path hosts =
        Files.writeString(
            directory.resolve("hosts"), "127.0.0.1 members.test\n127.0.0.2 members.test\n");
    int port = TestServer.freePort();
    int busPort = TestServer.freePort();
    try (RestartableService first = byDns("127.0.0.1", port, busPort, hosts);
        RestartableService second = byDns("127.0.0.2", port, busPort, hosts)) {
      eventually(
          () -> {
            for (RestartableService member : List.of(first, second)) {
              String scrape = RunningService.get(member.management("/metrics")).body();
              assertThat(new Scrape(scrape).sum("paymeter_cluster_members")).isEqualTo("2.0");
            }
          });
    }
  }

  private RestartableService byDns(String host, int port, int busPort, Path hosts)
      throws IOException {
    return RestartableService.start(
        Files.createDirectory(directory.resolve(host)),
        Map.of(
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
            members.database()),
        "-Djdk.net.hosts.file=" + hosts);
  }

  private ServiceJar start(int number) {
    return members.start(number, directory, Map.of("shutdown.grace", "1s"));
  }

  /** What became of as many reports, each repeated until it was answered. */
  private static List<String> report(BusPublisher publisher, String prefix, int count) {
    return IntStream.range(0, count)
        .mapToObj(number -> publisher.reportUntilAnswered(prefix + "-" + number))
        .toList();
  }

  /** Sent once. */
  private static String outcome(BusPublisher publisher, String id) {
    return await(publisher.report(id).otherwise(Throwable::toString));
  }

  private static Scrape scrape(ServiceJar member) {
    return new Scrape(RunningService.get(member.management("/metrics")).body());
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

  private int eventsInTheLedger() {
    return Integer.parseInt(
        TestPostgres.query(members.database(), "select count(*) from business_events")
            .get(0)
            .get(0));
  }
}
