package dev.paymeter.report;

import static dev.paymeter.support.Await.await;
import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.bus.Addresses;
import dev.paymeter.support.Scrape;
import dev.paymeter.support.TestServer;
import dev.paymeter.support.ledger.LedgerRows;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.load.BusPublisher;
import dev.paymeter.support.service.RunningService;
import dev.paymeter.support.service.ServiceJar;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Payments that other services have processed: in ledger and counters like Paymeter's own. */
class RecordedPaymentsIT {
  private static final String NAME = "recorded-payments-it";
  private static final int ROWS = 200;

  @TempDir Path directory;

  /** Reports single payments and batches over bus and HTTP, beside a payment of Paymeter. */
  @Test
  void record_busAndHttp_isCountedAndReturned() {
    int port = TestServer.freePort();
    Map<String, String> settings =
        Map.of(
            "cluster.enabled",
            "true",
            "cluster.name",
            NAME,
            "cluster.port",
            String.valueOf(port),
            "cluster.bus-port",
            String.valueOf(TestServer.freePort()));
    try (RunningService service = RunningService.start(settings);
        BusPublisher publisher = BusPublisher.join(NAME, List.of("127.0.0.1:" + port))) {
      JsonObject sale = payment("sale-1").put("settled_at", "2026-03-04T05:06:07Z");
      JsonObject failure =
          payment("sale-2")
              .put("amount", "1000.01")
              .put("status", "failed")
              .put("error_type", "PaymentGatewayException");
      publisher.reportWithRetry("to know that it gets through");

      assertThat(record(publisher, sale)).isEqualTo("accepted");
      assertThat(record(publisher, sale.copy().put("kind", "payment"))).isEqualTo("duplicate");
      assertThat(record(publisher, sale.copy().put("amount", "12.35"))).isEqualTo("rejected");
      assertThat(observe(service, failure.put("kind", "payment")).statusCode()).isEqualTo(201);
      assertThat(send(publisher, batch(1)).encode())
          .isEqualTo("{\"outcome\":\"taken\",\"accepted\":199,\"duplicates\":[1],\"rejected\":[]}");
      assertThat(observe(service, batch(1)).body())
          .startsWith("{\"outcome\":\"taken\",\"accepted\":0,");
      assertThat(service.pay(RunningService.order("order", "1.00")).statusCode()).isEqualTo(201);

      LedgerRows ledger = new LedgerRows(service.databaseUrl());
      assertThat(ledger.settled()).isEqualTo(ROWS + 2);
      assertCounted(ledger, service.management("/metrics"));
      assertThat(ledger.errors().get(error("PaymentGatewayException", "high"))).isEqualTo("1");
      assertThat(shown(service, "sale-1").getString("source")).isEqualTo("shop");
      assertThat(shown(service, "sale-1").getString("settled_at"))
          .isEqualTo("2026-03-04T05:06:07Z");
    }
  }

  private static Map<String, String> error(String type, String severity) {
    return Map.of("service", "payment", "error_type", type, "severity", severity);
  }

  private static String record(BusPublisher publisher, JsonObject payment) {
    return send(publisher, payment).getString("outcome");
  }

  private static JsonObject send(BusPublisher publisher, JsonObject body) {
    return (JsonObject) await(publisher.request(Addresses.RECORD, body));
  }

  private static JsonObject shown(RunningService service, String sourceId) {
    String id =
        TestPostgres.query(
                service.databaseUrl(),
                "select payment_id from payments_ledger where source_id = '" + sourceId + "'")
            .get(0)
            .get(0);
    return new JsonObject(RunningService.get(service.api("/v1/payments/" + id)).body());
  }

  /**
   * The rows are committed, but the response is lost. The instance that gets the repetition finds
   * them; the instance that wrote them counts them after its restart.
   */
  @Test
  void record_killedBeforeResponse_repeatedElsewhere_countsOnce() {
    String database = TestPostgres.newDatabase();
    LedgerRows ledger = new LedgerRows(database);
    try (ServiceJar first = ServiceJar.start(directory, settings(database, "first"));
        RunningService second = RunningService.start(settings(database, "second"))) {
      assertThat(RunningService.post(first.api("/v1/observations"), batch(1)).statusCode())
          .isEqualTo(200);

      CompletableFuture<?> unanswered =
          RunningService.postLater(first.api("/v1/observations"), batch(2));
      eventually(() -> assertThat(ledger.settled()).isEqualTo(2 * ROWS));
      first.kill();
      unanswered.exceptionally(lost -> null).join();

      JsonObject again =
          new JsonObject(RunningService.post(second.api("/v1/observations"), batch(2)).body());
      assertThat(again.getInteger("accepted")).isZero();
      assertThat(again.getJsonArray("duplicates")).hasSize(ROWS);
      assertThat(RunningService.post(second.api("/v1/observations"), batch(3)).statusCode())
          .isEqualTo(200);
      try (RunningService firstAgain = RunningService.start(settings(database, "first"))) {
        assertThat(ledger.settled()).isEqualTo(3 * ROWS);
        assertCounted(ledger, firstAgain.management("/metrics"), second.management("/metrics"));
      }
    }
  }

  private Map<String, String> settings(String database, String instance) {
    return Map.of(
        "database.url",
        database,
        "instance.id",
        instance,
        "simulator.directory",
        directory.resolve("simulator").toString(),
        "http.body-limit",
        "1MiB",
        "shutdown.last-scrape-timeout",
        "0s");
  }

  private static JsonObject payment(String id) {
    return new JsonObject()
        .put("publisher", "shop")
        .put("id", id)
        .put("order_id", "order_1")
        .put("user_id", "user_1")
        .put("amount", "12.34")
        .put("user_tier", "premium")
        .put("payment_method", "apple_pay")
        .put("gateway", "paypal")
        .put("status", "success")
        .put("duration", 0.25);
  }

  /** Returns a batch in which every third payment failed; a test may have sent its second row. */
  private static JsonObject batch(int number) {
    Map<String, JsonArray> columns = new HashMap<>();
    IntStream.range(0, ROWS)
        .mapToObj(row -> row(number, row))
        .forEach(
            row ->
                row.forEach(
                    field ->
                        columns
                            .computeIfAbsent(field.getKey(), name -> new JsonArray())
                            .add(field.getValue())));
    return new JsonObject()
        .put("kind", "payment")
        .put("publisher", "shop")
        .put("columns", new JsonObject(new HashMap<>(columns)));
  }

  private static JsonObject row(int batch, int row) {
    if (batch == 1 && row == 1) {
      return columns(payment("sale-1").put("settled_at", "2026-03-04T05:06:07Z"), 1234, 250_000);
    }
    boolean failed = row % 3 == 0;
    return columns(
        payment(batch + "-" + row)
            .put("status", failed ? "failed" : "success")
            .put("error_type", failed ? "PaymentValidationException" : null)
            .put("gateway", row % 2 == 0 ? "stripe" : "paypal"),
        row * 997 + 1,
        row * 12_345);
  }

  private static JsonObject columns(JsonObject payment, int amountMinor, int durationMicros) {
    JsonObject row = payment.copy();
    List.of("publisher", "amount", "duration").forEach(row::remove);
    for (String sparse : List.of("error_type", "settled_at")) {
      row.put(sparse, row.getValue(sparse));
    }
    return row.put("amount_minor", amountMinor).put("duration_micros", durationMicros);
  }

  private static HttpResponse<String> observe(RunningService service, JsonObject body) {
    return RunningService.post(service.api("/v1/observations"), body);
  }

  /** Checks the sum of all series, and two audits that began after the last payment. */
  private static void assertCounted(LedgerRows ledger, URI... members) {
    ledger
        .expected()
        .forEach(
            (name, expected) -> assertThat(counted(name, members)).as(name).isEqualTo(expected));
    for (URI member : members) {
      BigDecimal before = scrape(member).sum("paymeter_audit_seconds_count");
      eventually(
          () ->
              assertThat(scrape(member).sum("paymeter_audit_seconds_count").subtract(before))
                  .isGreaterThanOrEqualTo(BigDecimal.valueOf(2)));
      assertThat(scrape(member).text()).contains("metrics_ledger_drift");
      assertThat(scrape(member).sum("metrics_ledger_drift")).isZero();
    }
  }

  private static Map<Map<String, String>, BigDecimal> counted(String name, URI... members) {
    Map<Map<String, String>, BigDecimal> sums = new HashMap<>();
    for (URI member : members) {
      scrape(member)
          .values(name)
          .forEach((labels, value) -> sums.merge(labels, value, BigDecimal::add));
    }
    sums.replaceAll((labels, sum) -> sum.stripTrailingZeros());
    return sums;
  }

  private static Scrape scrape(URI metrics) {
    return new Scrape(RunningService.get(metrics).body());
  }
}
