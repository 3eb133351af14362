package dev.paymeter.http;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.gateway.simulator.Simulator;
import dev.paymeter.support.Scrape;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.service.RestartableService;
import dev.paymeter.support.service.RunningService;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Idempotency of many requests with one key at several instances of one ledger. */
class IdempotencyIT {
  private static final int AT_ONCE = 200;

  @TempDir Path directory;

  private final String database = TestPostgres.newDatabase();
  private final List<RunningService> instances = new ArrayList<>();

  @BeforeEach
  void start() {
    for (String instance : List.of("one", "other")) {
      instances.add(
          RunningService.start(
              Map.of(
                  "database.url",
                  database,
                  "instance.id",
                  instance,
                  "simulator.directory",
                  directory.resolve("simulator").toString(),
                  // Slow enough that many requests find the first one in flight.
                  "simulator.time-scale",
                  "1")));
    }
  }

  @AfterEach
  void stop() throws Exception {
    for (RunningService instance : instances) {
      instance.close();
    }
  }

  @Test
  void oneKey_concurrentAtTwoInstances_isOnePaymentAndOneResponse() {
    List<CompletableFuture<HttpResponse<String>>> requests =
        IntStream.range(0, AT_ONCE).mapToObj(i -> pay(instances.get(i % 2))).toList();

    Set<String> answers = new HashSet<>();
    for (CompletableFuture<HttpResponse<String>> request : requests) {
      HttpResponse<String> answer = request.join();
      assertThat(answer.statusCode()).isIn(201, 409);
      if (answer.statusCode() == 201) {
        answers.add(answer.body());
      }
    }
    instances.forEach(instance -> answers.add(pay(instance).join().body()));

    assertThat(answers).hasSize(1);
    assertThat(statuses()).containsExactly("success");
    assertThat(TestPostgres.query(database, "select owner from idempotency_keys"))
        .as("anonymous keys have an empty owner")
        .containsExactly(List.of(""));
    assertThat(counted("new")).isEqualTo(1);
    assertThat(counted("new") + counted("replayed") + counted("in_flight")).isEqualTo(AT_ONCE + 2);
  }

  /**
   * The key is in flight until the lease expires. Then the other instance makes an inquiry: the
   * gateway had charged, and its response was late.
   */
  @Test
  void oneKey_processKilledDuringTheGatewayCall_isSettledByTheOther() {
    try (RestartableService killed =
        RestartableService.startFast(
            directory,
            Map.of(
                "database.url",
                database,
                "instance.id",
                "killed",
                "simulator.directory",
                directory.resolve("simulator").toString(),
                "simulator.failure-rate",
                "0",
                "simulator.time-scale",
                "900"))) {
      CompletableFuture<HttpResponse<String>> first = pay(killed.api("/v1/payments"));
      eventually(
          () ->
              assertThat(Simulator.charges(directory.resolve("simulator"), "stripe"))
                  .as("received by the gateway")
                  .hasSize(1));
      assertThat(pay(instances.get(0)).join().statusCode()).isEqualTo(409);
      killed.kill();
      assertThat(first).failsWithin(Duration.ofSeconds(30));
    }

    eventually(
        () -> {
          HttpResponse<String> again = pay(instances.get(1)).join();
          assertThat(again.statusCode()).isEqualTo(201);
          assertThat(again.headers().firstValue("idempotency-replayed")).contains("true");
        });
    assertThat(statuses()).containsExactly("success");
  }

  private List<String> statuses() {
    return TestPostgres.query(database, "select status from payments").stream()
        .map(row -> row.get(0))
        .toList();
  }

  private double counted(String outcome) {
    return instances.stream()
        .mapToDouble(
            instance ->
                new Scrape(instance.metrics())
                    .sum("idempotency_requests_total", "outcome=\"" + outcome + '"')
                    .doubleValue())
        .sum();
  }

  private static CompletableFuture<HttpResponse<String>> pay(RunningService instance) {
    return pay(instance.api("/v1/payments"));
  }

  private static CompletableFuture<HttpResponse<String>> pay(URI payments) {
    return RunningService.postLater(
        payments, RunningService.order("order", "10.00"), "Idempotency-Key", "\"one-for-all\"");
  }
}
