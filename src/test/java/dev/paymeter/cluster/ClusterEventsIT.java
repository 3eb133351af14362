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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Payments' changes as the cluster is told of them. */
class ClusterEventsIT {
  private static final String PLACES =
      "select xid || 'x' || number from payment_events order by xid, number";

  @TempDir Path directory;
  private final ClusterMembers members = new ClusterMembers("cluster-events-it", 2);

  @AfterEach
  void stop() {
    members.close();
  }

  /** Whoever it is that tells them: the other goes on where it was. */
  @Test
  void events_ofAllMembers_areToldInOrder_alsoAfterOneIsKilled() {
    ServiceJar first = start(0);
    ServiceJar second = start(1);
    first.api("");
    second.api("");
    List<JsonObject> told = new CopyOnWriteArrayList<>();
    try (BusPublisher listener = members.publisher()) {
      listener.listen(Addresses.EVENTS, event -> told.add((JsonObject) event));
      // Who has just come is not known to everybody at once.
      eventually(
          () -> {
            first.pay("to know that it gets through");
            assertThat(told).isNotEmpty();
          });
      List.of(first, second, first, second).forEach(member -> member.pay("order"));
      eventually(() -> assertThat(places(told)).endsWith(lastInTheLedger()));
      told.clear();
      List<String> before = inTheLedger();

      first.kill();
      List.of(second, second, second).forEach(member -> member.pay("order"));

      List<String> then = inTheLedger();
      List<String> since = then.subList(before.size(), then.size());
      assertThat(since).hasSize(6);
      eventually(() -> assertThat(places(told)).containsSubsequence(since));
    }
    assertThat(told)
        .allSatisfy(
            event ->
                assertThat(event.getString("type"))
                    .isEqualTo("payment." + event.getJsonObject("payment").getString("status")));
  }

  @Test
  void unpublished_whileATransactionStaysOpen_growsOnEachMember_andIsZeroAfterwards()
      throws SQLException {
    ServiceJar first = start(0);
    ServiceJar second = start(1);
    second.api("");
    first.pay("told");
    eventually(() -> assertThat(unpublished(first)).contains(BigDecimal.ZERO));
    try (Connection other = TestPostgres.connect(members.database())) {
      other.setAutoCommit(false);
      other.createStatement().execute("update payments set gateway = 'another'");
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

  /** Absent before it was read. */
  private static Optional<BigDecimal> unpublished(ServiceJar member) {
    return RunningService.get(member.management("/metrics"))
        .body()
        .lines()
        .filter(line -> line.startsWith("payment_events_unpublished_seconds "))
        .map(line -> new BigDecimal(line.split(" ", 2)[1]).stripTrailingZeros())
        .findFirst();
  }

  private ServiceJar start(int number) {
    return members.start(number, directory, Map.of("shutdown.grace", "0s"));
  }

  private List<String> inTheLedger() {
    return TestPostgres.query(members.database(), PLACES).stream().map(row -> row.get(0)).toList();
  }

  private String lastInTheLedger() {
    List<String> all = inTheLedger();
    return all.get(all.size() - 1);
  }

  /** Each once, where it was told first. */
  private static List<String> places(List<JsonObject> told) {
    Map<String, JsonObject> first = new LinkedHashMap<>();
    told.forEach(event -> first.putIfAbsent(event.getString("id"), event));
    return List.copyOf(first.keySet());
  }
}
