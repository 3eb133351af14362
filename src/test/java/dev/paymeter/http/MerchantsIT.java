package dev.paymeter.http;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.gateway.simulator.Simulator;
import dev.paymeter.security.NewApiKey;
import dev.paymeter.support.EventSource;
import dev.paymeter.support.http.ApiDescription;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.service.RunningService;
import dev.paymeter.webhook.TestWebhookServer;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys that are bound to merchants, and what they cannot find out about other merchants. */
class MerchantsIT {
  private static final String ALL = "pay,read,refund";
  private static final NewApiKey ACME = NewApiKey.generateForMerchant("acme", "acme", ALL, "never");
  private static final NewApiKey ACME_ROTATED =
      NewApiKey.generateForMerchant("acme-2027", "acme", ALL, "never");
  private static final NewApiKey OTHER =
      NewApiKey.generateForMerchant("other", "other", ALL, "never");
  private static final NewApiKey PLATFORM = NewApiKey.generate("acme", ALL, "never");
  private static final NewApiKey OPERATOR =
      NewApiKey.generate("operator", "operate,read,refund", "never");

  /** More than one read of the stream of events. */
  private static final int MANY = 450;

  @TempDir static Path directory;
  private static TestWebhookServer acmesEndpoint;
  private static TestWebhookServer othersEndpoint;
  private static RunningService service;

  /** A payment of acme, with a refund that has an idempotency key. */
  private static String payment;

  private static String refund;

  @BeforeAll
  static void start() throws Exception {
    Path file = directory.resolve("keys");
    Files.write(
        file,
        Stream.of(ACME, ACME_ROTATED, OTHER, PLATFORM, OPERATOR).map(NewApiKey::line).toList());
    acmesEndpoint = new TestWebhookServer(TestWebhookServer.ACCEPT);
    othersEndpoint = new TestWebhookServer(TestWebhookServer.ACCEPT);
    String types = "payment.refund_failed,payment.dispute_opened,payment.reversed";
    Path endpoints = directory.resolve("endpoints");
    Files.write(
        endpoints,
        List.of(
            acmesEndpoint.line("one", types, "acme"), othersEndpoint.line("two", types, "other")));
    service =
        RunningService.start(
            Map.of(
                "security.keys", file.toString(),
                "webhooks.endpoints", endpoints.toString(),
                "webhooks.allowed-networks", "127.0.0.0/8",
                "simulator.directory", directory.resolve("simulator").toString()));
    payment = id(pay(ACME, RunningService.order("order_1", "50.00"), "payment"));
    refund =
        id(
            send(
                ACME,
                "POST",
                "/v1/payments/" + payment + "/refunds",
                "{\"amount\":\"1.00\"}",
                "Idempotency-Key",
                "\"refund\""));
  }

  @AfterAll
  static void stop() {
    service.close();
    acmesEndpoint.close();
    othersEndpoint.close();
  }

  private static HttpResponse<String> send(
      NewApiKey key, String method, String path, String body, String... headers) {
    return send(key, method, service.api(path), body, headers);
  }

  private static HttpResponse<String> send(
      NewApiKey key, String method, URI uri, String body, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri)
            .header("Authorization", "Bearer " + key.key())
            .method(
                method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    if (!body.isEmpty()) {
      request.header("Content-Type", "application/json");
    }
    if (headers.length > 0) {
      request.headers(headers);
    }
    return RunningService.send(request);
  }

  private static HttpResponse<String> get(NewApiKey key, String path) {
    return send(key, "GET", path, "");
  }

  private static HttpResponse<String> pay(NewApiKey key, JsonObject order, String idempotencyKey) {
    return send(
        key, "POST", "/v1/payments", order.encode(), "Idempotency-Key", '"' + idempotencyKey + '"');
  }

  private static String pay(NewApiKey key, String order) {
    return id(pay(key, RunningService.order(order, "12.50"), UUID.randomUUID().toString()));
  }

  private static JsonObject nextAction(HttpResponse<String> found) {
    JsonObject payment = new JsonObject(found.body());
    assertThat(payment.getString("status")).as(found.body()).isEqualTo("requires_action");
    return payment.getJsonObject("next_action");
  }

  /** It is a secret of the payer, and of the shop. */
  @Test
  void nextAction_isShownToTheClientThatCreatedThePaymentOnly() {
    JsonObject order =
        RunningService.order("order_action", "50.00")
            .put("gateway", "stripe")
            .put("payment_token", "pm_card_authenticationAbandoned")
            .put("return_url", "https://shop.test/return");
    HttpResponse<String> created = pay(ACME, order, "action");
    assertThat(created.statusCode()).as(created.body()).isEqualTo(202);
    JsonObject action = nextAction(created);
    String path = "/v1/payments/" + new JsonObject(created.body()).getString("id");

    assertThat(action.getString("redirect_url")).isEqualTo("https://shop.test/return");
    assertThat(nextAction(get(ACME, path))).isEqualTo(action);
    assertThat(nextAction(get(ACME_ROTATED, path))).isEqualTo(action);
    assertThat(nextAction(pay(ACME_ROTATED, order, "action"))).isEqualTo(action);
    assertThat(nextAction(get(PLATFORM, path))).isNull();
    assertThat(nextAction(get(OPERATOR, path))).isNull();
    assertThat(get(OTHER, path).statusCode()).isEqualTo(404);
    for (String shown : List.of("/v1/payments", path + "/history")) {
      assertThat(get(ACME, shown).body())
          .contains("requires_action")
          .doesNotContain("https://shop.test");
    }
  }

  private static String id(HttpResponse<String> created) {
    assertThat(created.statusCode()).as(created.body()).isEqualTo(201);
    return new JsonObject(created.body()).getString("id");
  }

  private static List<String> ids(HttpResponse<String> list) {
    assertThat(list.statusCode()).as(list.body()).isEqualTo(200);
    return new JsonObject(list.body())
        .getJsonArray("data").stream().map(each -> ((JsonObject) each).getString("id")).toList();
  }

  private static List<List<String>> rows(String sql) {
    return TestPostgres.query(service.databaseUrl(), sql);
  }

  @Test
  void payment_ofMerchant_hasItEverywhere_andNoMetricHas() {
    JsonObject read = new JsonObject(get(ACME, "/v1/payments/" + payment).body());

    assertThat(read.getString("merchant")).isEqualTo("acme");
    assertThat(rows("select merchant from payments_ledger where payment_id = '" + payment + "'"))
        .containsExactly(List.of("acme"));
    assertThat(
            rows(
                "select distinct merchant from payment_events where payment_id = '"
                    + payment
                    + "'"))
        .containsExactly(List.of("acme"));
    assertThat(service.metrics()).doesNotContain("merchant").doesNotContain("acme");
  }

  @Test
  void payment_ofNoMerchant_isSeenByKeysWithoutMerchantOnly() {
    String platforms = pay(PLATFORM, "order_of_none");

    assertThat(get(PLATFORM, "/v1/payments/" + platforms).body()).doesNotContain("merchant");
    assertThat(get(OPERATOR, "/v1/payments/" + payment).statusCode()).isEqualTo(200);
    assertThat(get(PLATFORM, "/v1/payments/" + payment).statusCode()).isEqualTo(200);
    for (NewApiKey merchant : List.of(ACME, OTHER)) {
      assertThat(get(merchant, "/v1/payments/" + platforms).statusCode()).isEqualTo(404);
    }
  }

  /** Each operation of the description whose path names a payment, also those that come later. */
  static Set<String> operations() {
    return ApiDescription.shipped().operations().stream()
        .filter(operation -> operation.contains("{id}"))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /**
   * The response to a foreign payment is that to an absent one, in all but the id: status, headers
   * and body, for both forms of an id, with and without a body, a query and idempotency keys, also
   * one that the payment's merchant has used.
   */
  @ParameterizedTest
  @MethodSource("operations")
  void request_withForeignPayment_isAnsweredAsIfItDidNotExist(String operation) {
    String method = operation.split(" ")[0];
    String path = operation.split(" ")[1];
    String absent = absentLike(payment);
    for (String form : List.of("%s", "txn_%s")) {
      for (String body : bodies(method, path)) {
        for (String query : queries(operation)) {
          for (String key : List.of("", "\"refund\"", "\"payment\"", "\"new\"")) {
            String[] headers =
                key.isEmpty() ? new String[0] : new String[] {"Idempotency-Key", key};
            HttpResponse<String> foreign =
                send(OTHER, method, path(path, form, payment, refund) + query, body, headers);
            HttpResponse<String> nowhere =
                send(OTHER, method, path(path, form, absent, refund) + query, body, headers);

            assertThat(foreign.statusCode()).as(foreign.body()).isEqualTo(404);
            assertThat(shown(foreign, payment)).isEqualTo(shown(nowhere, absent));
          }
        }
      }
    }
    assertThat(rows("select count(*) from refunds where payment_id = '" + payment + "'"))
        .containsExactly(List.of("1"));
    assertThat(rows("select owner from idempotency_keys where payment_id = '" + payment + "'"))
        .as("no key is used up by a rejected request")
        .containsOnly(List.of("merchant=acme"));
  }

  /** Returns another id of the same time. */
  private static String absentLike(String id) {
    return id.substring(0, 24) + UUID.randomUUID().toString().substring(24);
  }

  /** Returns valid queries: an unknown parameter is rejected before any payment is read. */
  private static List<String> queries(String operation) {
    return operation.startsWith("GET ") && operation.endsWith("/refunds")
        ? List.of("", "?limit=1")
        : List.of("");
  }

  /** Returns valid bodies: invalid ones are rejected before any payment is read. */
  private static List<String> bodies(String method, String path) {
    if (method.equals("GET") || method.equals("HEAD")) {
      return List.of("");
    }
    List<String> bodies = new ArrayList<>(List.of("", "{}"));
    if (!path.endsWith("/void")) {
      bodies.add("{\"amount\":\"1.00\"}");
    }
    if (path.endsWith("/refunds")) {
      bodies.add("{\"amount\":\"1.00\",\"reason\":\"none\"}");
    }
    return bodies;
  }

  private static String path(String template, String form, String payment, String refund) {
    return template
        .replace("{id}", form.formatted(payment))
        .replace("{refund}", refund)
        .replaceAll("\\{.*?}", "1");
  }

  /** Returns what a client can compare, without the id that it sent itself. */
  private static List<Object> shown(HttpResponse<String> response, String id) {
    Map<String, List<String>> headers = new TreeMap<>(response.headers().map());
    headers.remove("x-request-id");
    return List.of(response.statusCode(), headers, response.body().replace(id, "ID"));
  }

  /** Keys of the payment's own merchant find what the requests above do not. */
  @Test
  void request_ofThePaymentsMerchant_isServed() {
    String path = "/v1/payments/" + payment;

    for (NewApiKey key : List.of(ACME, ACME_ROTATED, PLATFORM)) {
      assertThat(get(key, path).statusCode()).isEqualTo(200);
      assertThat(get(key, path + "/history").statusCode()).isEqualTo(200);
      assertThat(ids(get(key, path + "/refunds"))).containsExactly(refund);
      assertThat(get(key, path + "/refunds/" + refund).statusCode()).isEqualTo(200);
    }
  }

  @Test
  void refund_throughAnotherPaymentOfTheOtherMerchant_isNotFound() {
    String own = pay(OTHER, "order_own");

    assertThat(get(OTHER, "/v1/payments/" + own + "/refunds/" + refund).body())
        .isEqualTo(
            get(OTHER, "/v1/payments/" + own + "/refunds/" + absentLike(refund))
                .body()
                .replaceAll("refund [0-9a-f-]{36}", "refund " + refund));
  }

  @Test
  void list_ofMerchant_hasItsPaymentsOnly() {
    String order = UUID.randomUUID().toString();
    String acmes = pay(ACME, order);
    String others = pay(OTHER, order);
    String platforms = pay(PLATFORM, order);
    String byOrder = "/v1/payments?order_id=" + order;

    assertThat(ids(get(ACME, byOrder))).containsExactly(acmes);
    assertThat(ids(get(ACME_ROTATED, byOrder))).containsExactly(acmes);
    assertThat(ids(get(OTHER, byOrder))).containsExactly(others);
    assertThat(ids(get(PLATFORM, byOrder))).containsExactly(platforms, others, acmes);
    assertThat(ids(get(PLATFORM, byOrder + "&merchant=acme"))).containsExactly(acmes);
    assertThat(ids(get(PLATFORM, byOrder + "&merchant=missing"))).isEmpty();
    assertThat(ids(get(OTHER, "/v1/payments?user_id=user&limit=100")))
        .contains(others)
        .doesNotContain(acmes, platforms, payment);
    for (String query : List.of("", "?status=success", "?gateway=stripe", "?user_tier=standard")) {
      assertThat(merchants(get(OTHER, "/v1/payments" + query))).containsOnly("other");
    }
  }

  private static List<String> merchants(HttpResponse<String> list) {
    return new JsonObject(list.body())
        .getJsonArray("data").stream()
            .map(each -> ((JsonObject) each).getString("merchant"))
            .toList();
  }

  @Test
  void list_ofAnotherMerchantOrWithItsCursor_isRejected() {
    pay(ACME, "order_for_a_second_page");
    String next = new JsonObject(get(ACME, "/v1/payments?limit=1").body()).getString("next");
    String ofAll = new JsonObject(get(PLATFORM, "/v1/payments?limit=1").body()).getString("next");

    assertThat(get(ACME, "/v1/payments?limit=1&after=" + next).statusCode()).isEqualTo(200);
    for (String query : List.of("?merchant=acme", "?after=" + next, "?after=" + ofAll)) {
      assertThat(get(OTHER, "/v1/payments" + query).statusCode()).isEqualTo(422);
    }
    assertThat(get(OTHER, "/v1/payments?merchant=acme").body())
        .isEqualTo(get(OTHER, "/v1/payments?merchant=missing").body().replace("missing", "acme"));
  }

  /** The charges at the gateway are as many as the payments. */
  @Test
  void idempotencyKey_belongsToTheMerchant() throws Exception {
    JsonObject order = RunningService.order("order_of_one_key", "10.00");
    int before = charges();

    HttpResponse<String> first = pay(ACME, order, "shared");
    HttpResponse<String> rotated = pay(ACME_ROTATED, order, "shared");
    HttpResponse<String> others = pay(OTHER, order, "shared");
    HttpResponse<String> platforms = pay(PLATFORM, order, "shared");

    assertThat(id(rotated)).isEqualTo(id(first));
    assertThat(rotated.headers().firstValue("idempotency-replayed")).contains("true");
    assertThat(Set.of(id(first), id(others), id(platforms))).hasSize(3);
    assertThat(charges() - before).isEqualTo(3);
    assertThat(
            rows(
                "select count(distinct gateway_key) from payments_ledger where order_id ="
                    + " 'order_of_one_key'"))
        .containsExactly(List.of("3"));
    assertThat(pay(OTHER, order.copy().put("amount", "11.00"), "shared").statusCode())
        .isEqualTo(422);
  }

  private static int charges() throws Exception {
    return Simulator.charges(directory.resolve("simulator"), "stripe").size();
  }

  @Test
  void events_ofMerchant_areOfItsPaymentsOnly() {
    try (EventSource acmes = events(ACME, "");
        EventSource others = events(OTHER, "");
        EventSource all = events(PLATFORM, "")) {
      List.of(acmes, others, all).forEach(EventSource::awaitOpen);
      String first = pay(ACME, "order_e1");
      String second = pay(OTHER, "order_e2");
      String third = pay(PLATFORM, "order_e3");
      String fourth = pay(ACME, "order_e4");

      eventually(() -> assertThat(payments(all)).contains(first, second, third, fourth));
      eventually(() -> assertThat(payments(acmes)).contains(first, fourth));
      eventually(() -> assertThat(payments(others)).contains(second));
      assertThat(merchantsOf(acmes)).containsExactly("acme");
      assertThat(merchantsOf(others)).containsExactly("other");
    }
  }

  /** The reader continues after its last event, before many that it must not see. */
  @Test
  void events_ofMerchantThatMissedManyOfOthers_areComplete() {
    String position;
    try (EventSource before = events(ACME, "")) {
      position = before.awaitOpen();
    }
    String first = pay(ACME, "order_m1");
    TestPostgres.execute(
        service.databaseUrl(),
        "insert into payment_events (generation, payment_id, status, gateway, merchant)"
            + " select number, gen_random_uuid(), 'success', 'stripe', 'other'"
            + " from generations, generate_series(1, "
            + MANY
            + ")");
    String last = pay(ACME, "order_m2");

    try (EventSource after = events(ACME, "?after=" + position)) {
      eventually(() -> assertThat(payments(after)).containsSubsequence(first, last));
      String now = pay(ACME, "order_m3");
      eventually(() -> assertThat(payments(after)).contains(now));
      assertThat(merchantsOf(after)).containsExactly("acme");
      assertThat(after.received()).extracting(EventSource.Event::id).doesNotHaveDuplicates();
    }
  }

  /** A refund that has failed after it succeeded, and a dispute. */
  @Test
  void laterEvents_ofMerchant_areSeenByNoOtherMerchant() {
    try (EventSource acmes = events(ACME, "");
        EventSource others = events(OTHER, "")) {
      List.of(acmes, others).forEach(EventSource::awaitOpen);
      String refunded = pay(ACME, "order_later", "pm_card_refundFail");
      String failed = id(send(ACME, "POST", "/v1/payments/" + refunded + "/refunds", "{}"));
      inquire(refunded);
      String disputed = pay(ACME, "order_later", "pm_card_createDispute");
      List<String> changes = List.of("payment.refund_failed", "payment.dispute_opened");
      eventually(() -> assertThat(names(acmes)).containsAll(changes));
      eventually(() -> assertThat(types(acmesEndpoint)).containsAll(changes));
      assertThat(get(ACME, "/v1/payments/" + refunded + "/refunds/" + failed).body())
          .contains("refund_failed");
      assertThat(get(ACME, "/v1/payments/" + refunded + "/history").body())
          .contains("refund_failed");
      assertThat(get(ACME, "/v1/payments/" + disputed + "/disputes").body())
          .contains("needs_response");
      assertThat(ids(get(ACME, "/v1/payments?status=disputed"))).contains(disputed);

      // The other merchant has received what happened after all of that.
      String own = pay(OTHER, "order_later", "pm_card_createReversal");
      eventually(() -> assertThat(names(others)).contains("payment.reversed"));
      eventually(() -> assertThat(types(othersEndpoint)).contains("payment.reversed"));
      assertThat(merchantsOf(others)).containsExactly("other");
      assertThat(names(others)).doesNotContainAnyElementsOf(changes);
      assertThat(othersEndpoint.received())
          .extracting(request -> request.data().getString("merchant"))
          .containsOnly("other");
      assertThat(types(othersEndpoint)).doesNotContainAnyElementsOf(changes);
      assertThat(othersEndpoint.errors()).isEmpty();
      assertThat(ids(get(OTHER, "/v1/payments?order_id=order_later"))).containsExactly(own);
      assertThat(ids(get(OTHER, "/v1/payments?status=disputed"))).isEmpty();
      for (String hidden : List.of(refunded, disputed)) {
        String absent = absentLike(hidden);
        for (String path : List.of("", "/history", "/refunds", "/refunds/" + failed, "/disputes")) {
          HttpResponse<String> foreign = get(OTHER, "/v1/payments/" + hidden + path);
          HttpResponse<String> nowhere = get(OTHER, "/v1/payments/" + absent + path);
          assertThat(foreign.statusCode()).as(path).isEqualTo(404);
          assertThat(shown(foreign, hidden)).isEqualTo(shown(nowhere, absent));
        }
      }
      assertThat(get(OTHER, "/v1/payments/" + own + "/refunds/" + failed).statusCode())
          .isEqualTo(404);
      assertThat(get(OTHER, "/v1/payments/" + own + "/disputes").body())
          .contains("reversed")
          .doesNotContain(disputed);
    }
  }

  private static String pay(NewApiKey key, String order, String token) {
    JsonObject withToken =
        RunningService.order(order, "50.00").put("gateway", "stripe").put("payment_token", token);
    return id(pay(key, withToken, UUID.randomUUID().toString()));
  }

  /** Asks the gateway about a payment's refunds, as an operator. */
  private static void inquire(String payment) {
    URI inquiries = service.management("/console/v1/payments/" + payment + "/inquiries");
    assertThat(send(OPERATOR, "POST", inquiries, "", "Paymeter-Console", "1").statusCode())
        .isEqualTo(202);
  }

  private static List<String> names(EventSource events) {
    return events.received().stream().map(EventSource.Event::name).toList();
  }

  private static List<String> types(TestWebhookServer endpoint) {
    return endpoint.received().stream().map(TestWebhookServer.Request::type).toList();
  }

  private static EventSource events(NewApiKey key, String query) {
    return new EventSource(
        service.api("/v1/events" + query), Map.of("Authorization", "Bearer " + key.key()));
  }

  private static List<String> payments(EventSource events) {
    return events.received().stream()
        .map(event -> event.data().getJsonObject("payment").getString("id"))
        .toList();
  }

  private static Set<String> merchantsOf(EventSource events) {
    return events.received().stream()
        .map(event -> event.data().getJsonObject("payment").getString("merchant", "none"))
        .collect(Collectors.toSet());
  }

  /** Their ids, and the limits of their labels, are shared by all publishers. */
  @Test
  void observation_ofMerchant_isForbidden() {
    String event =
        "{\"kind\":\"event\",\"publisher\":\"shop\",\"id\":\"e-1\",\"event\":\"order\",\"amount\":\"1\"}";

    HttpResponse<String> first = send(ACME, "POST", "/v1/observations", event);
    assertThat(send(PLATFORM, "POST", "/v1/observations", event).statusCode()).isEqualTo(201);

    assertThat(first.statusCode()).isEqualTo(403);
    assertThat(new JsonObject(first.body()).getString("type")).isEqualTo("/problems/forbidden");
    assertThat(send(ACME, "POST", "/v1/observations", event).body()).isEqualTo(first.body());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/console/v1/payments",
        "/console/v1/payments/ID",
        "/console/v1/payments/ID/history",
        "/console/v1/payments/ID/refunds",
        "/console/v1/counts",
        "/console/v1/differences",
        "/console/v1/operator",
        "/console/events",
        "/sampling",
        "/simulator"
      })
  void managementPort_withAKeyOfAMerchant_isForbidden(String path) {
    URI uri = service.management(path.replace("ID", payment));

    HttpResponse<String> response = send(ACME, "GET", uri, "", "X-Forwarded-For", "192.0.2.7");

    assertThat(response.statusCode()).isEqualTo(403);
    assertThat(new JsonObject(response.body()).getString("type"))
        .isEqualTo("/problems/missing-scope");
  }

  /** The limit of a merchant survives the rotation of its key. */
  @Test
  void rateLimit_belongsToTheMerchant() throws Exception {
    Map<String, String> settings =
        Map.of(
            "instance.id", "limited",
            "security.keys", directory.resolve("keys").toString(),
            "http.rate", "1",
            "http.burst", "20");
    try (RunningService limited = RunningService.start(settings)) {
      URI list = limited.api("/v1/payments");
      while (send(ACME, "GET", list, "").statusCode() != 429) {
        // Uses up the burst.
      }

      assertThat(remaining(send(ACME_ROTATED, "GET", list, ""))).isLessThan(10);
      assertThat(remaining(send(OTHER, "GET", list, ""))).isEqualTo(19);
      assertThat(remaining(send(PLATFORM, "GET", list, ""))).isEqualTo(19);
    }
  }

  private static int remaining(HttpResponse<String> response) {
    return Integer.parseInt(
        response.headers().firstValue("ratelimit").orElseThrow().replaceAll(".*r=(\\d+).*", "$1"));
  }
}
