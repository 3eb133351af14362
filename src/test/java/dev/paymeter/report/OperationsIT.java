package dev.paymeter.report;

import static dev.paymeter.support.Await.await;
import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.bus.Addresses;
import dev.paymeter.metrics.Conservation;
import dev.paymeter.metrics.registry.ExpositionFormat;
import dev.paymeter.support.Scrape;
import dev.paymeter.support.load.BusPublisher;
import dev.paymeter.support.service.ClusterMembers;
import dev.paymeter.support.service.RunningService;
import dev.paymeter.support.service.ServiceJar;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Operations of a publisher that two instances receive. */
class OperationsIT {
  private static final String NAME = "operations-it";
  private static final int ROWS = 500;
  private static final int BATCHES = 40;
  private static final int LOST = 7;

  @TempDir Path directory;
  private final ClusterMembers members = new ClusterMembers(NAME, 2);

  @AfterEach
  void stop() {
    members.close();
  }

  /**
   * Every batch but one is sent twice, in any order and several at a time, as objects or as bytes,
   * to either instance; the last batch is sent at the end. The counters account for each row.
   */
  @Test
  void batches_repeatedToTwoInstances_countOnce_andGapsShow() {
    start(0);
    eventually(() -> assertThat(sum("paymeter_cluster_members")).isEqualTo(1));
    assertThat(sum("low_level_operations_seconds_count", "operation=\"db_query\""))
        .as("the first increment is seen")
        .isZero();
    start(1);
    eventually(() -> assertThat(sum("paymeter_cluster_members")).isEqualTo(4));
    try (BusPublisher publisher = members.publisher()) {
      report(publisher, 0); // Waits until reports are accepted.
      List<Integer> order = new ArrayList<>();
      for (int batch = 1; batch < BATCHES; batch++) {
        if (batch != LOST) {
          order.addAll(List.of(batch, batch));
        }
      }
      Collections.shuffle(order, new Random(1));

      List<JsonObject> replies =
          await(Future.join(order.stream().map(b -> send(publisher, b)).toList())).list();

      assertThat(replies).allMatch(reply -> reply.getString("outcome").equals("taken"));
      assertThat(replies.stream().mapToInt(reply -> reply.getInteger("accepted")).sum())
          .isEqualTo((BATCHES - 2) * ROWS);
      int sent = (BATCHES - 1) * ROWS;
      assertCounted(sent, sent - ROWS, ROWS);
      assertThat(members.started())
          .as("both had a share")
          .allSatisfy(member -> assertThat(applied(member)).isPositive());

      report(publisher, LOST);

      assertCounted(sent + ROWS, sent - ROWS, 0);
      assertConnectionsShowOnce(publisher);
    }
  }

  /** A pool that moves to another instance is exposed only there. */
  private void assertConnectionsShowOnce(BusPublisher publisher) {
    for (int active = 1; active <= 3; active++) {
      tell(publisher, active);
    }
    eventually(
        () -> {
          tell(publisher, 4);
          assertThat(sum("database_connections_active", "database=\"orders_db\"")).isEqualTo(4);
          assertThat(sum("database_connections_max", "database=\"orders_db\"")).isEqualTo(20);
        });
  }

  private static void tell(BusPublisher publisher, int active) {
    JsonObject connections =
        new JsonObject()
            .put("kind", "connections")
            .put("publisher", "orders")
            .put("database", "orders_db")
            .put("pool", "main_pool")
            .put("active", active)
            .put("max", 20);
    Future<JsonObject> reply =
        publisher.request(Addresses.OBSERVATIONS, connections).map(JsonObject.class::cast);
    assertThat(await(reply).getString("outcome")).isEqualTo("accepted");
  }

  private void assertCounted(int applied, int repeated, int stillMissing) {
    for (ServiceJar member : members.started()) {
      byte[] page =
          RunningService.get(member.management("/metrics")).body().getBytes(StandardCharsets.UTF_8);
      Conservation.assertHolds(ExpositionFormat.TEXT, page);
    }
    assertThat(sum("low_level_operations_seconds_count", "operation=\"db_query\""))
        .isEqualTo(applied);
    assertThat(sum("paymeter_observations_duplicate_total", "kind=\"operation\""))
        .isEqualTo(repeated);
    assertThat(sum("paymeter_observations_missing_total") - sum("paymeter_observations_late_total"))
        .isEqualTo(stillMissing);
  }

  /** Repeats a report until there is a response. */
  private static void report(BusPublisher publisher, int batch) {
    eventually(
        () -> assertThat(await(send(publisher, batch)).getString("outcome")).isEqualTo("taken"));
  }

  private static Future<JsonObject> send(BusPublisher publisher, int batch) {
    JsonObject json =
        new JsonObject()
            .put("kind", "operation")
            .put("publisher", "orders")
            .put("session", "1")
            .put("sequence", batch * ROWS)
            .put(
                "columns",
                new JsonObject()
                    .put("operation", column("db_query"))
                    .put("outcome", column("success"))
                    .put("duration_micros", column(250)));
    Buffer bytes = json.toBuffer();
    return publisher
        .request(Addresses.OBSERVATIONS, batch % 2 == 0 ? json : bytes)
        .map(JsonObject.class::cast);
  }

  private static JsonArray column(Object value) {
    return new JsonArray(Collections.nCopies(ROWS, value));
  }

  private int sum(String family, String... labels) {
    return members.started().stream().mapToInt(member -> sum(member, family, labels)).sum();
  }

  private static int sum(ServiceJar member, String family, String... labels) {
    return new Scrape(RunningService.get(member.management("/metrics")).body())
        .sum(family, labels)
        .intValueExact();
  }

  private static int applied(ServiceJar member) {
    return sum(member, "low_level_operations_seconds_count", "operation=\"db_query\"");
  }

  private void start(int number) {
    members.start(
        number,
        directory,
        Map.of(
            "metrics.sampling-rate", "1",
            "metrics.operations", "db_query",
            "metrics.connections", "orders_db/main_pool"));
  }
}
