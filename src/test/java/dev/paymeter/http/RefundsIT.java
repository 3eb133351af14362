package dev.paymeter.http;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.gateway.simulator.Simulator;
import dev.paymeter.support.Scrape;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.ledger.ThreeWayAudit;
import dev.paymeter.support.service.RestartableService;
import dev.paymeter.support.service.RunningService;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Refunds by two instances of one ledger, with faulty gateways and after a kill. */
class RefundsIT {
  private static final int PAYMENTS = 20;
  private static final int REFUNDS_OF_EACH = 14;

  @TempDir Path directory;

  private final String database = TestPostgres.newDatabase();
  private final List<RunningService> instances = new ArrayList<>();

  @BeforeEach
  void start() {
    start("one");
    start("two");
  }

  private void start(String instance) {
    instances.add(RunningService.start(settings(instance)));
  }

  private Map<String, String> settings(String instance) {
    Map<String, String> settings = new HashMap<>();
    settings.put("database.url", database);
    settings.put("instance.id", instance);
    settings.put("simulator.directory", simulator().toString());
    settings.put("simulator.switchable", "true");
    settings.put("simulator.faults.delay", "2s");
    settings.put("gateways.stripe.timeout", "1s");
    settings.put("database.timeout", "30s"); // No 503 while hundreds of refunds share the cores.
    // The circuit must not open.
    settings.put("gateways.stripe.breaker.failure-rate", "1");
    settings.put("gateways.stripe.breaker.minimum-calls", "100");
    return settings;
  }

  private Path simulator() {
    return directory.resolve("simulator");
  }

  @AfterEach
  void stop() {
    instances.forEach(RunningService::close);
  }

  private String paid(String amount) {
    HttpResponse<String> answer =
        instances.get(0).pay(RunningService.order("order-" + next++, amount));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
    return new JsonObject(answer.body()).getString("id");
  }

  private int next;

  private static CompletableFuture<HttpResponse<String>> refund(
      URI refunds, String body, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(refunds)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return RunningService.CLIENT.sendAsync(request.build(), BodyHandlers.ofString());
  }

  private static String path(String payment) {
    return "/v1/payments/" + payment + "/refunds";
  }

  private static void injectFaults(RunningService instance, String faults) {
    HttpResponse<String> answer =
        RunningService.send(
            HttpRequest.newBuilder(instance.management("/simulator"))
                .header("Content-Type", "application/json")
                .method(
                    "PATCH", HttpRequest.BodyPublishers.ofString("{\"stripe\":" + faults + "}")));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
  }

  private double counted(String family, String... labels) {
    return instances.stream()
        .mapToDouble(instance -> new Scrape(instance.metrics()).sum(family, labels).doubleValue())
        .sum();
  }

  private String only(String sql) {
    return TestPostgres.query(database, sql).get(0).get(0);
  }

  @Test
  void concurrentAtTwoInstances_faultyGateway_agreeWithItAndNeverExceedThePayments()
      throws Exception {
    List<String> payments = new ArrayList<>();
    for (int i = 0; i < PAYMENTS; i++) {
      payments.add(paid("10.00"));
    }
    instances.forEach(
        instance ->
            injectFaults(
                instance,
                """
                {"request_lost": {"rate": 0.04}, "request_late": {"rate": 0.04},
                 "connection_refused": {"rate": 0.04}, "connection_broken": {"rate": 0.04},
                 "answer_lost": {"rate": 0.04}, "answer_twice": {"rate": 0.04}}
                """));
    List<CompletableFuture<HttpResponse<String>>> refunds = new ArrayList<>();
    for (int i = 0; i < REFUNDS_OF_EACH; i++) {
      for (String payment : payments) {
        refunds.add(refund(instances.get(i % 2).api(path(payment)), "{\"amount\":\"1.00\"}"));
      }
    }
    for (CompletableFuture<HttpResponse<String>> refund : refunds) {
      assertThat(refund.join().statusCode()).as(refund.join().body()).isIn(201, 202, 409, 502);
    }
    instances.forEach(instance -> injectFaults(instance, "{\"request_lost\": null}"));

    eventually(
        () ->
            assertThat(only("select count(*) from refunds where settled_at is null"))
                .isEqualTo("0"));
    new ThreeWayAudit(database, simulator()).assertConsistent();
    assertThat(only("select max(refunded) <= 10 from payments")).isEqualTo("t");
    double succeeded =
        Double.parseDouble(only("select count(*) from refunds where status = 'success'"));
    double failed =
        Double.parseDouble(only("select count(*) from refunds where status = 'failed'"));
    assertThat(succeeded).isGreaterThan(PAYMENTS);
    assertThat(failed).isPositive();
    assertThat(counted("business_events_usd_count", "event=\"refund\"")).isEqualTo(succeeded);
    assertThat(counted("business_events_usd_sum", "event=\"refund\"")).isEqualTo(succeeded);
    assertThat(counted("errors_total", "service=\"refund\"")).isEqualTo(failed);
    eventually(() -> assertThat(counted("refunds_unknown")).isZero());
    assertThat(counted("payment_requests_total")).isEqualTo(PAYMENTS);
    assertThat(counted("metrics_ledger_drift")).isZero();
  }

  @Test
  void refund_processKilledDuringTheGatewayCall_isSettledByAnother() throws Exception {
    String payment = paid("10.00");
    String[] key = {"Idempotency-Key", "\"give-back\""};
    Map<String, String> slow = new HashMap<>(settings("killed"));
    slow.put("simulator.time-scale", "900");
    slow.put("gateways.stripe.timeout", "600s");
    slow.put("limits.idle-timeout", "700s");
    try (RestartableService killed = RestartableService.startFast(directory, slow)) {
      CompletableFuture<HttpResponse<String>> first = refund(killed.api(path(payment)), "{}", key);
      eventually(
          () ->
              assertThat(Simulator.charges(simulator(), "stripe"))
                  .as("received by the gateway")
                  .hasSize(2));
      assertThat(refund(instances.get(0).api(path(payment)), "{}", key).join().statusCode())
          .isEqualTo(409);
      killed.kill();
      assertThat(first).failsWithin(Duration.ofSeconds(30));
    }

    eventually(
        () -> {
          HttpResponse<String> again =
              refund(instances.get(1).api(path(payment)), "{}", key).join();
          assertThat(again.statusCode()).as(again.body()).isEqualTo(201);
          assertThat(again.headers().firstValue("idempotency-replayed")).contains("true");
        });
    new ThreeWayAudit(database, simulator()).assertConsistent();
    assertThat(counted("business_events_usd_count", "event=\"refund\"")).isEqualTo(1);
    assertThat(only("select current_status from payments")).isEqualTo("refunded");
  }

  @Test
  void refunds_afterARestart_areCountedAsBefore() {
    String payment = paid("10.00");
    URI refunds = instances.get(0).api(path(payment));
    assertThat(refund(refunds, "{\"amount\":\"4\"}").join().statusCode()).isEqualTo(201);
    injectFaults(instances.get(0), "{\"connection_refused\": {\"next\": 1}}");
    assertThat(refund(refunds, "{\"amount\":\"5\"}").join().statusCode()).isEqualTo(502);
    instances.remove(0).close();

    start("one");

    assertThat(counted("business_events_usd_count", "event=\"refund\"")).isEqualTo(1);
    assertThat(counted("business_events_usd_sum", "event=\"refund\"")).isEqualTo(4);
    assertThat(
            counted(
                "errors_total",
                "service=\"refund\"",
                "error_type=\"PaymentGatewayException\"",
                "severity=\"medium\""))
        .isEqualTo(1);
    assertThat(counted("metrics_ledger_drift")).isZero();
  }
}
