package dev.paymeter.support;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.service.RunningService;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** A real Alertmanager process with the configuration in {@code conf/alertmanager}. */
public final class TestAlertmanager implements AutoCloseable {
  public static final Path SHIPPED = Path.of("conf", "alertmanager", "alertmanager.yml");
  public static final String NAME = "prometheus-alertmanager";
  public static final String INSTALL = "apt-get install " + NAME;
  private static final Pattern LISTENING = Pattern.compile("Listening on\" address=(\\S+)");

  private final Process process;
  private final URI alerts;

  private TestAlertmanager(Process process, URI alerts) {
    this.process = process;
    this.alerts = alerts;
  }

  /**
   * Starts it on a free port.
   *
   * @param directory for its data
   */
  public static TestAlertmanager start(Path directory) throws IOException {
    return start(directory, SHIPPED);
  }

  /** Starts it with another configuration. */
  public static TestAlertmanager start(Path directory, Path configuration) throws IOException {
    Path program = RequiredPrograms.program(NAME, INSTALL);
    Path log = directory.resolve("alertmanager.log");
    Process process =
        new ProcessBuilder(
                program.toString(),
                "--config.file=" + configuration,
                "--storage.path=" + directory.resolve("alertmanager"),
                "--cluster.listen-address=",
                "--web.listen-address=127.0.0.1:0")
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    String address = Await.first(() -> listeningOn(log));
    return new TestAlertmanager(process, URI.create("http://" + address + "/api/v2/alerts"));
  }

  private static Optional<String> listeningOn(Path log) throws IOException {
    return LISTENING
        .matcher(Files.readString(log))
        .results()
        .findFirst()
        .map(line -> line.group(1));
  }

  /** Makes alerts fire from now on. */
  public void fire(List<Map<String, String>> labels) {
    labels.forEach(each -> fire(alerts, each, Map.of()));
  }

  /** Makes an alert fire at any Alertmanager. */
  public static void fire(URI alerts, Map<String, String> labels, Map<String, String> annotations) {
    String body = Json.encode(List.of(Map.of("labels", labels, "annotations", annotations)));
    HttpResponse<String> answer =
        RunningService.send(
            HttpRequest.newBuilder(alerts)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body)));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
  }

  /** Returns host and port to which alerts are sent. */
  public String authority() {
    return alerts.getAuthority();
  }

  /** Returns all firing alerts, with labels and status. */
  public List<JsonObject> alerts() {
    return new JsonArray(RunningService.get(alerts).body())
        .stream().map(JsonObject.class::cast).toList();
  }

  @Override
  public void close() {
    TestServer.terminate(process, Duration.ofSeconds(20));
  }
}
