package dev.paymeter.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.Await;
import dev.paymeter.support.ledger.TestPostgres;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A comparison of the webhooks that the servers of endpoints have received with the events in the
 * ledger.
 */
public record ArrivedWebhooks(String databaseUrl) {
  /** Waits until all events are delivered to all endpoints. */
  public void awaitAll(Duration limit) {
    Await.eventually(limit, this::assertDelivered);
  }

  void assertDelivered() {
    assertThat(
            TestPostgres.query(
                databaseUrl, "select name, due from webhook_endpoints where due <> delivered"))
        .isEmpty();
    assertThat(TestPostgres.query(databaseUrl, "select distinct due from webhook_endpoints"))
        .containsExactly(List.of(Long.toString(events())));
  }

  long events() {
    return Long.parseLong(
        TestPostgres.query(databaseUrl, "select count(*) from payment_events").get(0).get(0));
  }

  /** Asserts that exactly the events arrived, those of each payment in order. */
  public void assertArrived(String name, TestWebhookServer server) {
    Map<String, String> happened = happened();
    assertThat(server.errors()).as(name).isEmpty();
    Map<String, String> arrived = new LinkedHashMap<>();
    for (TestWebhookServer.Request request : server.accepted()) {
      arrived.putIfAbsent(request.id(), request.payment() + " " + request.type());
    }
    assertThat(arrived).as(name).isEqualTo(happened);
    assertThat(byPayment(arrived)).as(name).isEqualTo(byPayment(happened));
  }

  /** Returns the events in their order: the id, and payment and type. */
  private Map<String, String> happened() {
    Map<String, String> events = new LinkedHashMap<>();
    for (List<String> row :
        TestPostgres.query(
            databaseUrl,
            "select g.generation || 'x' || e.xid || 'x' || e.number, e.payment_id || ' payment.' || coalesce(e.change, e.status)"
                + " from payment_events e join generations g on g.number = e.generation"
                + " order by e.generation, e.xid, e.number")) {
      events.put(row.get(0), row.get(1));
    }
    return events;
  }

  private static Map<String, List<String>> byPayment(Map<String, String> events) {
    Map<String, List<String>> ids = new HashMap<>();
    events.forEach(
        (id, what) ->
            ids.computeIfAbsent(what.split(" ")[0], payment -> new ArrayList<>()).add(id));
    return ids;
  }
}
