package dev.paymeter.app.cli;

import static dev.paymeter.support.Await.eventually;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.monitoring.RuleFiles;
import dev.paymeter.support.Directories;
import dev.paymeter.support.RequiredPrograms;
import dev.paymeter.support.TestAlertmanager;
import dev.paymeter.support.TestServer;
import dev.paymeter.support.ledger.PostgresTemplate;
import dev.paymeter.support.service.RunningService;
import dev.paymeter.support.service.ServiceJar;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the command {@code stack} from the shaded jar. */
class MonitoringStackIT {
  private static final int SIGTERM_EXIT = 143;

  @TempDir Path directory;
  private int prometheusPort;
  private int alertmanagerPort;

  @BeforeEach
  void prepare() throws IOException {
    Directories.copy(Path.of("conf"), directory.resolve("conf"));
    prometheusPort = TestServer.freePort();
    alertmanagerPort = TestServer.freePort();
  }

  @Test
  void stack_started_scrapesAndAlerts_andLeavesNoProcess() {
    RequiredPrograms.program("prometheus", "apt-get install prometheus");
    RequiredPrograms.program(TestAlertmanager.NAME, TestAlertmanager.INSTALL);
    PostgresTemplate.copyTo(directory.resolve("data"));
    ServiceJar jar =
        ServiceJar.start(directory, Map.of("log.level", "info"), arguments("--rate", "0"));
    try (jar) {
      eventually(() -> assertThat(jar.out()).contains("Ctrl-C ends."));

      assertThat(jar.out())
          .contains("http://127.0.0.1:" + prometheusPort, "http://127.0.0.1:" + alertmanagerPort);
      eventually(() -> assertThat(target().getString("health")).isEqualTo("up"));
      assertThat(target().getString("scrapeUrl")).isEqualTo(jar.management("/metrics").toString());
      assertThat(rules()).hasSameSizeAs(RuleFiles.rules());
      assertThat(runbookUrls())
          .hasSizeGreaterThan(30)
          .allSatisfy(
              url ->
                  assertThat(RunningService.get(URI.create(url)).statusCode())
                      .as(url)
                      .isEqualTo(200));
      eventually(
          () ->
              assertThat(query("alertmanagers").getJsonArray("activeAlertmanagers"))
                  .containsExactly(
                      new JsonObject()
                          .put("url", "http://127.0.0.1:" + alertmanagerPort + "/api/v2/alerts")));

      fireAnAlert();
      eventually(
          () ->
              assertThat(jar.out().lines())
                  .contains("page   firing   PaymeterLedgerDown: Just a test."));

      List<ProcessHandle> servers = servers();
      assertThat(servers).hasSize(2);
      listensOn(alertmanagerPort).forEach(ProcessHandle::destroy);
      eventually(() -> assertThat(jar.out()).contains("Alertmanager has ended: see "));
      jar.terminate();
      assertThat(jar.awaitExit()).isIn(0, SIGTERM_EXIT);
      assertThat(jar.out()).doesNotContain("Prometheus has ended");
      assertThat(servers).noneMatch(ProcessHandle::isAlive);
      assertThat(jar.postgres()).isEmpty();
    } finally {
      servers().forEach(ProcessHandle::destroyForcibly);
    }
  }

  @Test
  void stack_portsInUse_namesThemAndStartsNothing() throws IOException {
    RequiredPrograms.program("prometheus", "apt-get install prometheus");
    RequiredPrograms.program(TestAlertmanager.NAME, TestAlertmanager.INSTALL);
    try (ServerSocket first = new ServerSocket(prometheusPort, 1, loopback());
        ServerSocket second = new ServerSocket(alertmanagerPort, 1, loopback());
        ServiceJar jar = ServiceJar.start(directory, Map.of(), arguments())) {
      assertThat(jar.awaitExit()).isEqualTo(1);
      assertThat(jar.log().lines())
          .satisfiesExactly(
              line -> assertThat(line).startsWith("port " + first.getLocalPort() + " is in use"),
              line -> assertThat(line).startsWith("port " + second.getLocalPort() + " is in use"));
      assertThat(directory.resolve("data")).doesNotExist();
    }
  }

  @Test
  void stack_onePortForTwoServers_isRejected() {
    int port = TestServer.freePort();
    Map<String, String> settings = Map.of("http.port", String.valueOf(port));
    try (ServiceJar jar =
        ServiceJar.start(
            directory,
            settings,
            "stack",
            "--prometheus-port=" + port,
            "--alertmanager-port=" + port)) {
      assertThat(jar.awaitExit()).isEqualTo(2);
      assertThat(jar.log().lines())
          .containsExactly(
              "--prometheus-port: expected another port than http.port, found " + port,
              "--alertmanager-port: expected another port than http.port, found " + port);
    }
  }

  private String[] arguments(String... others) {
    return Stream.concat(
            Stream.of(
                "stack",
                "--prometheus-port=" + prometheusPort,
                "--alertmanager-port=" + alertmanagerPort),
            Stream.of(others))
        .toArray(String[]::new);
  }

  private void fireAnAlert() {
    TestAlertmanager.fire(
        URI.create("http://127.0.0.1:" + alertmanagerPort + "/api/v2/alerts"),
        Map.of("alertname", "PaymeterLedgerDown", "severity", "critical"),
        Map.of("description", "Just a test."));
  }

  private JsonObject target() {
    JsonArray targets = query("targets").getJsonArray("activeTargets");
    assertThat(targets).hasSize(1);
    return targets.getJsonObject(0);
  }

  private List<JsonObject> rules() {
    return query("rules").getJsonArray("groups").stream()
        .flatMap(group -> ((JsonObject) group).getJsonArray("rules").stream())
        .map(JsonObject.class::cast)
        .toList();
  }

  private Set<String> runbookUrls() {
    return rules().stream()
        .filter(rule -> rule.containsKey("annotations"))
        .map(rule -> rule.getJsonObject("annotations").getString("runbook_url"))
        .collect(toSet());
  }

  private JsonObject query(String path) {
    URI uri = URI.create("http://127.0.0.1:" + prometheusPort + "/api/v1/" + path);
    return new JsonObject(RunningService.get(uri).body()).getJsonObject("data");
  }

  private List<ProcessHandle> servers() {
    return Stream.concat(listensOn(prometheusPort).stream(), listensOn(alertmanagerPort).stream())
        .toList();
  }

  /** Returns the processes with an argument that names the port. */
  private static List<ProcessHandle> listensOn(int port) {
    return ProcessHandle.allProcesses()
        .filter(
            process ->
                Stream.of(process.info().arguments().orElse(new String[0]))
                    .anyMatch(argument -> argument.endsWith("address=127.0.0.1:" + port)))
        .toList();
  }

  private static InetAddress loopback() {
    return InetAddress.getLoopbackAddress();
  }
}
