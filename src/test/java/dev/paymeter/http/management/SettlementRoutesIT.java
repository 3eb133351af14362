package dev.paymeter.http.management;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.security.NewApiKey;
import dev.paymeter.support.Scrape;
import dev.paymeter.support.ledger.LedgerRows;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.service.RunningService;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Manual settlements over HTTP: two keys, the gateway's evidence, restarts, lists. */
class SettlementRoutesIT {
  private static final NewApiKey ALICE =
      NewApiKey.generate("alice", "pay,read,refund,operate", "never");
  private static final NewApiKey ALICE_ROTATED =
      NewApiKey.generate("alice-2027", "alice", "operate", "never");
  private static final NewApiKey BOB = NewApiKey.generate("bob", "operate", "never");
  private static final NewApiKey SHOP = NewApiKey.generate("shop", "pay,read,refund", "never");

  private static final String NO_ANSWERS =
      "{\"stripe\": {\"connection_broken\": {\"rate\": 1}, \"inquiry_broken\": {\"rate\": %s}}}";

  @TempDir Path directory;
  private String database;
  private RunningService service;

  @BeforeEach
  void start() throws IOException {
    database = TestPostgres.newDatabase();
    Files.write(
        directory.resolve("keys"),
        List.of(ALICE.line(), ALICE_ROTATED.line(), BOB.line(), SHOP.line()));
    open();
  }

  private void open() {
    service =
        RunningService.start(
            Map.of(
                "database.url",
                database,
                "security.keys",
                directory.resolve("keys").toString(),
                "simulator.switchable",
                "true",
                "payments.settlement-age",
                "0s"));
    setFaults("1");
  }

  @AfterEach
  void stop() {
    service.close();
  }

  private void setFaults(String brokenInquiries) {
    assertThat(send(ALICE, "PATCH", "/simulator", NO_ANSWERS.formatted(brokenInquiries)))
        .extracting(HttpResponse::statusCode)
        .isEqualTo(200);
  }

  private HttpResponse<String> send(NewApiKey key, String method, String path, String body) {
    return sendLater(key, method, path, body).join();
  }

  private CompletableFuture<HttpResponse<String>> sendLater(
      NewApiKey key, String method, String path, String body) {
    return RunningService.CLIENT.sendAsync(
        HttpRequest.newBuilder(service.management(path))
            .header("Authorization", "Bearer " + key.key())
            .header("Content-Type", "application/json")
            .method(method, BodyPublishers.ofString(body))
            .build(),
        BodyHandlers.ofString());
  }

  private JsonObject get(String path) {
    return new JsonObject(send(ALICE, "GET", path, "").body());
  }

  private JsonObject payment(String id) {
    return get("/console/v1/payments/" + id);
  }

  private static String path(String payment) {
    return "/payments/" + payment + "/settlement";
  }

  /** Returns the id of a payment that the gateway has charged without an answer. */
  private String payWithoutAnswer(String order) {
    HttpResponse<String> paid =
        RunningService.post(
            service.api("/v1/payments"),
            RunningService.order(order, "12.50"),
            "Authorization",
            "Bearer " + SHOP.key());
    assertThat(paid.statusCode()).isEqualTo(202);
    String id = new JsonObject(paid.body()).getString("id");
    TestPostgres.execute(
        database,
        "update payments set next_inquiry = clock_timestamp() + interval '1 hour' where id = '%s'"
            .formatted(id));
    return id;
  }

  private String propose(String payment, String status) {
    HttpResponse<String> proposed = send(ALICE, "POST", path(payment), proposal(status));
    assertThat(proposed.statusCode()).as(proposed.body()).isEqualTo(201);
    return new JsonObject(proposed.body()).getString("id");
  }

  private static String proposal(String status) {
    return new JsonObject()
        .put("status", status)
        .put("reason", "no answer for a day")
        .put("evidence", "statement of the account")
        .encode();
  }

  private static String settlement(String id) {
    return new JsonObject().put("id", id).encode();
  }

  private static void assertProblem(HttpResponse<String> response, int status, String type) {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    assertThat(new JsonObject(response.body()).getString("type")).isEqualTo("/problems/" + type);
  }

  /** Leaves out the errors: late evidence of the gateway is one that has no row. */
  private void assertMetricsEqualTheLedger() {
    LedgerRows rows = new LedgerRows(database);
    eventually(
        () -> {
          Scrape scrape = new Scrape(service.metrics());
          Map<String, Map<Map<String, String>, BigDecimal>> expected = rows.expected();
          expected.remove("errors_total");
          expected.forEach(
              (name, values) -> assertThat(scrape.values(name)).as(name).isEqualTo(values));
          assertThat(scrape.sum("metrics_ledger_drift")).isZero();
        });
  }

  @Test
  void settlement_needsTwoKeys_andCountsOnce() {
    String payment = payWithoutAnswer("order_1");
    assertProblem(send(SHOP, "POST", path(payment), proposal("failed")), 403, "missing-scope");
    String id = propose(payment, "failed");
    HttpResponse<String> repeated = send(ALICE, "POST", path(payment), proposal("failed"));
    assertThat(repeated.statusCode()).isEqualTo(200);
    assertThat(new JsonObject(repeated.body()).getString("id")).isEqualTo(id);
    assertProblem(send(BOB, "POST", path(payment), proposal("success")), 409, "wrong-state");

    for (NewApiKey key : List.of(ALICE, ALICE_ROTATED)) {
      assertProblem(
          send(key, "POST", path(payment) + "/approve", settlement(id)),
          403,
          "second-key-required");
    }
    assertThat(payment(payment).getString("status")).isEqualTo("unknown");
    HttpResponse<String> approved = send(BOB, "POST", path(payment) + "/approve", settlement(id));

    assertThat(approved.statusCode()).as(approved.body()).isEqualTo(200);
    JsonObject settled = new JsonObject(approved.body());
    assertThat(settled.getString("state")).isEqualTo("settled");
    assertThat(settled.getJsonObject("proposed").getString("key")).isEqualTo("alice");
    assertThat(settled.getJsonObject("approved").getString("key_id"))
        .isEqualTo(BOB.key().substring(4, 16));
    assertThat(send(BOB, "POST", path(payment) + "/approve", settlement(id)).body())
        .isEqualTo(approved.body());
    JsonObject failed = payment(payment);
    assertThat(failed.getString("status")).isEqualTo("failed");
    assertThat(failed.getString("settled_by")).isEqualTo("operator");
    assertThat(failed.getJsonObject("error").getString("code")).isEqualTo("settled_by_operators");
    JsonArray history = get("/console/v1/payments/" + payment + "/history").getJsonArray("data");
    assertThat(history.getJsonObject(1).getString("settled_by")).isNull();
    assertThat(history.getJsonObject(2).getString("settled_by")).isEqualTo("operator");
    assertThat(TestPostgres.query(database, "select status, settled_by from payments_ledger"))
        .containsExactly(List.of("failed", "operator"));
    assertThat(
            new Scrape(service.metrics())
                .sum("payment_resolution_seconds_count", "via=\"operator\""))
        .isEqualByComparingTo("1");
    assertMetricsEqualTheLedger();
  }

  @Test
  void approve_gatewayContradicts_itsEvidenceSettles() {
    String payment = payWithoutAnswer("order_1");
    String id = propose(payment, "failed");
    setFaults("0");

    assertProblem(
        send(BOB, "POST", path(payment) + "/approve", settlement(id)), 409, "wrong-state");

    assertThat(payment(payment).getString("status")).isEqualTo("success");
    assertThat(payment(payment).getString("settled_by")).isNull();
    assertThat(get(path(payment)).getString("state")).isEqualTo("superseded");
    assertMetricsEqualTheLedger();
  }

  /** Half of the inquiries find out that the payment was charged, while it is settled as failed. */
  @Test
  void approve_whileEvidenceArrives_oneOfBothSettles() {
    List<String> payments = new ArrayList<>();
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      payments.add(payWithoutAnswer("order_" + i));
      ids.add(propose(payments.get(i), "failed"));
    }
    setFaults("0.5");
    TestPostgres.execute(database, "update payments set next_inquiry = clock_timestamp()");

    List<CompletableFuture<HttpResponse<String>>> approvals = new ArrayList<>();
    for (int i = 0; i < payments.size(); i++) {
      approvals.add(
          sendLater(BOB, "POST", path(payments.get(i)) + "/approve", settlement(ids.get(i))));
    }

    for (int i = 0; i < payments.size(); i++) {
      boolean isApproved = approvals.get(i).join().statusCode() == 200;
      JsonObject payment = payment(payments.get(i));
      assertThat(payment.getString("status")).isEqualTo(isApproved ? "failed" : "success");
      assertThat(payment.getString("settled_by")).isEqualTo(isApproved ? "operator" : null);
      assertThat(get(path(payments.get(i))).getString("state"))
          .isEqualTo(isApproved ? "settled" : "superseded");
    }
    assertMetricsEqualTheLedger();
  }

  @Test
  void approve_afterARestart_settles() {
    String proposed = payWithoutAnswer("order_1");
    String approved = payWithoutAnswer("order_2");
    String first = propose(proposed, "success");
    String second = propose(approved, "success");
    TestPostgres.execute(
        database,
        "update manual_settlements set approved_at = clock_timestamp(), approved_by = 'bob',"
            + " approved_key = 'b', approved_owner = 'bob' where id = '%s'".formatted(second));
    service.close();
    open();
    assertThat(get(path(approved)).getString("state")).isEqualTo("approved");

    assertThat(send(BOB, "POST", path(proposed) + "/approve", settlement(first)).statusCode())
        .isEqualTo(200);
    assertThat(send(BOB, "POST", path(approved) + "/approve", settlement(second)).statusCode())
        .isEqualTo(200);

    for (String payment : List.of(proposed, approved)) {
      assertThat(payment(payment).getString("status")).isEqualTo("success");
      assertThat(payment(payment).getString("settled_by")).isEqualTo("operator");
    }
    assertMetricsEqualTheLedger();
  }

  @Test
  void settlements_areListedByState_pageByPage() {
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      ids.add(0, propose(payWithoutAnswer("order_" + i), "failed"));
    }
    String withdrawn = payWithoutAnswer("withdrawn");
    String other = propose(withdrawn, "failed");
    assertThat(send(BOB, "POST", path(withdrawn) + "/withdraw", settlement(other)).statusCode())
        .isEqualTo(200);

    JsonObject first = get("/settlements?state=proposed&limit=2");
    JsonObject second = get("/settlements?state=proposed&limit=2&after=" + first.getString("next"));

    List<String> listed = new ArrayList<>();
    for (JsonObject page : List.of(first, second)) {
      page.getJsonArray("data").forEach(each -> listed.add(((JsonObject) each).getString("id")));
    }
    assertThat(listed).isEqualTo(ids);
    assertThat(second.getString("next")).isNull();
    JsonObject ended = get("/settlements?state=withdrawn").getJsonArray("data").getJsonObject(0);
    assertThat(ended.getString("id")).isEqualTo(other);
    assertThat(ended.getJsonObject("withdrawn").getString("key")).isEqualTo("bob");
    assertProblem(
        send(ALICE, "GET", "/settlements?after=" + first.getString("next"), ""),
        422,
        "invalid-request");
    assertProblem(
        send(ALICE, "POST", path(withdrawn), proposal("refunded")), 422, "invalid-request");
  }
}
