package dev.paymeter.webhook;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.security.NewApiKey;
import dev.paymeter.support.Scrape;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.service.RunningService;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Webhooks of a running service, to real endpoints. */
class WebhooksIT {
  @TempDir Path directory;
  private final TestWebhookServer shop = new TestWebhookServer(TestWebhookServer.ACCEPT);
  private final TestWebhookServer books = new TestWebhookServer(TestWebhookServer.ACCEPT);
  private RunningService service;

  @AfterEach
  void close() {
    if (service != null) {
      service.close();
    }
    shop.close();
    books.close();
  }

  private Path file(String... lines) throws IOException {
    return Files.write(directory.resolve("endpoints"), List.of(lines));
  }

  private void start(Map<String, String> settings, String... lines) throws IOException {
    Map<String, String> all = new HashMap<>(settings);
    all.put("webhooks.endpoints", file(lines).toString());
    all.putIfAbsent("webhooks.allowed-networks", "127.0.0.0/8");
    service = RunningService.start(all);
  }

  private String pay(String order) {
    HttpResponse<String> response = service.pay(RunningService.order(order, "12.34"));
    assertThat(response.statusCode()).as(response.body()).isEqualTo(201);
    return new JsonObject(response.body()).getString("id");
  }

  private static List<String> types(TestWebhookServer server, String payment) {
    return server.accepted().stream()
        .filter(request -> request.payment().equals(payment))
        .map(TestWebhookServer.Request::type)
        .toList();
  }

  private double value(String family, String endpoint) {
    return new Scrape(service.metrics()).sum(family, label(endpoint)).doubleValue();
  }

  private static String label(String endpoint) {
    return "endpoint=\"" + endpoint + "\"";
  }

  private void assertConserved(String endpoint) {
    Scrape scrape = new Scrape(service.metrics());
    assertThat(scrape.sum("webhooks_due", label(endpoint)))
        .isEqualByComparingTo(
            scrape
                .sum("webhooks_delivered", label(endpoint))
                .add(scrape.sum("webhooks_waiting", label(endpoint)))
                .add(scrape.sum("webhooks_dead", label(endpoint))));
  }

  @Test
  void payment_isSentToTheEndpointsOfItsTypes_inOrder_asTheEventsAre() throws IOException {
    start(Map.of(), shop.line("shop", "*"), books.line("books", "payment.success,payment.failed"));
    String payment = pay("order_1");

    eventually(
        () ->
            assertThat(types(shop, payment)).containsExactly("payment.pending", "payment.success"));
    eventually(() -> assertThat(types(books, payment)).containsExactly("payment.success"));
    TestWebhookServer.Request last = shop.accepted().get(1);
    JsonObject stored =
        new JsonObject(RunningService.get(service.api("/v1/payments/" + payment)).body());
    assertThat(last.data()).isEqualTo(stored);
    JsonObject history =
        new JsonObject(
            RunningService.get(service.api("/v1/payments/" + payment + "/history")).body());
    JsonObject event = history.getJsonArray("data").getJsonObject(1);
    assertThat(last.id()).isEqualTo(event.getString("id"));
    assertThat(last.body().getString("timestamp")).isEqualTo(event.getString("at"));
    assertThat(shop.errors()).isEmpty();
    assertThat(books.errors()).isEmpty();
    eventually(() -> assertThat(value("webhooks_delivered", "shop")).isEqualTo(2));
    eventually(() -> assertThat(value("webhooks_delivered", "books")).isEqualTo(1));
    assertConserved("shop");
    assertConserved("books");
  }

  @Test
  void endpoint_thatFailsAtFirst_getsEachWebhookAgain_inOrder() throws IOException {
    shop.behave(request -> TestWebhookServer.Response.of(shop.received().size() < 3 ? 503 : 200));
    start(Map.of("webhooks.retry-period", "30s"), shop.line("shop", "*"));
    String payment = pay("order_1");

    eventually(
        () ->
            assertThat(types(shop, payment)).containsExactly("payment.pending", "payment.success"));
    assertThat(shop.received().subList(0, 3))
        .extracting(TestWebhookServer.Request::type)
        .containsOnly("payment.pending");
  }

  @Test
  void endpoint_thatHangs_delaysNoOther() throws IOException {
    shop.behave(request -> TestWebhookServer.Response.NONE);
    start(
        Map.of("webhooks.timeout", "10s", "webhooks.max-in-flight", "2"),
        shop.line("shop", "*"),
        books.line("books", "*"));

    for (int i = 0; i < 20; i++) {
      pay("order_" + i);
    }

    eventually(() -> assertThat(books.accepted()).hasSize(40));
    assertThat(shop.received()).hasSizeLessThanOrEqualTo(4);
    eventually(() -> assertThat(value("webhooks_waiting", "shop")).isEqualTo(40));
    assertThat(value("webhooks_waiting_oldest_seconds", "shop")).isPositive();
    assertConserved("shop");
  }

  @Test
  void endpoint_insideTheNetwork_getsNothing() throws IOException {
    start(
        Map.of("webhooks.allowed-networks", "10.0.0.0/8", "webhooks.retry-period", "1s"),
        shop.line("shop", "*"));
    pay("order_1");

    eventually(() -> assertThat(value("webhooks_dead", "shop")).isEqualTo(2));
    assertConserved("shop");
    assertThat(shop.received()).isEmpty();
    assertThat(
            TestPostgres.query(
                service.databaseUrl(), "select distinct attempts, last_error from webhooks"))
        .containsExactly(List.of("10", "address rejected: it is inside the network"));
  }

  @Test
  void endpoint_respondsGone_isDisabled() throws IOException {
    start(Map.of(), shop.line("shop", "payment.success"));
    pay("order_1");
    eventually(() -> assertThat(shop.accepted()).hasSize(1));
    shop.behave(request -> TestWebhookServer.Response.of(410));
    pay("order_2");

    eventually(() -> assertThat(value("webhooks_endpoint_disabled", "shop")).isEqualTo(1));
    eventually(() -> assertThat(value("webhooks_dead", "shop")).isEqualTo(1));
    pay("order_3");
    pay("order_4");
    assertThat(shop.received()).hasSize(2);
    assertConserved("shop");
  }

  @Test
  void file_secretsAreRotated_withoutARejectedWebhook() throws IOException {
    String line = shop.line("shop", "payment.success");
    start(Map.of(), line);
    pay("order_1");
    eventually(() -> assertThat(shop.accepted()).hasSize(1));
    WebhookSecret next = WebhookSecret.generate();

    file(line + " " + next.text());
    eventually(
        () -> {
          pay("during");
          assertThat(shop.accepted())
              .anyMatch(
                  request -> request.headers().get("webhook-signature").split(" ").length == 2);
        });
    shop.use(List.of(next));
    file(line.substring(0, line.lastIndexOf(' ')) + " " + next.text());
    eventually(
        () -> {
          pay("after");
          TestWebhookServer.Request last = shop.accepted().get(shop.accepted().size() - 1);
          assertThat(last.headers().get("webhook-signature").split(" ")).hasSize(1);
        });
    assertThat(shop.errors()).isEmpty();
  }

  @Test
  void file_endpointIsRemoved_itsSeriesEnd_andItsWebhooksFollowWhenItReturns() throws IOException {
    String removed = shop.line("shop", "payment.success");
    String kept = books.line("books", "payment.success");
    start(Map.of(), removed, kept);
    pay("order_1");
    eventually(() -> assertThat(value("webhooks_delivered", "shop")).isEqualTo(1));

    file(kept);
    eventually(
        () -> assertThat(service.metrics()).doesNotContain("webhooks_due{endpoint=\"shop\""));
    pay("order_2");
    eventually(() -> assertThat(books.accepted()).hasSize(2));
    assertThat(shop.received()).hasSize(1);

    file(kept, removed);
    eventually(() -> assertThat(shop.accepted()).hasSize(2));
  }

  private HttpResponse<String> operate(NewApiKey key, String method, String path) {
    return RunningService.send(
        HttpRequest.newBuilder(service.management(path))
            .header("Authorization", "Bearer " + key.key())
            .method(method, BodyPublishers.noBody()));
  }

  @Test
  void operator_listsAndResendsDeadLetters_andEnablesAnEndpoint() throws IOException {
    NewApiKey alice = NewApiKey.generate("alice", "pay,read,operate", "never");
    NewApiKey bob = NewApiKey.generate("bob", "operate", "never");
    NewApiKey reader = NewApiKey.generate("reader", "pay,read", "never");
    Path keys = directory.resolve("keys");
    Files.write(keys, List.of(alice.line(), bob.line(), reader.line()));
    shop.behave(request -> TestWebhookServer.Response.of(500));
    start(
        Map.of("security.keys", keys.toString(), "webhooks.retry-period", "1s"),
        shop.line("shop", "payment.success"));
    String payment =
        new JsonObject(
                RunningService.post(
                        service.api("/v1/payments"),
                        RunningService.order("order_1", "12.34"),
                        "Authorization",
                        "Bearer " + alice.key())
                    .body())
            .getString("id");
    eventually(() -> assertThat(value("webhooks_dead", "shop")).isEqualTo(1));

    JsonObject endpoint =
        new JsonObject(operate(bob, "GET", "/webhooks").body())
            .getJsonArray("data")
            .getJsonObject(0);
    assertThat(endpoint.getString("name")).isEqualTo("shop");
    assertThat(endpoint.getString("host")).isEqualTo("127.0.0.1");
    assertThat(endpoint.getInteger("dead")).isEqualTo(1);
    JsonObject letter =
        new JsonObject(operate(alice, "GET", "/webhooks/shop/dead-letters?limit=1").body())
            .getJsonArray("data")
            .getJsonObject(0);
    assertThat(letter.getString("payment_id")).isEqualTo(payment);
    assertThat(letter.getString("error")).isEqualTo("status 500");
    assertThat(letter.getInteger("attempts")).isEqualTo(10);
    String path = "/webhooks/shop/dead-letters/" + letter.getString("id");
    assertThat(
            new JsonObject(operate(alice, "GET", path).body())
                .getJsonObject("body")
                .getString("type"))
        .isEqualTo("payment.success");
    assertThat(operate(bob, "GET", path).statusCode()).isEqualTo(403);
    assertThat(operate(reader, "GET", "/webhooks").statusCode()).isEqualTo(403);
    assertThat(operate(reader, "POST", path + "/resend").statusCode()).isEqualTo(403);
    assertThat(operate(alice, "DELETE", path).statusCode()).isEqualTo(405);
    assertThat(operate(alice, "GET", "/webhooks/other/dead-letters").statusCode()).isEqualTo(404);
    assertThat(operate(alice, "GET", "/webhooks/shop/dead-letters/x").statusCode()).isEqualTo(404);
    assertThat(operate(bob, "POST", "/webhooks/shop/dead-letters/x/resend").statusCode())
        .isEqualTo(404);
    assertThat(operate(alice, "GET", "/webhooks/shop/dead-letters?limit=0").statusCode())
        .isEqualTo(422);

    shop.behave(TestWebhookServer.ACCEPT);
    assertThat(operate(bob, "POST", path + "/resend").body()).isEqualTo("{\"resent\":1}");
    eventually(() -> assertThat(types(shop, payment)).containsExactly("payment.success"));
    assertThat(operate(bob, "POST", "/webhooks/shop/dead-letters/resend").body())
        .isEqualTo("{\"resent\":0}");
    assertThat(operate(bob, "POST", "/webhooks/shop/enable").body())
        .isEqualTo("{\"was_disabled\":false}");
    eventually(
        () ->
            assertThat(
                    TestPostgres.query(
                        service.databaseUrl(),
                        "select split_part(operator, ' ', 1), action, subject, outcome"
                            + " from operator_actions where outcome not like 'rejected%'"
                            + " order by id"))
                .containsExactly(
                    List.of(
                        "bob",
                        "resend",
                        "endpoint shop, webhook " + letter.getString("id"),
                        "1 resent"),
                    List.of("bob", "resend", "endpoint shop", "0 resent"),
                    List.of("bob", "enable", "endpoint shop", "was enabled")));
  }

  @Test
  void operator_enablesAnEndpointThatWasGone_nothingIsMissing_inOrder() throws IOException {
    shop.behave(request -> TestWebhookServer.Response.of(410));
    start(Map.of(), shop.line("shop", "*"));
    String first = pay("order_1");
    eventually(() -> assertThat(value("webhooks_endpoint_disabled", "shop")).isEqualTo(1));
    String second = pay("order_2");
    shop.behave(TestWebhookServer.ACCEPT);
    URI resend = service.management("/webhooks/shop/dead-letters/resend");
    assertThat(
            RunningService.send(HttpRequest.newBuilder(resend).POST(BodyPublishers.noBody()))
                .statusCode())
        .isEqualTo(409);

    RunningService.send(
        HttpRequest.newBuilder(service.management("/webhooks/shop/enable"))
            .POST(BodyPublishers.noBody()));

    for (String payment : List.of(first, second)) {
      eventually(
          () ->
              assertThat(types(shop, payment))
                  .containsExactly("payment.pending", "payment.success"));
    }
    eventually(() -> assertThat(value("webhooks_delivered", "shop")).isEqualTo(4));
    assertConserved("shop");
  }

  @Test
  void operator_withoutEndpoints_learnsTheSetting() {
    service = RunningService.start();

    HttpResponse<String> response = RunningService.get(service.management("/webhooks"));
    assertThat(response.statusCode()).isEqualTo(404);
    assertThat(response.body()).contains("webhooks.endpoints");
    assertThat(service.metrics()).doesNotContain("webhooks_due");
  }
}
