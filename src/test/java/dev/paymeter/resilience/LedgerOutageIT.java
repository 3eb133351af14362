package dev.paymeter.resilience;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.Scrape;
import dev.paymeter.support.TestServer;
import dev.paymeter.support.ledger.LedgerProxy;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.service.RunningService;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Payments during failures of the connection to the ledger. */
class LedgerOutageIT {
  /** Delays a response of a gateway by one to four seconds. */
  private static final String SLOW_GATEWAY = "10";

  private final String database = TestPostgres.newDatabase();
  private final LedgerProxy wire = LedgerProxy.to(database);
  private RunningService service;

  /** Kinds of failures of the connection. */
  enum Outage {
    CUT {
      @Override
      void apply(LedgerProxy wire) throws IOException {
        wire.cut();
      }
    },
    HELD {
      @Override
      void apply(LedgerProxy wire) {
        wire.pause();
      }
    },
    LOSSY {
      @Override
      void apply(LedgerProxy wire) {
        wire.dropAllTraffic();
      }
    };

    abstract void apply(LedgerProxy wire) throws IOException;
  }

  @AfterEach
  void stop() throws IOException {
    wire.restore();
    if (service != null) {
      service.close();
    }
    wire.close();
  }

  @ParameterizedTest
  @EnumSource
  void pay_ledgerUnavailableBefore_isRejectedBeforeGatewayAndRecovers(Outage outage)
      throws IOException {
    start(Map.of());
    pay("before");
    outage.apply(wire);

    HttpResponse<String> rejected = pay("during");

    assertThat(rejected.statusCode()).isEqualTo(503);
    assertThat(rejected.headers().firstValueAsLong("Retry-After")).hasValue(1);
    assertThat(new JsonObject(rejected.body()).getString("type"))
        .isEqualTo("/problems/ledger-unavailable");
    assertThat(gatewayCalls()).isEqualTo(1);

    wire.restore();

    eventually(() -> assertThat(pay("after").statusCode()).isEqualTo(201));
    assertThat(gatewayCalls()).isEqualTo(2);
    assertCountedLikeTheLedger();
  }

  @ParameterizedTest
  @EnumSource
  void pay_ledgerUnavailableAfterGatewayCall_isAcceptedAndCountedAfterRecovery(Outage outage)
      throws IOException {
    start(Map.of("simulator.time-scale", SLOW_GATEWAY));
    CompletableFuture<HttpResponse<String>> answer = payLater("order");
    eventually(() -> assertThat(gatewayCallsInFlight()).isEqualTo(1));
    outage.apply(wire);

    HttpResponse<String> accepted = answer.orTimeout(30, TimeUnit.SECONDS).join();

    assertThat(accepted.statusCode()).isEqualTo(202);
    assertThat(new JsonObject(accepted.body()).getString("status")).isEqualTo("pending");
    assertThat(counted()).isZero();

    wire.restore();

    eventually(() -> assertThat(counted("status=\"success\"")).isEqualTo(1));
    assertThat(statuses()).containsExactly("success");
    assertThat(status(service.api(accepted.headers().firstValue("Location").orElseThrow())))
        .isEqualTo(200);
    assertCountedLikeTheLedger();
  }

  @ParameterizedTest
  @EnumSource(names = {"CUT", "HELD"})
  void ready_ledgerUnavailableAndBack_isDownAndUp(Outage outage) throws IOException {
    start(Map.of());
    assertThat(health("ready")).isEqualTo(200);
    assertThat(ledgerUp()).isEqualTo(1);

    outage.apply(wire);

    eventually(() -> assertThat(health("ready")).isEqualTo(503));
    eventually(() -> assertThat(ledgerUp()).isZero());
    assertThat(health("live")).isEqualTo(200);
    assertThat(health("started")).isEqualTo(200);

    wire.restore();

    eventually(() -> assertThat(health("ready")).isEqualTo(200));
    eventually(() -> assertThat(ledgerUp()).isEqualTo(1));
  }

  @ParameterizedTest
  @EnumSource
  void start_ledgerUnavailable_isLiveAndReadyAfterRecovery(Outage outage) throws IOException {
    URI management = URI.create("http://127.0.0.1:" + TestServer.freePort() + "/health/");
    outage.apply(wire);

    CompletableFuture<Void> started =
        CompletableFuture.runAsync(
            () -> start(Map.of("management.port", String.valueOf(management.getPort()))));

    eventually(() -> assertThat(status(management.resolve("live"))).isEqualTo(200));
    assertThat(status(management.resolve("started"))).isEqualTo(503);
    assertThat(status(management.resolve("ready"))).isEqualTo(503);
    String metrics = RunningService.get(management.resolve("/metrics")).body();
    assertThat(metrics.lines()).contains("paymeter_ledger_up 0.0");

    wire.restore();

    started.orTimeout(60, TimeUnit.SECONDS).join();
    assertThat(status(management.resolve("started"))).isEqualTo(200);
    eventually(() -> assertThat(status(management.resolve("ready"))).isEqualTo(200));
  }

  @Test
  void pay_responseToSettlementIsLost_isCountedOnce() throws Exception {
    start(Map.of("simulator.time-scale", SLOW_GATEWAY, "simulator.failure-rate", "1"));
    CompletableFuture<HttpResponse<String>> answer = payLater("order");
    eventually(() -> assertThat(statuses()).containsExactly("pending"));

    try (Connection other = TestPostgres.connect(database)) {
      other.setAutoCommit(false);
      other.createStatement().execute("select * from payments for update");
      eventually(() -> assertThat(blockedSettlements()).isEqualTo("1"));
      wire.dropResponses();
      other.commit();
    }

    assertThat(answer.join().statusCode()).isEqualTo(202);
    eventually(() -> assertThat(statuses()).containsExactly("failed"));
    assertThat(counted()).isZero();

    wire.restore();

    eventually(() -> assertThat(counted("status=\"failed\"")).isEqualTo(1));
    assertCountedLikeTheLedger();
  }

  /** Regression: the gauge kept the statements that had timed out in the queue, permanently. */
  @ParameterizedTest
  @EnumSource
  void queuePending_outageUnderLoad_isZeroAgain(Outage outage) throws IOException {
    start(Map.of());
    pay("before");
    outage.apply(wire);

    List<CompletableFuture<HttpResponse<String>>> during =
        IntStream.range(0, 40).mapToObj(number -> payLater("during-" + number)).toList();

    assertThat(during).allSatisfy(each -> assertThat(each.join().statusCode()).isEqualTo(503));
    wire.restore();
    eventually(() -> assertThat(pay("after").statusCode()).isEqualTo(201));
    eventually(() -> assertThat(queuePending()).isZero());
  }

  private int queuePending() {
    return new Scrape(service.metrics())
        .sum("vertx_pool_queue_pending", "pool_name=\"main_pool\"")
        .intValueExact();
  }

  /** Returns the number of statements that are in the database and wait for a row. */
  private String blockedSettlements() {
    return TestPostgres.query(
            database,
            "select count(*) from pg_stat_activity where datname = current_database()"
                + " and wait_event_type = 'Lock' and query like 'update payments%'")
        .get(0)
        .get(0);
  }

  private void start(Map<String, String> settings) {
    Map<String, String> all = new HashMap<>(settings);
    all.put("database.url", wire.url());
    all.put("database.timeout", "2s");
    all.put("metrics.sampling-rate", "1"); // Calls of the gateway are counted by their timings.
    all.put("database.pool-size", "1"); // So that a single lost connection has an effect.
    service = RunningService.start(all);
  }

  private CompletableFuture<HttpResponse<String>> payLater(String orderId) {
    return service.payLater(RunningService.order(orderId, "12.34"));
  }

  private HttpResponse<String> pay(String orderId) {
    return payLater(orderId).join();
  }

  private int health(String check) {
    return status(service.management("/health/" + check));
  }

  private int ledgerUp() {
    return new Scrape(service.metrics()).sum("paymeter_ledger_up").intValueExact();
  }

  private static int status(URI uri) {
    return RunningService.get(uri).statusCode();
  }

  /** Queries the database itself, not through the proxy. */
  private List<String> statuses() {
    return TestPostgres.query(database, "select status from payments_ledger").stream()
        .map(row -> row.get(0))
        .toList();
  }

  private int counted(String... labels) {
    return new Scrape(service.metrics()).sum("payment_requests_total", labels).intValueExact();
  }

  private int gatewayCalls() {
    return new Scrape(service.metrics())
        .sum("low_level_operations_seconds_count", "operation=\"gateway_charge\"")
        .intValueExact();
  }

  private int gatewayCallsInFlight() {
    return new Scrape(service.metrics()).sum("paymeter_gateway_in_flight").intValueExact();
  }

  private void assertCountedLikeTheLedger() {
    List<String> stored =
        TestPostgres.query(
                database,
                "select count(*), sum(amount_usd) from payments_ledger where status <> 'pending'")
            .get(0);
    Scrape scrape = new Scrape(service.metrics());
    assertThat(scrape.sum("payment_requests_total")).isEqualByComparingTo(stored.get(0));
    assertThat(scrape.sum("payment_amount_usd_sum")).isEqualByComparingTo(stored.get(1));
  }
}
