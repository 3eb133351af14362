package dev.paymeter.http.management;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.security.NewApiKey;
import dev.paymeter.support.ledger.LedgerRows;
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
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The console's lists and actions over HTTP: scopes, other origins, repeats, the audit trail. */
class OperatorRoutesIT {
  private static final NewApiKey ALL =
      NewApiKey.generate("alice", "pay,read,refund,operate", "never");
  private static final NewApiKey OPERATE = NewApiKey.generate("bob", "operate", "never");
  private static final NewApiKey REFUND = NewApiKey.generate("shop", "pay,read,refund", "never");

  @TempDir static Path directory;
  static RunningService service;

  @BeforeAll
  static void start() throws IOException {
    Path keys = directory.resolve("keys");
    Files.write(keys, List.of(ALL.line(), OPERATE.line(), REFUND.line()));
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

  private static HttpResponse<String> get(NewApiKey key, String path) {
    return send(key, "GET", path, "");
  }

  private static HttpResponse<String> act(
      NewApiKey key, String path, String body, String... headers) {
    HttpRequest.Builder request = request(key, "POST", path, body).header(OperatorRoutes.MARK, "1");
    if (headers.length > 0) {
      request.headers(headers);
    }
    return RunningService.send(request);
  }

  private static HttpResponse<String> send(NewApiKey key, String method, String path, String body) {
    return RunningService.send(request(key, method, path, body));
  }

  private static HttpRequest.Builder request(
      NewApiKey key, String method, String path, String body) {
    return HttpRequest.newBuilder(uri(path))
        .header("Authorization", "Bearer " + key.key())
        .header("Content-Type", "application/json")
        .method(method, BodyPublishers.ofString(body));
  }

  private static URI uri(String path) {
    return path.startsWith("/")
        ? service.management(path)
        : service.management("/console/v1/" + path);
  }

  private static String pay(String order, String amount) {
    HttpResponse<String> paid =
        RunningService.post(
            service.api("/v1/payments"),
            RunningService.order(order, amount),
            "Authorization",
            "Bearer " + ALL.key());
    return new JsonObject(paid.body()).getString("id");
  }

  private static void assertProblem(HttpResponse<String> response, int status, String type) {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    assertThat(new JsonObject(response.body()).getString("type")).isEqualTo("/problems/" + type);
  }

  private static List<List<String>> trail(String subject) {
    return TestPostgres.query(
        service.databaseUrl(),
        "select operator || coalesce(' (' || key_id || ')', ''), action, coalesce(reason, '-'),"
            + " outcome from operator_actions"
            + " where subject = '%s' order by id".formatted(subject));
  }

  @Test
  void lists_areThoseOfTheApi_andNeedTheirScope() {
    String payment = pay("listed", "1.00");

    assertThat(new JsonObject(get(ALL, "payments?order_id=listed").body()).getJsonArray("data"))
        .hasSize(1);
    assertThat(get(ALL, "payments/" + payment).body()).contains("listed");
    assertThat(get(ALL, "payments/txn_" + payment + "/history").body()).contains("success");
    assertThat(get(ALL, "payments/" + payment + "/refunds").body()).contains("data");
    HttpResponse<String> counts = get(ALL, "counts");
    assertThat(new JsonObject(counts.body()).getLong("all")).isPositive();
    assertThat(counts.headers().firstValue("cache-control")).contains("no-store");
    assertThat(counts.headers().firstValue("x-request-id")).isPresent();
    for (String path :
        List.of("payments", "payments/" + payment, "counts", "later-events", "differences")) {
      assertProblem(get(OPERATE, path), 403, "missing-scope");
      assertProblem(get(REFUND, path), 403, "missing-scope");
    }
  }

  @Test
  void refund_repeatedWithItsKey_isOne_andRecordedTwice() {
    String payment = pay("refunded", "80.00");
    String path = "payments/" + payment + "/refunds";
    String body = "{\"amount\": \"12.50\", \"reason\": \"damaged\"}";
    String key = UUID.randomUUID().toString();

    HttpResponse<String> first = act(ALL, path, body, "Idempotency-Key", key);
    HttpResponse<String> second = act(ALL, path, body, "Idempotency-Key", key);

    assertThat(first.statusCode()).isEqualTo(201);
    String id = new JsonObject(first.body()).getString("id");
    assertThat(second.body()).isEqualTo(first.body());
    assertThat(second.headers().firstValue("idempotency-replayed")).contains("true");
    assertThat(get(ALL, first.headers().firstValue("location").get()).body()).contains(id);
    String alice = "alice (" + ALL.key().substring(4, 16) + ")";
    eventually(
        () ->
            assertThat(trail(payment))
                .containsExactly(
                    List.of(alice, "refund", "damaged", "refund " + id + " success"),
                    List.of(alice, "refund", "damaged", "refund " + id + " success, replayed")));
    assertProblem(act(ALL, path, body), 400, "idempotency-key-missing");
    assertProblem(act(OPERATE, path, body, "Idempotency-Key", key), 403, "missing-scope");
    assertProblem(act(REFUND, path, body, "Idempotency-Key", key), 403, "missing-scope");
  }

  @Test
  void refund_tooLarge_isRejectedAndRecorded() {
    String payment = pay("small", "1.00");

    HttpResponse<String> rejected =
        act(
            ALL,
            "payments/" + payment + "/refunds",
            "{\"amount\": \"2.00\"}",
            "Idempotency-Key",
            "k");

    assertProblem(rejected, 409, "refund-too-large");
    eventually(
        () ->
            assertThat(trail(payment))
                .singleElement()
                .satisfies(row -> assertThat(row.get(3)).startsWith("rejected: Expected at most")));
  }

  /** A browser adds a password by itself; its pages of other origins must not act. */
  @ParameterizedTest
  @CsvSource({
    "Sec-Fetch-Site, cross-site",
    "Sec-Fetch-Site, same-site",
    "Origin, https://evil.example",
    "Origin, null",
    "Origin, http://127.0.0.1:1"
  })
  void action_ofAnotherOrigin_isRejected(String header, String value) {
    String payment = pay("forged", "1.00");
    String path = "payments/" + payment + "/refunds";

    assertProblem(act(ALL, path, "", header, value, "Idempotency-Key", "k"), 403, "cross-origin");
    assertProblem(
        RunningService.send(request(ALL, "PATCH", "/sampling", "{}").headers(header, value)),
        403,
        "cross-origin");
    assertThat(trail(payment)).isEmpty();
    assertThat(get(ALL, path).body()).doesNotContain("amount");
  }

  @Test
  void action_ofTheOwnPage_needsTheMark() {
    String path = "payments/" + pay("marked", "1.00") + "/refunds";
    String origin = service.management("").toString();

    assertProblem(send(ALL, "POST", path, ""), 403, "cross-origin");
    assertThat(act(ALL, path, "", "Origin", origin, "Idempotency-Key", "marked").statusCode())
        .isEqualTo(201);
    assertThat(
            act(ALL, path, "", "Sec-Fetch-Site", "same-origin", "Idempotency-Key", "marked")
                .statusCode())
        .isEqualTo(201);
  }

  @Test
  void inquiry_successfulRefundThatHasFailedSince_returnsItsAmount() {
    JsonObject order =
        RunningService.order("unlucky", "12.50")
            .put("gateway", "stripe")
            .put("payment_token", "pm_card_refundFail");
    String payment =
        new JsonObject(
                RunningService.post(
                        service.api("/v1/payments"), order, "Authorization", "Bearer " + ALL.key())
                    .body())
            .getString("id");
    String path = "payments/" + payment;
    assertProblem(act(ALL, path + "/inquiries", ""), 409, "wrong-state");
    HttpResponse<String> refund = act(ALL, path + "/refunds", "", "Idempotency-Key", "unlucky");
    assertThat(refund.statusCode()).isEqualTo(201);
    assertThat(get(ALL, path).body()).contains("\"refunded\"");

    HttpResponse<String> inquiry = act(ALL, path + "/inquiries", "");

    assertThat(inquiry.statusCode()).as(inquiry.body()).isEqualTo(202);
    assertThat(new JsonObject(inquiry.body())).isEqualTo(JsonObject.of("inquiries", 1));
    eventually(
        () ->
            assertThat(new JsonObject(get(ALL, path + "/refunds").body()).getJsonArray("data"))
                .singleElement()
                .satisfies(
                    made ->
                        assertThat(((JsonObject) made).getString("status")).isEqualTo("failed")));
    assertThat(new JsonObject(get(ALL, path).body()).getString("status")).isEqualTo("success");
    eventually( // Pages share a read for a short time.
        () ->
            assertThat(
                    new JsonObject(get(ALL, "later-events").body()).getJsonArray("failed_refunds"))
                .singleElement()
                .satisfies(
                    event -> {
                      JsonObject failed = (JsonObject) event;
                      assertThat(failed.getString("failed_at")).isNotNull();
                      assertThat(failed.getJsonObject("payment").getString("id"))
                          .isEqualTo(payment);
                    }));
    eventually(
        () ->
            assertThat(new JsonObject(get(ALL, "counts").body()).getMap())
                .containsEntry("later_events", 1)
                .containsEntry("disputed", 0)
                .containsEntry("proposed", 0));
    assertThat(act(ALL, path + "/refunds", "", "Idempotency-Key", "unlucky").body())
        .as("a replay has the first response")
        .isEqualTo(refund.body());
    assertProblem(act(ALL, path + "/inquiries", ""), 409, "wrong-state");
  }

  @Test
  void inquiry_unknownPayment_isMadeAtOnce() {
    faults(
        "{\"stripe\": {\"connection_broken\": {\"next\": 1}, \"inquiry_broken\": {\"rate\": 1}}}");
    String payment = pay("unknown", "1.00");
    String path = "payments/" + payment + "/inquiries";
    TestPostgres.execute(
        service.databaseUrl(),
        "update payments set next_inquiry = clock_timestamp() + interval '1 hour' where id = '%s'"
            .formatted(payment));
    eventually( // Pages share a count for a short time.
        () ->
            assertThat(new JsonObject(get(ALL, "counts").body()).getLong("unknown")).isEqualTo(1));
    assertThat(RunningService.send(request(ALL, "DELETE", "/simulator", "")).statusCode())
        .isEqualTo(200);
    assertThat(get(ALL, "payments/" + payment).body()).contains("unknown");

    assertProblem(act(REFUND, path, ""), 403, "missing-scope");
    HttpResponse<String> asked = act(OPERATE, path, "");

    assertThat(asked.statusCode()).isEqualTo(202);
    eventually(() -> assertThat(get(ALL, "payments/" + payment).body()).contains("success"));
    assertProblem(act(OPERATE, path, ""), 409, "wrong-state");
    eventually(
        () ->
            assertThat(trail(payment))
                .extracting(row -> row.get(1) + ": " + row.get(3))
                .containsExactly(
                    "inquiry: 1 due",
                    "inquiry: rejected: Expected a payment or refund with an unknown outcome, or a"
                        + " successful refund, found none."));
  }

  private static void faults(String body) {
    assertThat(send(ALL, "PATCH", "/simulator", body).statusCode()).isEqualTo(200);
  }

  @Test
  void difference_acknowledged_isNoDriftAnyMore() {
    String payment = pay("deleted", "3.21");
    new LedgerRows(service.databaseUrl()).awaitClosedSegment(payment);
    TestPostgres.execute(
        service.databaseUrl(), "delete from payments where id = '%s'".formatted(payment));
    eventually(() -> assertThat(get(ALL, "differences").body()).contains("found_state"));
    JsonObject difference =
        new JsonObject(get(ALL, "differences").body()).getJsonArray("data").getJsonObject(0);
    assertThat(difference.getLong("cents") - difference.getLong("found_cents")).isEqualTo(321);
    JsonObject accepted = new JsonObject().put("reason", "deleted by hand");
    for (String field : List.of("instance", "epoch", "segment", "found_state")) {
      accepted.put(field, difference.getValue(field));
    }

    assertProblem(act(REFUND, "acknowledgements", accepted.encode()), 403, "missing-scope");
    assertProblem(
        act(OPERATE, "acknowledgements", accepted.copy().put("reason", " ").encode()),
        422,
        "invalid-request");
    assertThat(act(OPERATE, "acknowledgements", accepted.encode()).statusCode()).isEqualTo(200);

    assertProblem(act(OPERATE, "acknowledgements", accepted.encode()), 409, "wrong-state");
    assertThat(get(ALL, "differences").body()).doesNotContain("found_state");
    assertThat(
            TestPostgres.query(
                service.databaseUrl(), "select operator, reason from acknowledgements"))
        .containsExactly(
            List.of("bob (" + OPERATE.key().substring(4, 16) + ")", "deleted by hand"));
  }
}
