package dev.paymeter.support;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.service.RunningService;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The query interface of a Prometheus, or of a server that is compatible with it. */
public class PrometheusApi {
  private static final List<String> ADDED_LABELS = List.of("__name__", "instance", "job");

  private final URI api;
  private String timeParameter = "";

  /**
   * @param api the URL that ends with {@code /api/v1/}
   */
  PrometheusApi(URI api) {
    this.api = api;
  }

  /** Returns the address of the server. */
  public URI url() {
    return api.resolve("/");
  }

  /** Returns the series of an instant query. Fails if Prometheus rejects the query. */
  public List<JsonObject> querySeries(String query) {
    return querySeries(query, timeParameter);
  }

  private List<JsonObject> querySeries(String query, String time) {
    return objects(
        answer("query?query=" + encoded(query) + time)
            .getJsonObject("data")
            .getJsonArray("result"));
  }

  /** Returns the rules that it evaluates, with their health. */
  public List<JsonObject> rules() {
    return objects(answer("rules").getJsonObject("data").getJsonArray("groups")).stream()
        .flatMap(group -> objects(group.getJsonArray("rules")).stream())
        .toList();
  }

  private JsonObject answer(String request) {
    JsonObject answer = new JsonObject(RunningService.get(api.resolve(request)).body());
    assertThat(answer.getString("status")).as(answer.encode()).isEqualTo("success");
    return answer;
  }

  private static String encoded(String query) {
    return URLEncoder.encode(query, StandardCharsets.UTF_8);
  }

  private static List<JsonObject> objects(JsonArray array) {
    return array.stream().map(JsonObject.class::cast).toList();
  }

  /** Evaluates all later queries at the time of the last complete scrape. */
  public void pinTime() {
    timeParameter = "&time=" + value("max(timestamp(up))").toPlainString();
  }

  /** Returns the exemplars of the last hour, with the labels of their series. */
  public List<JsonObject> exemplars(String query) {
    Instant now = Instant.now();
    String window =
        "&start=%d&end=%d".formatted(now.getEpochSecond() - 3600, now.getEpochSecond() + 60);
    return objects(answer("query_exemplars?query=" + encoded(query) + window).getJsonArray("data"));
  }

  /**
   * Returns the raw samples of the last hours: values by labels, oldest first.
   *
   * @param selector such as {@code up} or {@code up{job="x"}}
   */
  public Map<Map<String, String>, List<BigDecimal>> samples(String selector) {
    Map<Map<String, String>, List<BigDecimal>> samples = new HashMap<>();
    for (JsonObject series : querySeries(selector + "[6h]")) {
      assertThat(samples.put(labels(series), values(series))).as(selector).isNull();
    }
    return samples;
  }

  private static List<BigDecimal> values(JsonObject series) {
    return series.getJsonArray("values").stream().map(point -> number((JsonArray) point)).toList();
  }

  /**
   * Returns the sums of the selected samples, by scrape time.
   *
   * @param selector as for {@link #samples}
   */
  public Map<BigDecimal, BigDecimal> sums(String selector) {
    Map<BigDecimal, BigDecimal> sums = new TreeMap<>();
    for (JsonObject series : querySeries(selector + "[6h]")) {
      for (Object sample : series.getJsonArray("values")) {
        JsonArray point = (JsonArray) sample;
        BigDecimal time = new BigDecimal(point.getValue(0).toString());
        sums.merge(time, number(point), (a, b) -> a.add(b).stripTrailingZeros());
      }
    }
    return sums;
  }

  /**
   * Returns the total increase of each counter from its first sample to its last, summed over all
   * instances. Fails if a counter decreased or did not start at 0.
   */
  public Map<Map<String, String>, BigDecimal> increases(String selector) {
    Map<Map<String, String>, BigDecimal> increases = new HashMap<>();
    for (JsonObject series : querySeries(selector + "[6h]")) {
      List<BigDecimal> values = values(series);
      assertThat(values.get(0)).as("first sample of %s", series.getJsonObject("metric")).isZero();
      assertThat(values).as("samples of %s", series.getJsonObject("metric")).isSorted();
      BigDecimal last = values.get(values.size() - 1);
      if (last.signum() != 0) {
        increases.merge(labels(series), last, (a, b) -> a.add(b).stripTrailingZeros());
      }
    }
    return increases;
  }

  /**
   * Returns the total increase of each counter as {@link #increases} does, but allows resets to 0.
   * As for Prometheus, the counter counts from there: what it had before stays in the sum.
   */
  public Map<Map<String, String>, BigDecimal> increasesOverResets(String selector) {
    Map<Map<String, String>, BigDecimal> increases = new HashMap<>();
    for (JsonObject series : querySeries(selector + "[6h]")) {
      BigDecimal increase = increase(series.getJsonObject("metric"), values(series));
      if (increase.signum() != 0) {
        increases.merge(labels(series), increase, (a, b) -> a.add(b).stripTrailingZeros());
      }
    }
    return increases;
  }

  private static BigDecimal increase(JsonObject series, List<BigDecimal> values) {
    assertThat(values.get(0)).as("first sample of %s", series).isZero();
    BigDecimal increase = BigDecimal.ZERO;
    BigDecimal last = BigDecimal.ZERO;
    for (BigDecimal value : values) {
      if (value.compareTo(last) < 0) {
        assertThat(value).as("%s after its reset at %s", series, last).isZero();
        last = BigDecimal.ZERO;
      }
      increase = increase.add(value.subtract(last));
      last = value;
    }
    return increase.stripTrailingZeros();
  }

  /** Returns when the next successful scrape has just ended. */
  public void awaitScrape() {
    BigDecimal last = lastScrape();
    Await.eventually(() -> assertThat(lastScrape()).isGreaterThan(last));
  }

  /** Returns the time of the last scrape if it was successful, and otherwise 0. */
  private BigDecimal lastScrape() {
    return query("max(timestamp(up == 1))").getOrDefault(Map.of(), BigDecimal.ZERO);
  }

  /**
   * Asserts that the {@link #increases} are those of the ledger.
   *
   * @param expected values by labels, by the name of the series
   */
  public void assertIncreases(Map<String, Map<Map<String, String>, BigDecimal>> expected) {
    expected.forEach((name, values) -> assertThat(increases(name)).as(name).isEqualTo(values));
  }

  /**
   * Returns the result of an instant query about one job: values by labels, without the name and
   * the labels that Prometheus adds.
   */
  public Map<Map<String, String>, BigDecimal> query(String query) {
    return values(query, querySeries(query));
  }

  private static Map<Map<String, String>, BigDecimal> values(
      String query, List<JsonObject> result) {
    Map<Map<String, String>, BigDecimal> values = new HashMap<>();
    for (JsonObject series : result) {
      BigDecimal value = number(series.getJsonArray("value"));
      assertThat(values.put(labels(series), value)).as(query).isNull();
    }
    return values;
  }

  /** Returns the series of an instant query at a time. */
  public List<JsonObject> seriesAt(Instant time, String query) {
    return querySeries(
        query, "&time=" + BigDecimal.valueOf(time.toEpochMilli(), 3).toPlainString());
  }

  /** As {@link #query} at a time, without values of 0. */
  public Map<Map<String, String>, BigDecimal> nonZeroAt(Instant time, String query) {
    Map<Map<String, String>, BigDecimal> values = values(query, seriesAt(time, query));
    values.values().removeIf(value -> value.signum() == 0);
    return values;
  }

  /** Returns the single value of a query. */
  public BigDecimal value(String query) {
    Map<Map<String, String>, BigDecimal> values = query(query);
    assertThat(values).as(query).hasSize(1);
    return values.values().iterator().next();
  }

  /** Returns the payments in the last scrapes of all instances, at most 5 minutes ago. */
  public BigDecimal countedPayments() {
    return value("sum(last_over_time(payment_requests_total[5m]))");
  }

  /** Returns the business events in the last scrapes of all instances, at most 5 minutes ago. */
  public BigDecimal countedEvents() {
    return query("sum(last_over_time(business_events_usd_count[5m]))")
        .getOrDefault(Map.of(), BigDecimal.ZERO);
  }

  /** Asserts that no counter of any instance has differed from the ledger in any scrape. */
  public void assertNoDrift() {
    Map<Map<String, String>, List<BigDecimal>> drift = samples("metrics_ledger_drift");
    assertThat(drift).hasSize(7);
    assertThat(drift.values())
        .allSatisfy(samples -> assertThat(samples).isNotEmpty().containsOnly(BigDecimal.ZERO));
  }

  /** Returns the values of an expression without labels in each of the last seconds. */
  public List<String> history(String query, int seconds) {
    return querySeries("(" + query + ")[" + seconds + "s:1s]").stream()
        .flatMap(series -> series.getJsonArray("values").stream())
        .map(point -> ((JsonArray) point).getString(1))
        .toList();
  }

  private static BigDecimal number(JsonArray point) {
    return new BigDecimal(point.getString(1)).stripTrailingZeros();
  }

  private static Map<String, String> labels(JsonObject series) {
    Map<String, String> labels = new HashMap<>();
    series
        .getJsonObject("metric")
        .forEach(label -> labels.put(label.getKey(), (String) label.getValue()));
    ADDED_LABELS.forEach(labels::remove);
    return labels;
  }
}
