package dev.paymeter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.stream.Stream;

/**
 * What the console says, held against what Prometheus makes of the same service by the recording
 * rules: within 2 %, as the page promises, once both have seen the same.
 *
 * @param events where the console's events are
 */
record ConsoleAgreement(URI events) {
  private static final double PERCENT = 2;

  /** Every question, and everything that it is asked about. */
  void assertAgreesWith(TestPrometheus prometheus, String job) {
    JsonObject console = newestPoint();
    for (String question :
        List.of(
            "payment_success_rate",
            "high_value_payment_ratio",
            "avg_cpu_usage",
            "memory_usage_ratio")) {
      assertClose(console.getDouble(question), prometheus, of(question, job, ""));
    }
    for (Object each : console.getJsonArray("db_connection_usage")) {
      JsonObject pool = (JsonObject) each;
      String label = ",pool=\"" + pool.getString("pool") + '"';
      assertClose(pool.getDouble("usage"), prometheus, of("db_connection_usage", job, label));
    }
    assertSeries(console, prometheus, job, "avg_response_time_by_gateway", "gateway");
    assertSeries(console, prometheus, job, "error_rate_by_severity", "severity");
  }

  /** Only where as many come all the time does it not matter whose window begins when. */
  void assertRateAgreesWith(TestPrometheus prometheus, String job) {
    assertClose(
        newestPoint().getDouble("payments_per_second"),
        prometheus,
        "sum(rate(" + of("payment_requests_total", job, "") + "[5m]))");
  }

  private static void assertSeries(
      JsonObject console, TestPrometheus prometheus, String job, String question, String label) {
    JsonObject series = console.getJsonObject(question);
    assertThat(series.fieldNames()).as(question).hasSizeGreaterThanOrEqualTo(2);
    for (String value : series.fieldNames()) {
      String only = ',' + label + "=\"" + value + '"';
      assertClose(series.getDouble(value), prometheus, of(question, job, only));
    }
  }

  private static String of(String family, String job, String more) {
    return family + "{job=\"" + job + '"' + more + '}';
  }

  private static void assertClose(double console, TestPrometheus prometheus, String query) {
    assertThat(console)
        .as(query)
        .isCloseTo(prometheus.value(query).doubleValue(), withinPercentage(PERCENT));
  }

  /** The newest of those that it is sent at first. */
  private JsonObject newestPoint() {
    HttpRequest request = HttpRequest.newBuilder(events).build();
    try (Stream<String> lines =
        RunningService.CLIENT.send(request, HttpResponse.BodyHandlers.ofLines()).body()) {
      JsonArray points =
          lines
              .filter(line -> line.startsWith("data: {\"points\""))
              .map(line -> new JsonObject(line.substring("data: ".length())))
              .findFirst()
              .orElseThrow()
              .getJsonArray("points");
      return points.getJsonObject(points.size() - 1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
