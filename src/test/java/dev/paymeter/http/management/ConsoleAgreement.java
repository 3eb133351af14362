package dev.paymeter.http.management;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.TestPrometheus;
import dev.paymeter.support.service.RunningService;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/**
 * Comparison of the console's figures with Prometheus's recording rules: within 2 %, as the page
 * states, when both have the same data.
 *
 * @param samples the URI of the console's samples
 */
public record ConsoleAgreement(URI samples) {
  public static final double TOLERANCE = 0.02;

  private static final double WINDOW_SECONDS = 300;

  /**
   * Figure that both have.
   *
   * @param query its query in Prometheus
   * @param isRate whether it is a rate, which Prometheus divides by five minutes and the console by
   *     the time observed
   * @param console reads it from a sample of the console
   */
  private record Figure(String query, boolean isRate, ToDoubleFunction<JsonObject> console) {
    /** Returns both values if they differ, otherwise nothing. */
    Stream<String> differs(TestPrometheus prometheus, JsonObject point) {
      double theirs = prometheus.value(query).doubleValue();
      double ours = console.applyAsDouble(point) * (isRate ? observedShareOfWindow(point) : 1);
      return Math.abs(ours - theirs) <= Math.abs(theirs) * TOLERANCE
          ? Stream.empty()
          : Stream.of(query + ": " + theirs + ", on the console " + ours);
    }
  }

  /** Compares all figures and all their labels. */
  public void assertAgreesWith(TestPrometheus prometheus, String job) {
    List<Figure> figures = new ArrayList<>();
    for (String question :
        List.of(
            "payment_success_rate",
            "high_value_payment_ratio",
            "avg_cpu_usage",
            "memory_usage_ratio")) {
      figures.add(new Figure(of(question, job, ""), false, point -> point.getDouble(question)));
    }
    JsonObject now = newest();
    for (int i = 0; i < now.getJsonArray("db_connection_usage").size(); i++) {
      int number = i;
      String only = ",pool=\"" + pool(now, number).getString("pool") + '"';
      figures.add(
          new Figure(
              of("db_connection_usage", job, only),
              false,
              point -> pool(point, number).getDouble("usage")));
    }
    figures.addAll(series(prometheus, job, "avg_response_time_by_gateway", "gateway", false));
    figures.addAll(series(prometheus, job, "error_rate_by_severity", "severity", true));
    figures.addAll(quantiles(job, now.getJsonObject("response_time_quantiles").fieldNames()));
    assertAgree(prometheus, figures);
  }

  private static List<Figure> quantiles(String job, Set<String> gateways) {
    List<Figure> figures = new ArrayList<>();
    double[] quantiles = {0.5, 0.95, 0.99};
    for (String gateway : gateways) {
      for (int i = 0; i < quantiles.length; i++) {
        int index = i;
        String series =
            of("payment_duration_seconds_bucket", job, ",gateway=\"" + gateway + '"') + "[5m]";
        figures.add(
            new Figure(
                "histogram_quantile(%s, sum by (le) (rate(%s)))".formatted(quantiles[i], series),
                false,
                point ->
                    point
                        .getJsonObject("response_time_quantiles")
                        .getJsonArray(gateway)
                        .getDouble(index)));
      }
    }
    return figures;
  }

  private static JsonObject pool(JsonObject point, int number) {
    return point.getJsonArray("db_connection_usage").getJsonObject(number);
  }

  /** Returns a figure per series: both must have the same series, at least two. */
  private List<Figure> series(
      TestPrometheus prometheus, String job, String question, String label, boolean isRate) {
    Set<String> values = new HashSet<>();
    eventually(
        () -> {
          values.clear();
          prometheus.query(of(question, job, "")).keySet().forEach(s -> values.add(s.get(label)));
          assertThat(values).as(question).hasSizeGreaterThanOrEqualTo(2);
          assertThat(newest().getJsonObject(question).fieldNames()).isEqualTo(values);
        });
    return values.stream()
        .map(
            value ->
                new Figure(
                    of(question, job, ',' + label + "=\"" + value + '"'),
                    isRate,
                    point -> point.getJsonObject(question).getDouble(value)))
        .toList();
  }

  /**
   * Compares the payment rate. It must be constant, because the windows begin at different times.
   */
  public void assertRateAgreesWith(TestPrometheus prometheus, String job) {
    String query = "sum(rate(" + of("payment_requests_total", job, "") + "[5m]))";
    assertAgree(
        prometheus,
        List.of(new Figure(query, true, point -> point.getDouble("payments_per_second"))));
  }

  /** Returns the payment rate of a sample as Prometheus has it: divided by five minutes. */
  public static double paymentRate(JsonObject point) {
    return point.getDouble("payments_per_second") * observedShareOfWindow(point);
  }

  private static String of(String family, String job, String more) {
    return family + "{job=\"" + job + '"' + more + '}';
  }

  /** Retries each figure separately: one side may see a change earlier than the other. */
  private void assertAgree(TestPrometheus prometheus, List<Figure> figures) {
    Set<Figure> agreed = new HashSet<>();
    eventually(
        () -> {
          JsonObject newest = newest();
          List<String> differences = new ArrayList<>();
          for (Figure figure : figures) {
            if (!agreed.contains(figure)) {
              List<String> difference = figure.differs(prometheus, newest).toList();
              differences.addAll(difference);
              if (difference.isEmpty()) {
                agreed.add(figure);
              }
            }
          }
          assertThat(differences).isEmpty();
        });
  }

  private JsonObject newest() {
    JsonArray points = new JsonObject(RunningService.get(samples).body()).getJsonArray("points");
    return points.getJsonObject(points.size() - 1);
  }

  private static double observedShareOfWindow(JsonObject point) {
    return Math.min(1, point.getDouble("observed_seconds") / WINDOW_SECONDS);
  }
}
