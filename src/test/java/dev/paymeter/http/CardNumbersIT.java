package dev.paymeter.http;

import static dev.paymeter.support.Await.await;
import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.bus.Addresses;
import dev.paymeter.support.TestCollector;
import dev.paymeter.support.TestServer;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.load.BusPublisher;
import dev.paymeter.support.service.RestartableService;
import dev.paymeter.support.service.RunningService;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Card numbers are not in the log of the most detailed level, traces, metrics, and the ledger. */
class CardNumbersIT {
  private static final String CARD = "4111111111111111";
  private static final String ESCAPED = "4111%2D1111%2d1111-1111";

  @TempDir Path directory;

  @Test
  void cardNumber_sentEverywhere_isStoredNowhere() {
    String database = TestPostgres.newDatabase();
    int port = TestServer.freePort();
    Map<String, String> settings = new HashMap<>();
    settings.put("database.url", database);
    settings.put("log.level", "debug");
    settings.put("simulator.failure-rate", "0");
    settings.put("simulator.time-scale", "0");
    settings.put("cluster.enabled", "true");
    settings.put("cluster.name", "cards-" + port);
    settings.put("cluster.port", String.valueOf(port));
    settings.put("cluster.bus-port", String.valueOf(TestServer.freePort()));
    try (TestCollector collector = new TestCollector()) {
      settings.put("tracing.otlp-endpoint", collector.endpoint());
      try (RestartableService service = RestartableService.startFast(directory, settings)) {
        assertRejectedOverHttp(service);
        assertRejectedOnTheBus("cards-" + port, "127.0.0.1:" + port);
        UUID trace = UUID.randomUUID();
        assertThat(pay(service, trace.toString().replace("-", "")).statusCode()).isEqualTo(201);

        eventually(
            () -> assertThat(collector.received()).contains("/v1/payments", "card number (not"));
        for (String format : List.of("text/plain", "application/openmetrics-text")) {
          assertNoCard(RunningService.get(service.management("/metrics"), "Accept", format).body());
        }
        assertNoCard(collector.received());
        eventually(
            () -> assertThat(service.log()).anyMatch(line -> line.contains("Payment completed")));
        assertNoCard(String.join("\n", service.log()));
        assertNoCard(rows(database));
      }
    }
  }

  private static void assertNoCard(String text) {
    assertThat(text).isNotEmpty().doesNotContain(CARD, ESCAPED, "4111-1111", "4111 1111");
  }

  private static void assertRejectedOverHttp(RestartableService service) {
    List<HttpRequest.Builder> requests = new ArrayList<>();
    requests.add(HttpRequest.newBuilder(service.api("/v1/payments/" + CARD)));
    requests.add(HttpRequest.newBuilder(service.api("/v1/payments/x?card=" + CARD)));
    requests.add(HttpRequest.newBuilder(service.api("/nowhere/" + ESCAPED)));
    requests.add(HttpRequest.newBuilder(service.management("/sampling?" + ESCAPED)));
    requests.add(HttpRequest.newBuilder(service.management("/" + CARD)));
    requests.add(
        HttpRequest.newBuilder(service.api("/v1/payments/x")).header("X-Request-Id", CARD));
    requests.add(
        HttpRequest.newBuilder(service.api("/v1/payments/x"))
            .method(CARD, BodyPublishers.noBody()));
    JsonObject order = RunningService.order("order " + CARD, "1.00");
    for (String body :
        List.of(
            order.encode(),
            RunningService.order("o", CARD).encode(),
            RunningService.order("o", "1.00").put(CARD, 1).encode(),
            order.encode().replace("}", ""))) {
      for (String path : List.of("/v1/payments", "/v1/observations")) {
        requests.add(
            HttpRequest.newBuilder(service.api(path))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body)));
      }
    }
    for (HttpRequest.Builder request : requests) {
      HttpResponse<String> answer = RunningService.send(request);
      assertThat(answer.statusCode()).as(answer.uri() + answer.body()).isEqualTo(422);
      assertThat(answer.body()).contains("/problems/card-number");
      assertNoCard(answer.body() + answer.headers());
    }
  }

  private static void assertRejectedOnTheBus(String cluster, String member) {
    JsonObject event =
        new JsonObject()
            .put("kind", "event")
            .put("publisher", "shop")
            .put("id", "card " + CARD)
            .put("event", "refund")
            .put("amount", "1.00");
    JsonObject payment =
        new JsonObject().put("publisher", "shop").put("id", "1").put("order_id", CARD);
    try (BusPublisher publisher = BusPublisher.join(cluster, List.of(member))) {
      for (Object reply :
          List.of(
              reply(publisher, Addresses.OBSERVATIONS, event),
              reply(publisher, Addresses.OBSERVATIONS, event.toBuffer()),
              reply(publisher, Addresses.RECORD, payment))) {
        assertThat(((JsonObject) reply).getString("outcome")).isEqualTo("rejected");
        assertNoCard(reply.toString());
      }
    }
  }

  private static Object reply(BusPublisher publisher, String address, Object body) {
    return await(publisher.request(address, body));
  }

  private static HttpResponse<String> pay(RestartableService service, String trace) {
    return RunningService.post(
        service.api("/v1/payments"),
        RunningService.order("fine", "1.00"),
        "traceparent",
        "00-" + trace + "-00f067aa0ba902b7-01");
  }

  /** Returns all rows of all tables as JSON. */
  private static String rows(String database) {
    StringBuilder rows = new StringBuilder();
    for (List<String> table :
        TestPostgres.query(
            database,
            "select table_name from information_schema.tables where table_schema='public'")) {
      TestPostgres.query(database, "select row_to_json(t)::text from " + table.get(0) + " t")
          .forEach(row -> rows.append(row.get(0)).append('\n'));
    }
    return rows.toString();
  }
}
