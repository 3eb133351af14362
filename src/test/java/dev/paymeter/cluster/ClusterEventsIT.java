package dev.paymeter.cluster;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.bus.Addresses;
import dev.paymeter.support.Await;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.load.BusPublisher;
import dev.paymeter.support.service.ClusterMembers;
import dev.paymeter.support.service.RunningService;
import dev.paymeter.support.service.ServiceJar;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** Payment events published to a cluster of two instances, of which the last test kills one. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ClusterEventsIT {
  private static final String POSITIONS =
      "select g.generation || 'x' || e.xid || 'x' || e.number from payment_events e"
          + " join generations g on g.number = e.generation order by g.number, e.xid, e.number";

  @TempDir static Path directory;
  private static final ClusterMembers members = new ClusterMembers("cluster-events-it", 2);
  private static ServiceJar first;
  private static ServiceJar second;

  @BeforeAll
  static void start() {
    first = start(0);
    second = start(1);
    first.api("");
    second.api("");
  }

  @AfterAll
  static void stop() {
    members.close();
  }

  /** After the publishing member is killed, another one continues at the same position. */
  @Test
  @Order(Integer.MAX_VALUE)
  void events_ofAllMembers_arePublishedInOrder_alsoAfterOneIsKilled() {
    List<JsonObject> published = new CopyOnWriteArrayList<>();
    try (BusPublisher listener = members.publisher()) {
      listener.listen(Addresses.EVENTS, event -> published.add((JsonObject) event));
      // A new consumer is not known to all members at once.
      eventually(
          () -> {
            first.pay("warm-up");
            assertThat(published).isNotEmpty();
          });
      List.of(first, second, first, second).forEach(member -> member.pay("order"));
      eventually(() -> assertThat(positions(published)).endsWith(lastInTheLedger()));
      published.clear();
      List<String> before = inTheLedger();

      first.kill();
      List.of(second, second, second).forEach(member -> member.pay("order"));

      List<String> then = inTheLedger();
      List<String> since = then.subList(before.size(), then.size());
      assertThat(since).hasSize(6);
      eventually(() -> assertThat(positions(published)).containsSubsequence(since));
    }
    assertThat(published)
        .allSatisfy(
            event ->
                assertThat(event.getString("type"))
                    .isEqualTo("payment." + event.getJsonObject("payment").getString("status")));
  }

  @Test
  void events_newGeneration_areResetThenPublished() {
    List<JsonObject> published = new CopyOnWriteArrayList<>();
    try (BusPublisher listener = members.publisher()) {
      listener.listen(Addresses.EVENTS, event -> published.add((JsonObject) event));
      eventually(
          () -> {
            first.pay("warm-up");
            assertThat(published).isNotEmpty();
          });
      eventually(() -> assertThat(positions(published)).endsWith(lastInTheLedger()));
      published.clear();
      TestPostgres.execute(
          members.database(), "update payment_events set at = at - interval '3 minutes'");

      String generation =
          TestPostgres.query(
                  members.database(),
                  "insert into generations (reason) values ('test') returning generation")
              .get(0)
              .get(0);
      eventually(() -> assertThat(published).hasSize(1));
      first.pay("after");

      eventually(() -> assertThat(published).hasSize(3));
      assertThat(published)
          .extracting(event -> event.getString("type"))
          .containsExactly("reset", "payment.pending", "payment.success");
      assertThat(published.get(0).getString("generation")).isEqualTo(generation);
    }
  }

  @Test
  void unpublished_whileATransactionStaysOpen_growsOnEachMember_andIsZeroAfterwards()
      throws SQLException {
    first.pay("published");
    eventually(() -> assertThat(unpublished(first)).contains(BigDecimal.ZERO));
    try (Connection other = TestPostgres.connect(members.database())) {
      other.setAutoCommit(false);
      other.createStatement().execute("update payments set gateway = gateway");
      first.pay("held back");

      for (ServiceJar member : List.of(first, second)) {
        BigDecimal before = Await.first(() -> unpublished(member).filter(age -> age.signum() > 0));
        eventually(() -> assertThat(unpublished(member).orElseThrow()).isGreaterThan(before));
      }
      other.commit();
    }

    for (ServiceJar member : List.of(first, second)) {
      eventually(() -> assertThat(unpublished(member)).contains(BigDecimal.ZERO));
    }
  }

  /** Returns the metric; empty before its first update. */
  private static Optional<BigDecimal> unpublished(ServiceJar member) {
    return RunningService.get(member.management("/metrics"))
        .body()
        .lines()
        .filter(line -> line.startsWith("payment_events_unpublished_seconds "))
        .map(line -> new BigDecimal(line.split(" ", 2)[1]).stripTrailingZeros())
        .findFirst();
  }

  private static ServiceJar start(int number) {
    return members.start(number, directory, Map.of("shutdown.grace", "0s"));
  }

  private List<String> inTheLedger() {
    return TestPostgres.query(members.database(), POSITIONS).stream()
        .map(row -> row.get(0))
        .toList();
  }

  private String lastInTheLedger() {
    List<String> all = inTheLedger();
    return all.get(all.size() - 1);
  }

  /** Returns the positions of the events, without duplicates, in order of their first delivery. */
  private static List<String> positions(List<JsonObject> published) {
    Map<String, JsonObject> first = new LinkedHashMap<>();
    published.forEach(event -> first.putIfAbsent(event.getString("id"), event));
    return List.copyOf(first.keySet());
  }
}
