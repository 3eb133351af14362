package dev.paymeter.http;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.payment.Labeled;
import dev.paymeter.payment.OperatorAction;
import dev.paymeter.security.NewApiKey;
import dev.paymeter.support.http.ApiDescription;
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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The audit trail of both ports, and its list. */
class AuditTrailIT {
  private static final NewApiKey ALICE =
      NewApiKey.generate("alice", "pay,read,refund,operate", "never");
  private static final NewApiKey ACME =
      NewApiKey.generateForMerchant("acme-2027", "acme", "pay,read,refund", "never");
  private static final String ID = "01a20446-5f27-7a0f-8a01-6c1b5f0a2f3e";

  /** The ledger itself records them: the payment, and the report under the publisher's name. */
  private static final Set<String> NO_ACTIONS =
      Set.of("POST /v1/payments", "POST /v1/observations", "POST /v1/webhooks/{gateway}");

  @TempDir static Path directory;
  private static RunningService service;

  @BeforeAll
  static void start() throws IOException {
    Path keys = directory.resolve("keys");
    Files.write(keys, List.of(ALICE.line(), ACME.line()));
    service =
        RunningService.start(
            Map.of("security.keys", keys.toString(), "simulator.switchable", "true"));
  }

  @AfterAll
  static void stop() {
    if (service != null) {
      service.close();
    }
  }

  /** Returns the id of the request. */
  private static String act(NewApiKey key, String method, URI uri, String body) {
    String id = UUID.randomUUID().toString();
    RunningService.send(
        request(key, method, uri, body)
            .header("X-Request-Id", id)
            .header("X-Forwarded-For", "203.0.113.7")
            .header("User-Agent", "till/3")
            .header("Idempotency-Key", id)
            .header("Paymeter-Console", "1"));
    return id;
  }

  private static HttpRequest.Builder request(NewApiKey key, String method, URI uri, String body) {
    return HttpRequest.newBuilder(uri)
        .header("Authorization", "Bearer " + key.key())
        .header("Content-Type", "application/json")
        .method(method, BodyPublishers.ofString(body));
  }

  private static HttpResponse<String> list(NewApiKey key, String query) {
    return RunningService.send(request(key, "GET", service.management("/actions" + query), ""));
  }

  private static List<JsonObject> actions(String query) {
    return data(new JsonObject(list(ALICE, query).body()));
  }

  private static List<JsonObject> data(JsonObject page) {
    return page.getJsonArray("data").stream().map(JsonObject.class::cast).toList();
  }

  private static String pay(NewApiKey key) {
    HttpResponse<String> paid =
        RunningService.post(
            service.api("/v1/payments"),
            RunningService.order("order_1", "50.00"),
            "Authorization",
            "Bearer " + key.key());
    return new JsonObject(paid.body()).getString("id");
  }

  private static String action(String request) {
    List<List<String>> rows =
        TestPostgres.query(
            service.databaseUrl(),
            "select action from operator_actions where request_id = '%s'".formatted(request));
    assertThat(rows).as("recorded actions of request " + request).hasSize(1);
    return rows.get(0).get(0);
  }

  /** Routes that are added later need no change here. */
  @Test
  void api_eachRouteThatActs_leavesARecord() {
    List<String> operations =
        ApiDescription.shipped().operations().stream()
            .filter(operation -> !operation.matches("(GET|HEAD) .*"))
            .filter(operation -> !NO_ACTIONS.contains(operation))
            .toList();

    assertThat(operations).contains("POST /v1/payments/{id}/refunds");
    for (String operation : operations) {
      String[] parts = operation.split(" ");
      String path = parts[1].replaceAll("[{]\\w+[}]", ID);
      action(act(ALICE, parts[0], service.api(path), "{}"));
    }
  }

  /** The start of the service fails if a route of this port records nothing. */
  @Test
  void management_eachKindOfAction_leavesARecord() {
    String settlement = "/payments/" + ID + "/settlement";
    String accepted =
        new JsonObject()
            .put("instance", "test-instance")
            .put("epoch", 1)
            .put("segment", 1)
            .put("found_state", "0".repeat(64))
            .put("reason", "none")
            .encode();
    List<String> kinds = new ArrayList<>();
    for (List<String> request :
        List.of(
            List.of("POST", "/console/v1/payments/" + ID + "/refunds", ""),
            List.of("POST", "/console/v1/payments/" + ID + "/inquiries", ""),
            List.of("POST", "/console/v1/acknowledgements", accepted),
            List.of("POST", "/webhooks/shop/dead-letters/resend", ""),
            List.of("POST", "/webhooks/shop/dead-letters/x/resend", ""),
            List.of("POST", "/webhooks/shop/enable", ""),
            List.of("PATCH", "/sampling", "{}"),
            List.of("PATCH", "/simulator", "{}"),
            List.of("DELETE", "/simulator", ""),
            List.of("POST", settlement, "{}"),
            List.of("POST", settlement + "/approve", "{}"),
            List.of("POST", settlement + "/withdraw", "{}"))) {
      kinds.add(
          action(act(ALICE, request.get(0), service.management(request.get(1)), request.get(2))));
    }

    List<String> ofApi = List.of("refund");
    assertThat(kinds)
        .containsAll(ofApi)
        .containsAll(
            Arrays.stream(OperatorAction.Kind.values())
                .map(Labeled::label)
                .filter(
                    kind -> !kind.matches("capture|void|exception_closure")) // Not over HTTP here.
                .toList());
  }

  @ParameterizedTest
  @CsvSource({
    "POST, /console/v1/payments/ID/inquiries",
    "POST, /webhooks/shop/dead-letters/resend",
    "POST, /webhooks/shop/dead-letters/x/resend",
    "POST, /webhooks/shop/enable",
    "DELETE, /simulator"
  })
  void management_fieldOfAnActionWithoutFields_isRejectedAndRecorded(String method, String path) {
    String request =
        act(ALICE, method, service.management(path.replace("ID", ID)), "{\"limit\": 1}");

    eventually(
        () ->
            assertThat(
                    TestPostgres.query(
                        service.databaseUrl(),
                        "select status, details from operator_actions where request_id = '%s'"
                            .formatted(request)))
                .containsExactly(List.of("422", "{\"limit\":1}")));
  }

  @Test
  void refund_overTheApi_isRecordedWithKeyMerchantAndSource() {
    String payment = pay(ACME);
    String body = "{\"amount\": \"12.50\", \"reason\": \"damaged\"}";
    String request =
        act(ACME, "POST", service.api("/v1/payments/txn_" + payment + "/refunds"), body);
    eventually(
        () ->
            assertThat(actions("?subject=" + payment))
                .singleElement()
                .satisfies(entry -> assertThat(entry.getInteger("status")).isEqualTo(201)));

    JsonObject entry = actions("?subject=" + payment).get(0);

    assertThat(entry.getString("key")).isEqualTo("acme-2027");
    assertThat(entry.getString("key_id")).isEqualTo(ACME.key().substring(4, 16));
    assertThat(entry.getString("merchant")).isEqualTo("acme");
    assertThat(entry.getString("action")).isEqualTo("refund");
    assertThat(entry.getString("reason")).isEqualTo("damaged");
    assertThat(entry.getJsonObject("details")).isEqualTo(new JsonObject(body));
    assertThat(entry.getString("request_id")).isEqualTo(request);
    assertThat(entry.getString("client_address")).isEqualTo("127.0.0.1");
    assertThat(entry.getString("forwarded_for")).isEqualTo("203.0.113.7");
    assertThat(entry.getString("user_agent")).isEqualTo("till/3");
    assertThat(entry.getString("outcome")).matches("refund .{36} success");
    assertThat(entry.getInstant("ended_at")).isAfterOrEqualTo(entry.getInstant("at"));
    assertThat(actions("?merchant=acme&subject=" + payment)).containsExactly(entry);
    assertThat(actions("?key_id=" + ALICE.key().substring(4, 16) + "&subject=" + payment))
        .isEmpty();
  }

  @Test
  void list_filters_andPagesThatStayStable() {
    String payment = pay(ALICE);
    URI inquiries = service.management("/console/v1/payments/" + payment + "/inquiries");
    List<String> requests = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      requests.add(0, act(ALICE, "POST", inquiries, ""));
    }
    String filter = "?key=alice&action=inquiry&subject=" + payment;

    JsonObject page = new JsonObject(list(ALICE, filter + "&limit=2").body());
    act(ALICE, "POST", inquiries, ""); // On no later page.
    List<String> listed = new ArrayList<>();
    String next = page.getString("next");
    data(page).forEach(entry -> listed.add(entry.getString("request_id")));
    while (next != null) {
      page = new JsonObject(list(ALICE, filter + "&limit=2&after=" + next).body());
      data(page).forEach(entry -> listed.add(entry.getString("request_id")));
      next = page.getString("next");
    }

    assertThat(listed).isEqualTo(requests);
    List<JsonObject> all = actions(filter);
    assertThat(all).hasSize(6);
    String at = all.get(3).getString("at");
    assertThat(actions(filter + "&since=" + at)).isEqualTo(all.subList(0, 4));
    assertThat(actions(filter + "&before=" + at)).isEqualTo(all.subList(4, 6));
    assertThat(actions("?key=other")).isEmpty();
    for (String query :
        List.of("?action=pay", "?limit=0", "?after=x", "?since=today", "?operator=alice")) {
      assertThat(list(ALICE, query).statusCode()).as(query).isEqualTo(422);
    }
  }

  @Test
  void list_needsTheScopeOfOperators() {
    assertThat(list(ACME, "").statusCode()).isEqualTo(403);
    assertThat(RunningService.get(service.management("/actions")).statusCode()).isEqualTo(401);
  }
}
