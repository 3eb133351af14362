package dev.paymeter.metrics;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.LocalHttp;
import dev.paymeter.support.RequiredPrograms;
import dev.paymeter.support.TestPrometheus;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.service.RestartableService;
import dev.paymeter.support.service.RunningService;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Exemplars that lead from a bucket in Prometheus to the trace of a payment. */
class ExemplarIT {
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String TRACEPARENT = "00-" + TRACE + "-00f067aa0ba902b7-01";
  private static final String OPEN_METRICS = "application/openmetrics-text; version=1.0.0";
  private static final Pattern EXEMPLAR =
      Pattern.compile("(\\w+)_bucket\\{(.*)} (\\S+) # \\{(.*)} (\\S+) \\S+");

  @TempDir Path directory;

  /** A past defect: the trace was read on the metrics thread, which has none. */
  @Test
  void payment_traced_isTheExemplarOfItsBuckets() throws IOException {
    RequiredPrograms.program("prometheus", "apt-get install prometheus");
    Queue<String> spans = new ConcurrentLinkedQueue<>();
    try (LocalHttp collector = collector(spans);
        RestartableService paymeter = RestartableService.startFast(directory, tracedTo(collector));
        TestPrometheus prometheus =
            TestPrometheus.start(
                Files.createDirectory(directory.resolve("prometheus")),
                Map.of("paymeter", paymeter.scrapeTarget()),
                "--enable-feature=exemplar-storage")) {
      JsonObject payment = pay(paymeter, Optional.of(TRACEPARENT));

      List<MatchResult> exemplars = exemplars(paymeter);
      assertThat(exemplars)
          .extracting(exemplar -> exemplar.group(1))
          .containsExactlyInAnyOrder("payment_amount_usd", "payment_duration_seconds");
      assertThat(exemplars)
          .allSatisfy(
              exemplar -> assertThat(exemplar.group(4)).contains("trace_id=\"" + TRACE + "\""))
          .allSatisfy(exemplar -> assertThat(exemplar.group(3)).isEqualTo("1"));
      assertThat(value(exemplars, "payment_amount_usd")).isEqualByComparingTo("1234.56");
      assertThat(value(exemplars, "payment_duration_seconds"))
          .isEqualByComparingTo(payment.getValue("duration").toString());
      assertThat(bound(exemplars, "payment_amount_usd")).isEqualTo("5000.0");

      eventually(() -> assertThat(spans).anyMatch(body -> body.contains(TRACE)));
      eventually(
          () ->
              assertThat(paymeter.log())
                  .filteredOn(line -> line.contains("order_traced"))
                  .hasSizeGreaterThanOrEqualTo(2)
                  .allSatisfy(
                      line ->
                          assertThat(new JsonObject(line).getString("trace_id")).isEqualTo(TRACE)));
      for (String family : List.of("payment_amount_usd", "payment_duration_seconds")) {
        eventually(() -> assertStored(prometheus.exemplars(family + "_bucket")));
      }
    }
  }

  /** The client may send its traces to another collector: the trace id is useful there. */
  @Test
  void payment_clientsTrace_isKnownWithoutAnEndpoint() {
    Map<String, String> settings = Map.of("database.url", TestPostgres.newDatabase());
    try (RestartableService paymeter = RestartableService.startFast(directory, settings)) {
      pay(paymeter, Optional.empty());
      assertThat(openMetrics(paymeter))
          .contains("payment_amount_usd_bucket")
          .doesNotContain(" # {");
      assertThat(paymeter.log()).noneMatch(line -> line.contains("trace_id"));

      pay(paymeter, Optional.of(TRACEPARENT));

      assertThat(exemplars(paymeter))
          .hasSize(2)
          .allSatisfy(
              exemplar -> assertThat(exemplar.group(4)).contains("trace_id=\"" + TRACE + "\""));
      eventually(
          () ->
              assertThat(paymeter.log())
                  .filteredOn(line -> line.contains("trace_id"))
                  .hasSizeGreaterThanOrEqualTo(2)
                  .allSatisfy(line -> assertThat(line).contains(TRACE)));
    }
  }

  private static JsonObject pay(RestartableService paymeter, Optional<String> traceparent) {
    String order = RunningService.order("order_traced", "1234.56").encode();
    HttpRequest.Builder request =
        HttpRequest.newBuilder(paymeter.api("/v1/payments"))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(order));
    traceparent.ifPresent(trace -> request.header("traceparent", trace));
    return new JsonObject(RunningService.send(request).body());
  }

  private static List<MatchResult> exemplars(RestartableService paymeter) {
    return openMetrics(paymeter).lines().flatMap(line -> EXEMPLAR.matcher(line).results()).toList();
  }

  private static String openMetrics(RestartableService paymeter) {
    return RunningService.get(paymeter.management("/metrics"), "Accept", OPEN_METRICS).body();
  }

  private static MatchResult of(List<MatchResult> exemplars, String family) {
    return exemplars.stream().filter(e -> e.group(1).equals(family)).findFirst().orElseThrow();
  }

  private static BigDecimal value(List<MatchResult> exemplars, String family) {
    return new BigDecimal(of(exemplars, family).group(5));
  }

  private static String bound(List<MatchResult> exemplars, String family) {
    return of(exemplars, family).group(2).replaceAll(".*le=\"([^\"]*)\".*", "$1");
  }

  private static void assertStored(List<JsonObject> series) {
    assertThat(series).hasSize(1);
    JsonObject exemplar = series.get(0).getJsonArray("exemplars").getJsonObject(0);
    assertThat(exemplar.getJsonObject("labels").getString("trace_id")).isEqualTo(TRACE);
  }

  private static Map<String, String> tracedTo(LocalHttp collector) {
    return Map.of(
        "database.url",
        TestPostgres.newDatabase(),
        "simulator.failure-rate",
        "0",
        "tracing.otlp-endpoint",
        "http://" + collector.authority() + "/v1/traces");
  }

  /** Stores the request bodies in hexadecimal. */
  private static LocalHttp collector(Queue<String> bodies) throws IOException {
    return LocalHttp.start(
        "/v1/traces",
        export -> {
          bodies.add(HexFormat.of().formatHex(export.getRequestBody().readAllBytes()));
          export.getResponseHeaders().set("Content-Type", "application/x-protobuf");
          export.sendResponseHeaders(200, -1);
          export.close();
        });
  }
}
