package dev.paymeter.http;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.Scrape;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.ledger.ThreeWayAudit;
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
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Captures and voids of a running service: ledger, gateway, metrics and responses agree. */
class CapturesIT {
  @TempDir Path directory;

  private final String database = TestPostgres.newDatabase();
  private RunningService service;
  private int orders;

  private void start(String... more) {
    Map<String, String> settings = new HashMap<>();
    settings.put("database.url", database);
    settings.put("simulator.directory", simulator().toString());
    settings.put("simulator.switchable", "true");
    settings.put("gateways.stripe.timeout", "1s");
    for (int i = 0; i < more.length; i += 2) {
      settings.put(more[i], more[i + 1]);
    }
    service = RunningService.start(settings);
  }

  private Path simulator() {
    return directory.resolve("simulator");
  }

  @AfterEach
  void stop() {
    service.close();
  }

  private String authorized(String amount) {
    HttpResponse<String> answer =
        service.pay(RunningService.order("order-" + orders++, amount).put("capture", "manual"));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
    assertThat(new JsonObject(answer.body()).getString("status")).isEqualTo("authorized");
    return new JsonObject(answer.body()).getString("id");
  }

  private CompletableFuture<HttpResponse<String>> step(String payment, String step, String body) {
    return RunningService.postLater(
        service.api("/v1/payments/" + payment + "/" + step), new JsonObject(body));
  }

  private void injectFault(String fault) {
    HttpResponse<String> answer =
        RunningService.send(
            HttpRequest.newBuilder(service.management("/simulator"))
                .header("Content-Type", "application/json")
                .method("PATCH", BodyPublishers.ofString("{\"stripe\":" + fault + "}")));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
  }

  private double counted(String family, String... labels) {
    return new Scrape(service.metrics()).sum(family, labels).doubleValue();
  }

  private String status(String payment) {
    return new JsonObject(RunningService.get(service.api("/v1/payments/" + payment)).body())
        .getString("status");
  }

  private void assertCounted(int payments, double usd, int voids) {
    assertThat(counted("payment_requests_total")).isEqualTo(payments);
    assertThat(counted("payment_duration_seconds_count")).isEqualTo(payments);
    assertThat(counted("payment_amount_usd_count")).isEqualTo(payments);
    assertThat(counted("payment_amount_usd_sum")).isEqualTo(usd);
    assertThat(counted("business_events_usd_count", "event=\"void\"")).isEqualTo(voids);
    assertThat(counted("metrics_ledger_drift")).isZero();
  }

  @Test
  void authorized_capturedAndVoided_areCountedThenAndAgreeAfterARestart() throws Exception {
    start();
    String captured = authorized("100.00");
    String part = authorized("100.00");
    String voided = authorized("50.25");
    String held = authorized("10.00");
    assertCounted(0, 0, 0);
    eventually(() -> assertThat(counted("payments_authorized")).isEqualTo(4));
    assertThat(counted("payments_authorized_usd")).isEqualTo(260.25);
    assertThat(counted("payments_authorized_next_expiry_seconds", "gateway=\"stripe\""))
        .isBetween(604_000.0, 604_800.0);

    assertThat(step(captured, "capture", "{}").join().statusCode()).isEqualTo(200);
    assertThat(step(part, "capture", "{\"amount\":\"30.01\"}").join().statusCode()).isEqualTo(200);
    assertThat(step(voided, "void", "{}").join().statusCode()).isEqualTo(200);

    assertCounted(2, 130.01, 1);
    assertThat(counted("business_events_usd_sum", "event=\"void\"")).isEqualTo(50.25);
    eventually(() -> assertThat(counted("payments_authorized")).isEqualTo(1));
    HttpResponse<String> refund =
        RunningService.post(service.api("/v1/payments/" + part + "/refunds"), new JsonObject("{}"));
    assertThat(new JsonObject(refund.body()).getString("amount")).isEqualTo("30.01");
    assertThat(step(held, "void", "{}").join().statusCode()).isEqualTo(200);
    new ThreeWayAudit(database, simulator()).assertConsistent();
    service.close();
    start();
    assertCounted(2, 130.01, 2);
    assertThat(
            TestPostgres.query(
                database,
                "select status, amount, authorized_amount, void_reason is null from payments_ledger"
                    + " where payment_id = '%s'".formatted(part)))
        .containsExactly(List.of("success", "30.01", "100.00", "t"));
  }

  @Test
  void concurrentCapturesAndVoids_oneWinsAndAllSidesAgree() throws Exception {
    start("database.timeout", "30s");
    List<String> payments = new ArrayList<>();
    List<CompletableFuture<HttpResponse<String>>> steps = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      String payment = authorized("10.00");
      payments.add(payment);
      for (int j = 0; j < 3; j++) {
        steps.add(step(payment, "capture", "{\"amount\":\"" + (j + 1) + ".00\"}"));
        steps.add(step(payment, "void", "{}"));
      }
    }

    int done = 0;
    for (CompletableFuture<HttpResponse<String>> each : steps) {
      assertThat(each.join().statusCode()).as(each.join().body()).isIn(200, 409);
      done += each.join().statusCode() == 200 ? 1 : 0;
    }

    assertThat(done).isEqualTo(payments.size());
    assertThat(payments).allSatisfy(each -> assertThat(status(each)).isIn("success", "voided"));
    new ThreeWayAudit(database, simulator()).assertConsistent();
    assertThat(
            counted("payment_requests_total")
                + counted("business_events_usd_count", "event=\"void\""))
        .isEqualTo(payments.size());
    assertThat(counted("metrics_ledger_drift")).isZero();
  }

  /** The gateway captures, and its response is lost: an inquiry finds the captured amount. */
  @Test
  void capture_responseLost_isFoundOut() throws Exception {
    start();
    String lost = authorized("10.00");
    injectFault("{\"connection_broken\": {\"next\": 1}}");
    assertThat(step(lost, "capture", "{\"amount\":\"4.00\"}").join().statusCode()).isEqualTo(202);
    eventually(() -> assertThat(status(lost)).isEqualTo("success"));

    String notReceived = authorized("10.00");
    injectFault("{\"request_lost\": {\"next\": 1}}");
    int answer = step(notReceived, "capture", "{\"amount\":\"5.00\"}").join().statusCode();
    assertThat(answer).isIn(202, 502);
    if (answer == 502) {
      assertThat(step(notReceived, "capture", "{\"amount\":\"5.00\"}").join().statusCode())
          .isEqualTo(200);
    }
    eventually(() -> assertThat(status(notReceived)).isEqualTo("success"));

    assertCounted(2, 9, 0);
    new ThreeWayAudit(database, simulator()).assertConsistent();
  }

  @Test
  void authorized_expires_isVoidedBecauseOfThat() throws Exception {
    start("gateways.stripe.authorization-validity", "1s");
    String payment = authorized("10.00");

    eventually(() -> assertThat(status(payment)).isEqualTo("voided"));

    JsonObject voided =
        new JsonObject(RunningService.get(service.api("/v1/payments/" + payment)).body());
    assertThat(voided.getString("void_reason")).isEqualTo("expired");
    assertThat(
            TestPostgres.query(
                database,
                "select status from payment_events where payment_id = '%s' order by number"
                    .formatted(payment)))
        .containsExactly(
            List.of("pending"), List.of("authorized"), List.of("unknown"), List.of("voided"));
    assertCounted(0, 0, 1);
    new ThreeWayAudit(database, simulator()).assertConsistent();
  }
}
