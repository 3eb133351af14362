package dev.paymeter.support;

import dev.paymeter.monitoring.RuleFiles;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/**
 * A real Prometheus process with its own data, with the configuration in {@code conf/prometheus}
 * but short intervals.
 */
public final class TestPrometheus extends PrometheusApi implements AutoCloseable {
  private static final Path SHIPPED = Path.of("conf", "prometheus", "prometheus.yml");

  /** The recording rules of exact totals, by the counter. */
  public static final Map<String, String> TOTALS =
      Map.of(
          "payment_requests_total",
          "job_status_gateway_user_tier:payment_requests:total",
          "payment_amount_usd_count",
          "job_currency_user_tier:payment_amount_usd_count:total",
          "payment_amount_usd_sum",
          "job_currency_user_tier:payment_amount_usd_sum:total",
          "business_events_usd_count",
          "job_event:business_events_usd_count:total",
          "business_events_usd_sum",
          "job_event:business_events_usd_sum:total");

  private static final Pattern LISTENING = Pattern.compile("\"Listening on\" address=(\\S+)");

  private final Process process;

  private TestPrometheus(Process process, URI api) {
    super(api);
    this.process = process;
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

  /** As {@link #startWithRules}, but evaluates all rules as often as it scrapes. */
  public static TestPrometheus startWithFrequentRules(Path directory, Map<String, String> targets)
      throws IOException {
    String rules =
        Files.readString(RuleFiles.RULES)
            .replace("interval: 30s", "interval: 1s")
            .replace("offset 30s", "offset 1s")
            .replace("offset 10s", "offset 1s");
    JsonObject configuration = configuration(targets);
    Path file = Files.writeString(directory.resolve("rules.yml"), rules);
    configuration.put("rule_files", List.of(file.toAbsolutePath().toString()));
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
  static JsonObject configuration(Map<String, String> targets) throws IOException {
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

  @Override
  public void close() {
    TestServer.terminate(process, Duration.ofSeconds(20));
  }
}
