package dev.paymeter.support;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.monitoring.RuleFiles;
import dev.paymeter.support.service.RunningService;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/**
 * A real Prometheus process with its own data, with the configuration in {@code conf/prometheus}
 * but short intervals.
 */
public final class TestPrometheus implements AutoCloseable {
  private static final Path SHIPPED = Path.of("conf", "prometheus", "prometheus.yml");
  private static final List<String> ADDED_LABELS = List.of("__name__", "instance", "job");
  private static final Pattern LISTENING = Pattern.compile("\"Listening on\" address=(\\S+)");

  private final Process process;
  private final URI api;
  private String timeParameter = "";

  private TestPrometheus(Process process, URI api) {
    this.process = process;
    this.api = api;
  }

  /**
   * @param directory for its data; has to be empty
   * @param targets host and port by job name
   * @param options additional command-line options
   */
  public static TestPrometheus start(Path directory, Map<String, String> targets, String... options)
      throws IOException {
    return start(directory, configuration(targets), options);
  }

  /** Starts one that also evaluates the shipped rules. */
  public static TestPrometheus startWithRules(Path directory, Map<String, String> targets)
      throws IOException {
    JsonObject configuration = configuration(targets);
    configuration.put("rule_files", List.of(RuleFiles.RULES.toAbsolutePath().toString()));
    return start(directory, configuration);
  }

  /** Starts one with this configuration. */
  public static TestPrometheus start(Path directory, JsonObject settings, String... options)
      throws IOException {
    Path program = RequiredPrograms.program("prometheus", "apt-get install prometheus");
    Path configuration = directory.resolve("prometheus.yml");
    Files.writeString(configuration, settings.encode());
    Path log = directory.resolve("log");
    List<String> command =
        new ArrayList<>(
            List.of(
                program.toString(),
                "--config.file=" + configuration,
                "--storage.tsdb.path=" + directory.resolve("data"),
                "--web.listen-address=127.0.0.1:0"));
    command.addAll(List.of(options));
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    String address = Await.first(() -> listeningOn(log));
    return new TestPrometheus(process, URI.create("http://" + address + "/api/v1/"));
  }

  private static Optional<String> listeningOn(Path log) throws IOException {
    return LISTENING.matcher(Files.readString(log)).results().map(m -> m.group(1)).findFirst();
  }

  /**
   * Starts one that scrapes instances as the ServiceMonitor does: ready or not, and with their
   * names as labels.
   *
   * @param instances host and port by instance name
   */
  public static TestPrometheus startWithInstances(
      Path directory, String job, SortedMap<String, String> instances) throws IOException {
    JsonObject configuration = configuration(Map.of(job, "none"));
    JsonArray targets = new JsonArray();
    instances.forEach(
        (name, target) ->
            targets.add(Map.of("targets", List.of(target), "labels", Map.of("instance", name))));
    configuration.getJsonArray("scrape_configs").getJsonObject(0).put("static_configs", targets);
    return start(directory, configuration);
  }

  /** The configuration is written as JSON, which is valid YAML. */
  private static JsonObject configuration(Map<String, String> targets) throws IOException {
    JsonArray jobs = new JsonArray();
    for (String name : targets.keySet()) {
      JsonObject job = shippedJob().put("job_name", name);
      job.getJsonArray("static_configs")
          .getJsonObject(0)
          .put("targets", List.of(targets.get(name)));
      jobs.add(job);
    }
    return new JsonObject()
        .put(
            "global",
            Map.of("scrape_interval", "1s", "scrape_timeout", "1s", "evaluation_interval", "1s"))
        .put("scrape_configs", jobs);
  }

  /** Returns the scrape job of Paymeter in the shipped configuration. */
  public static JsonObject shippedJob() throws IOException {
    Object root =
        new Load(LoadSettings.builder().build()).loadFromString(Files.readString(SHIPPED));
    return new JsonObject(Json.encode(root)).getJsonArray("scrape_configs").getJsonObject(0);
  }

  /** Returns the series of an instant query. Fails if Prometheus rejects the query. */
  public List<JsonObject> querySeries(String query) {
    return objects(
        answer("query?query=" + encoded(query) + timeParameter)
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
    Map<Map<String, String>, BigDecimal> values = new HashMap<>();
    for (JsonObject series : querySeries(query)) {
      BigDecimal value = number(series.getJsonArray("value"));
      assertThat(values.put(labels(series), value)).as(query).isNull();
    }
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

  @Override
  public void close() {
    TestServer.terminate(process, Duration.ofSeconds(20));
  }
}
