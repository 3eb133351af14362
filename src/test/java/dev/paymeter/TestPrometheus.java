package dev.paymeter;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** A real Prometheus with data of its own, set up as conf/prometheus says, but in a hurry. */
final class TestPrometheus implements AutoCloseable {
  private static final Path SHIPPED = Path.of("conf", "prometheus", "prometheus.yml");
  private static final List<String> ADDED_LABELS = List.of("__name__", "instance", "job");
  private static final Pattern LISTENING = Pattern.compile("\"Listening on\" address=(\\S+)");

  private final Process process;
  private final URI api;

  private TestPrometheus(Process process, URI api) {
    this.process = process;
    this.api = api;
  }

  /**
   * @param directory where it keeps its data; to be empty
   * @param targets host and port by name of the job that scrapes it
   */
  static TestPrometheus start(Path directory, Map<String, String> targets) throws IOException {
    Path program = Required.program("prometheus", "apt-get install prometheus");
    Path configuration = directory.resolve("prometheus.yml");
    Files.writeString(configuration, configuration(targets).encode());
    Path log = directory.resolve("log");
    Process process =
        new ProcessBuilder(
                program.toString(),
                "--config.file=" + configuration,
                "--storage.tsdb.path=" + directory.resolve("data"),
                "--web.listen-address=127.0.0.1:0")
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    String address = Eventually.first(() -> listeningOn(log));
    return new TestPrometheus(process, URI.create("http://" + address + "/api/v1/"));
  }

  private static Optional<String> listeningOn(Path log) throws IOException {
    return LISTENING.matcher(Files.readString(log)).results().map(m -> m.group(1)).findFirst();
  }

  /** JSON is YAML. */
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
        .put("global", Map.of("scrape_interval", "1s", "scrape_timeout", "1s"))
        .put("scrape_configs", jobs);
  }

  private static JsonObject shippedJob() throws IOException {
    Object root =
        new Load(LoadSettings.builder().build()).loadFromString(Files.readString(SHIPPED));
    return new JsonObject(Json.encode(root)).getJsonArray("scrape_configs").getJsonObject(0);
  }

  /** The series that an instant query answers with. Fails where Prometheus finds it wrong. */
  List<JsonObject> ask(String query) {
    URI uri = api.resolve("query?query=" + URLEncoder.encode(query, StandardCharsets.UTF_8));
    JsonObject answer = new JsonObject(RunningService.get(uri).body());
    assertThat(answer.getString("status")).as(answer.encode()).isEqualTo("success");
    return answer.getJsonObject("data").getJsonArray("result").stream()
        .map(JsonObject.class::cast)
        .toList();
  }

  /**
   * The answer to an instant query about one job: values by their labels, without the name and what
   * Prometheus adds itself.
   */
  Map<Map<String, String>, BigDecimal> query(String query) {
    Map<Map<String, String>, BigDecimal> values = new HashMap<>();
    for (JsonObject series : ask(query)) {
      BigDecimal value = number(series.getJsonArray("value"));
      assertThat(values.put(labels(series), value)).as(query).isNull();
    }
    return values;
  }

  /** The only value that a query answers with. */
  BigDecimal value(String query) {
    Map<Map<String, String>, BigDecimal> values = query(query);
    assertThat(values).as(query).hasSize(1);
    return values.values().iterator().next();
  }

  /** What an expression without labels was at each of the last seconds. */
  List<String> history(String query, int seconds) {
    return ask("(" + query + ")[" + seconds + "s:1s]").stream()
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
    process.destroy();
    try {
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
