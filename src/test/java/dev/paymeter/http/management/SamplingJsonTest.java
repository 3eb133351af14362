package dev.paymeter.http.management;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.metrics.queue.Sampling;
import dev.paymeter.payment.port.PaymentMetrics.Operation;
import dev.paymeter.support.http.TestHttp;
import dev.paymeter.support.http.TestVerticles;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(VertxExtension.class)
class SamplingJsonTest {
  private static final String[] LABELS = {
    "ledger_insert",
    "ledger_settle",
    "ledger_reroute",
    "ledger_request",
    "ledger_mark_unknown",
    "ledger_find",
    "ledger_list",
    "ledger_authorized",
    "ledger_actions",
    "ledger_record",
    "ledger_check",
    "unresolved_take",
    "unresolved_find",
    "unresolved_postpone",
    "unresolved_read",
    "refunds_lookup",
    "refunds_insert",
    "refunds_settle",
    "refunds_mark_unknown",
    "refunds_find",
    "refunds_list",
    "disputes_find",
    "disputes_write",
    "disputes_read",
    "settlements_read",
    "cleanup_cancel",
    "cleanup_expire_keys",
    "cleanup_erase",
    "events_read",
    "events_lease",
    "events_publish",
    "webhooks_lease",
    "webhooks_queue",
    "webhooks_read",
    "webhooks_record",
    "audit_read",
    "audit_renew",
    "audit_checkpoint",
    "look_back_compare",
    "look_back_read",
    "gateway_charge",
    "gateway_resolve",
    "gateway_capture",
    "gateway_cancel",
    "gateway_refund",
    "gateway_resolve_refund",
    "gateway_dispute",
    "bus_payments_create",
    "bus_payments_capture",
    "bus_payments_void",
    "bus_payments_find",
    "bus_payments_list",
    "bus_payments_changes",
    "bus_refunds_create",
    "bus_refunds_find",
    "bus_refunds_list",
    "bus_disputes_list",
    "bus_payments_record",
    "bus_gateways_webhook",
    "bus_observations",
    "reported"
  };

  private static final HttpClient CLIENT = TestHttp.client();

  private final Sampling sampling = new Sampling(0.01);
  private URI uri;

  @BeforeEach
  void deploy(Vertx vertx) {
    ManagementVerticle management =
        TestVerticles.management(
            new Health(), (format, gzip) -> Future.succeededFuture(Buffer.buffer()), sampling);
    await(vertx.deployVerticle(management));
    uri = URI.create("http://127.0.0.1:" + management.port() + "/sampling");
  }

  @Test
  void get_fromTheStart_returnsTheRateOfEachOperation() throws Exception {
    HttpResponse<String> answer = send("GET", "");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(new JsonObject(answer.body()).getMap())
        .containsOnlyKeys(LABELS)
        .allSatisfy((operation, rate) -> assertThat(rate).isEqualTo(0.01));
  }

  @Test
  void patch_rates_changesTheseAndReturnsAll() throws Exception {
    HttpResponse<String> answer = send("PATCH", "{\"ledger_insert\":0.6,\"gateway_charge\":1}");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(new JsonObject(answer.body()).getDouble("ledger_insert")).isEqualTo(0.6);
    assertThat(sampling.rates())
        .containsEntry(Operation.LEDGER_INSERT, 0.6)
        .containsEntry(Operation.GATEWAY_CHARGE, 1.0)
        .containsEntry(Operation.LEDGER_SETTLE, 0.01)
        .containsEntry(Operation.LEDGER_FIND, 0.01);
    assertThat(send("GET", "").body()).isEqualTo(answer.body());
  }

  @Test
  void patch_reported_isTheRateOfReportedOperations() throws Exception {
    HttpResponse<String> answer = send("PATCH", "{\"reported\":0.25}");

    assertThat(new JsonObject(answer.body()).getDouble("reported")).isEqualTo(0.25);
    assertThat(sampling.reportedRate()).isEqualTo(0.25);
    assertUnchanged();
  }

  @Test
  void patch_nothing_changesNothing() throws Exception {
    assertThat(send("PATCH", "{}").statusCode()).isEqualTo(200);

    assertUnchanged();
  }

  /** Regression: valid rates before an invalid one were set. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"ledger_insert":0.5,"ledger_close":0.5}    | ledger_close   | present
          {"ledger_insert":0.5,"gateway_charge":0}    | gateway_charge | 0
          {"ledger_insert":0.5,"gateway_charge":-1}   | gateway_charge | -1
          {"ledger_insert":0.5,"gateway_charge":1.01} | gateway_charge | 1.01
          {"ledger_insert":0.5,"gateway_charge":1e-7} | gateway_charge | 1E-7
          {"ledger_insert":0.5,"gateway_charge":"1"}  | gateway_charge | 1
          {"ledger_insert":0.5,"gateway_charge":null} | gateway_charge | null
          {"ledger_insert":0.5,"gateway_charge":{}}   | gateway_charge | {}
          """)
  void patch_oneIsInvalid_isRejectedAndNothingChanges(String body, String field, String actual)
      throws Exception {
    HttpResponse<String> answer = send("PATCH", body);

    assertProblem(answer, 422);
    JsonObject fault = new JsonObject(answer.body()).getJsonArray("errors").getJsonObject(0);
    assertThat(fault.getString("field")).isEqualTo(field);
    assertThat(fault.getString("actual")).isEqualTo(actual);
    assertThat(fault.getString("expected"))
        .isIn("a number from 1.0E-6 to 1", "one of " + String.join(", ", LABELS));
    assertUnchanged();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "1", "{\"ledger_insert\":0.5", "{\"a\":1,\"a\":1}"})
  void patch_noObject_isMalformed(String body) throws Exception {
    assertProblem(send("PATCH", body), 400);

    assertUnchanged();
  }

  @Test
  void patch_tooLarge_isRejected() throws Exception {
    assertProblem(send("PATCH", "{\"" + "a".repeat(1 << 20) + "\":1}"), 413);

    assertUnchanged();
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "DELETE"})
  void otherMethods_areRefusedWithWhatIsAllowed(String method) throws Exception {
    HttpResponse<String> answer = send(method, "{}");

    assertProblem(answer, 405);
    assertThat(answer.headers().firstValue("allow")).contains("GET, PATCH");
  }

  private void assertUnchanged() {
    assertThat(sampling.rates().values()).containsOnly(0.01);
  }

  private static void assertProblem(HttpResponse<String> answer, int status) {
    assertThat(answer.statusCode()).isEqualTo(status);
    assertThat(answer.headers().firstValue("content-type")).contains("application/problem+json");
    assertThat(new JsonObject(answer.body()).getInteger("status")).isEqualTo(status);
  }

  private HttpResponse<String> send(String method, String body) throws Exception {
    return CLIENT.send(
        HttpRequest.newBuilder(uri)
            .header("Content-Type", "application/json")
            .method(method, BodyPublishers.ofString(body))
            .build(),
        BodyHandlers.ofString());
  }
}
