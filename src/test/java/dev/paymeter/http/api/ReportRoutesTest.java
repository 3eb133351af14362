package dev.paymeter.http.api;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.bus.Addresses;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Collections;
import org.junit.jupiter.api.Test;

/** Reports of other services, over HTTP and on the bus. */
class ReportRoutesTest extends ApiFixture {
  @Test
  void postObservation_newAndAgain_isCreatedAndThenADuplicate() throws Exception {
    HttpResponse<String> first = observe(EVENT);
    HttpResponse<String> again = observe(EVENT);

    assertThat(first.statusCode()).isEqualTo(201);
    assertThat(first.body()).isEqualTo("{\"outcome\":\"accepted\"}");
    assertThat(again.statusCode()).isEqualTo(200);
    assertThat(again.body()).isEqualTo("{\"outcome\":\"duplicate\"}");
  }

  private static final String RECORD =
      """
      {"kind":"payment","publisher":"shop","id":"sale-7","order_id":"o","user_id":"u",\
      "amount":"12.34","user_tier":"basic","payment_method":"paypal","gateway":"stripe",\
      "status":"failed","duration":0.25,"error_type":"PaymentGatewayException"}""";

  @Test
  void postObservation_paymentOfAnotherService_isCreatedAndThenADuplicate() throws Exception {
    HttpResponse<String> first = observe(RECORD);
    HttpResponse<String> again = observe(RECORD);
    HttpResponse<String> other = observe(RECORD.replace("12.34", "12.35"));

    assertThat(first.statusCode()).isEqualTo(201);
    assertThat(again.body()).isEqualTo("{\"outcome\":\"duplicate\"}");
    assertThat(other.statusCode()).isEqualTo(422);
    assertThat(other.body()).contains("a unique id");
  }

  @Test
  void postObservation_severalFaults_is422NamingThemAll() throws Exception {
    assertProblem(
        observe(EVENT.replace("order-7", "").replace("12.34", "-1")),
        422,
        """
        {"type":"/problems/invalid-request","title":"Invalid request","status":422,\
        "detail":"2 fields are wrong.","errors":[{"field":"id",\
        "expected":"a string of 1 to 255 characters, not blank, no control characters",\
        "actual":"\\"\\""},\
        {"field":"amount","expected":"an amount above zero","actual":"\\"-1\\""}]}""");
  }

  @Test
  void postObservation_idOfAnotherEvent_is422() throws Exception {
    observe(EVENT);

    assertProblem(
        observe(EVENT.replace("12.34", "12.35")),
        422,
        """
        {"type":"/problems/invalid-request","title":"Invalid request","status":422,\
        "detail":"One field is wrong.","errors":[{"field":"id",\
        "expected":"a unique id","actual":"the id of another observation"}]}""");
  }

  @Test
  void postObservation_batch_isAnsweredRowByRow() throws Exception {
    observe(EVENT);

    HttpResponse<String> answer =
        observe(
            """
            {"kind": "event", "publisher": "shop", "columns": {
              "id": ["new-1", "order-7", "order-7", "", "new-2"],
              "event": ["order", "order", "refund", "order", "order"],
              "amount_minor": [1, 1234, 1234, 1, 2]}}""");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(new JsonObject(answer.body()))
        .isEqualTo(
            new JsonObject(
                """
                {"outcome": "taken", "accepted": 2, "duplicates": [1], "rejected": [
                  {"row": 2, "errors": [{"field": "id",
                    "expected": "a unique id", "actual": "the id of another observation"}]},
                  {"row": 3, "errors": [{"field": "id",
                    "expected": "a string of 1 to 255 characters, not blank, no control characters",
                    "actual": "\\"\\""}]}]}"""));
  }

  @Test
  void postObservation_batchWithoutAValidRow_isAnsweredRowByRow() throws Exception {
    ledger.becomeUnavailable(); // The ledger is not needed.

    HttpResponse<String> answer =
        observe(
            """
            {"kind": "event", "publisher": "shop", "columns": {
              "id": [null], "event": ["order"], "amount_minor": [1]}}""");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(new JsonObject(answer.body()).getInteger("accepted")).isZero();
  }

  @Test
  void postObservation_malformed_is400() throws Exception {
    assertThat(observe("[" + EVENT + "]").statusCode()).isEqualTo(400);
    assertThat(observe("").statusCode()).isEqualTo(400);
  }

  @Test
  void postObservation_ledgerUnavailable_is503WithRetryAfter() throws Exception {
    ledger.becomeUnavailable();

    HttpResponse<String> answer = observe(EVENT);

    assertThat(answer.headers().firstValue("retry-after")).contains("1");
    assertProblem(
        answer,
        503,
        """
        {"type":"/problems/ledger-unavailable","title":"Ledger unavailable","status":503,\
        "detail":"The ledger cannot be reached now. Report it again, under the same id."}""");
  }

  @Test
  void postObservation_noHandler_is503WithRetryAfter() throws Exception {
    await(vertx.undeploy(observationsId));

    HttpResponse<String> answer = observe(EVENT);

    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.headers().firstValue("retry-after")).contains("1");
  }

  /** A message from the bus can be something other than JSON. */
  @Test
  void observation_notAnObject_isRejected() {
    assertThat(await(vertx.eventBus().<JsonObject>request(Addresses.OBSERVATIONS, "order")).body())
        .isEqualTo(
            new JsonObject(
                """
                {"detail":"One field is wrong.","outcome":"rejected",
                "errors":[{"field":"body","expected":"a JSON object","actual":"String"}]}"""));
  }

  private static String operations(int sequence, String columns) {
    return "{\"kind\":\"operation\",\"publisher\":\"orders\",\"session\":\"1\",\"sequence\":"
        + sequence
        + ",\"columns\":"
        + columns
        + "}";
  }

  private static final String THREE_ROWS =
      "{\"operation\":[\"db_query\",\"db_query\",\"Query\"],"
          + "\"outcome\":[\"success\",\"failure\",\"success\"],"
          + "\"duration_micros\":[250,10000,1]}";

  /** Regression: rows that were counted before were answered as accepted. */
  @Test
  void observe_operations_areAnsweredRowByRow() throws Exception {
    HttpResponse<String> first = observe(operations(0, THREE_ROWS));
    HttpResponse<String> again = observe(operations(1, THREE_ROWS));

    assertThat(first.statusCode()).isEqualTo(200);
    JsonObject answer = new JsonObject(first.body());
    assertThat(answer.getInteger("accepted")).isEqualTo(2);
    assertThat(answer.getInteger("dropped")).isZero();
    assertThat(answer.getJsonArray("duplicates")).isEmpty();
    assertThat(answer.getJsonArray("rejected")).hasSize(1);
    assertThat(new JsonObject(again.body()).getJsonArray("duplicates")).containsExactly(0, 1);
    assertThat(new JsonObject(again.body()).getInteger("accepted")).isZero();
    assertThat(counts.calls()).containsExactly("operations 2", "repeated OPERATION 2");
  }

  @Test
  void observe_oneOperation_isAcceptedOnce_andAJumpIsCounted() throws Exception {
    String one =
        "{\"kind\":\"operation\",\"publisher\":\"orders\",\"session\":\"1\",\"sequence\":5,"
            + "\"operation\":\"db_query\",\"outcome\":\"success\",\"duration\":0.25}";

    observe(one.replace(":5,", ":0,"));
    HttpResponse<String> first = observe(one);
    HttpResponse<String> again = observe(one);

    assertThat(first.statusCode()).isEqualTo(201);
    assertThat(first.body()).isEqualTo("{\"outcome\":\"accepted\"}");
    assertThat(again.statusCode()).isEqualTo(200);
    assertThat(again.body()).isEqualTo("{\"outcome\":\"duplicate\"}");
    assertThat(counts.calls())
        .containsExactly(
            "operations 1", "operations 1", "missing 4, late 0", "repeated OPERATION 1");
  }

  @Test
  void observe_operationsWithoutCapacity_areAnsweredAsDropped() throws Exception {
    counts.limitCapacity(1);

    JsonObject answer = new JsonObject(observe(operations(0, THREE_ROWS)).body());

    assertThat(answer.getInteger("accepted")).isEqualTo(1);
    assertThat(answer.getInteger("dropped")).isEqualTo(1);
  }

  /** Regression: repeated and invalid reports were not counted. */
  @Test
  void observe_repeatedOrInvalid_isCounted() throws Exception {
    observe(EVENT);
    observe(EVENT);
    observe(EVENT.replace("12.34", "56.78"));
    observe(EVENT.replace("12.34", "-1"));
    observe(operations(-1, THREE_ROWS));
    observe(operations(0, THREE_ROWS));
    observe(operations(2_000_000_000, THREE_ROWS));
    observe("{\"kind\":\"gauge\"}");

    assertThat(counts.calls())
        .containsExactly(
            "repeated EVENT 1",
            "refused EVENT 1",
            "refused EVENT 1",
            "refused OPERATION 1",
            "operations 2",
            "refused OPERATION 1");
  }

  private static final String CONNECTIONS =
      "{\"kind\":\"connections\",\"publisher\":\"orders\",\"database\":\"orders_db\","
          + "\"pool\":\"main_pool\",\"active\":7,\"max\":20}";

  @Test
  void observe_connections_ofAConfiguredPool_areAccepted_othersAreRejected() throws Exception {
    HttpResponse<String> answer = observe(CONNECTIONS);
    HttpResponse<String> rejected = observe(CONNECTIONS.replace("main_pool", "payments"));
    HttpResponse<String> tooMany = observe(CONNECTIONS.replace("7", "21"));

    assertThat(answer.statusCode()).isEqualTo(201);
    assertThat(rejected.statusCode()).isEqualTo(422);
    assertThat(new JsonObject(rejected.body()).getJsonArray("errors"))
        .containsExactly(
            new JsonObject()
                .put("field", "pool")
                .put(
                    "expected",
                    "a pool of metrics.connections that is not Paymeter's own: orders_db/main_pool")
                .put("actual", "orders_db/payments"));
    assertThat(new JsonObject(tooMany.body()).getJsonArray("errors").getJsonObject(0).getMap())
        .containsEntry("field", "active")
        .containsEntry("expected", "a whole number from 0 to 20");
    assertThat(counts.calls())
        .containsExactly(
            "connections PoolReport[database=orders_db, pool=main_pool, active=7, max=20]");
  }

  /** Reports of all kinds can be bytes. */
  @Test
  void observe_bytesOnTheBus_areReadAsJson() throws Exception {
    assertThat(request(Buffer.buffer(EVENT)).getString("outcome")).isEqualTo("accepted");
    assertThat(request(Buffer.buffer(EVENT)).getString("outcome")).isEqualTo("duplicate");
    assertThat(request(Buffer.buffer(operations(0, THREE_ROWS))).getInteger("accepted"))
        .isEqualTo(2);
    assertThat(request(Buffer.buffer("[]")).getString("outcome")).isEqualTo("rejected");
    assertThat(request(Buffer.buffer("{\"kind\":\"operation\"")).getString("outcome"))
        .isEqualTo("rejected");
  }

  private JsonObject request(Object body) {
    return await(vertx.eventBus().<JsonObject>request("observations.v1", body)).body();
  }

  /** Regression: the response to invalid rows was fifty times as long as the request. */
  @Test
  void observe_manyInvalidRows_onlyTheFirstAreExplained() throws Exception {
    int rows = 150;
    JsonObject batch =
        new JsonObject()
            .put("kind", "event")
            .put("publisher", "shop")
            .put(
                "columns",
                new JsonObject()
                    .put("id", new JsonArray(Collections.nCopies(rows, 1)))
                    .put("event", new JsonArray(Collections.nCopies(rows, 1)))
                    .put("amount_minor", new JsonArray(Collections.nCopies(rows, 0))));

    JsonArray rejected =
        new JsonObject(
                CLIENT
                    .send(
                        HttpRequest.newBuilder(
                                URI.create("http://127.0.0.1:" + api.port() + "/v1/observations"))
                            .header("Content-Type", "application/json")
                            .POST(BodyPublishers.ofString(batch.encode()))
                            .build(),
                        BodyHandlers.ofString())
                    .body())
            .getJsonArray("rejected");

    assertThat(rejected).hasSize(rows);
    assertThat(rejected.getJsonObject(99).getJsonArray("errors")).isNotEmpty();
    assertThat(rejected.getJsonObject(100).fieldNames()).containsExactly("row");
  }
}
