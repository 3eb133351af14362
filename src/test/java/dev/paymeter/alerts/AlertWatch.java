package dev.paymeter.alerts;

import static dev.paymeter.support.Await.LONG_RUN;
import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.alerts.Notifications.Told;
import dev.paymeter.monitoring.RuleFiles.Rule;
import dev.paymeter.support.TestAlertmanager;
import dev.paymeter.support.TestPrometheus;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A Prometheus and an Alertmanager with the shipped rules and configuration, all times divided by
 * one factor, and a receiver that keeps what is told. What is scraped may change while it runs.
 * Safe from any thread.
 */
final class AlertWatch implements AutoCloseable {
  private final int factor;
  private final Path targetsFile;
  private final Notifications notifications;
  private final TestAlertmanager alertmanager;
  private final TestPrometheus prometheus;

  /** Addresses by namespace. */
  private final Map<String, List<String>> targets = new TreeMap<>();

  private AlertWatch(
      int factor,
      Path targetsFile,
      Notifications notifications,
      TestAlertmanager alertmanager,
      TestPrometheus prometheus) {
    this.factor = factor;
    this.targetsFile = targetsFile;
    this.notifications = notifications;
    this.alertmanager = alertmanager;
    this.prometheus = prometheus;
  }

  /**
   * Starts all, with nothing to scrape.
   *
   * @param directory to be made
   * @param factor what all times are divided by
   * @param scrapes from one scrape to the next, and at most for one
   */
  static AlertWatch start(Path directory, int factor, Duration scrapes) throws IOException {
    Files.createDirectories(directory);
    AcceleratedConf conf = new AcceleratedConf(factor);
    Notifications notifications = Notifications.start();
    TestAlertmanager alertmanager =
        TestAlertmanager.start(directory, alertmanagerFile(directory, conf, notifications));
    Path targets = Files.writeString(directory.resolve("targets.json"), "[]");
    Path rules =
        Files.writeString(directory.resolve("rules.yml"), conf.rules().encode()); // JSON is YAML.
    TestPrometheus prometheus =
        TestPrometheus.start(
            directory, configuration(scrapes, rules, targets, alertmanager.authority()));
    return new AlertWatch(factor, targets, notifications, alertmanager, prometheus);
  }

  private static Path alertmanagerFile(
      Path directory, AcceleratedConf conf, Notifications notifications) throws IOException {
    String text = conf.alertmanager().encode();
    assertThat(text).contains("127.0.0.1:9095");
    return Files.writeString(
        directory.resolve("alertmanager.yml"),
        text.replace("127.0.0.1:9095", notifications.authority()));
  }

  private static JsonObject configuration(
      Duration scrapes, Path rules, Path targets, String alertmanager) throws IOException {
    JsonObject job = TestPrometheus.shippedJob();
    job.remove("static_configs");
    job.put(
        "file_sd_configs",
        new JsonArray()
            .add(Map.of("files", List.of(targets.toString()), "refresh_interval", "1s")));
    String interval = scrapes.toMillis() + "ms";
    return new JsonObject()
        .put(
            "global",
            Map.of(
                "scrape_interval",
                interval,
                "scrape_timeout",
                interval,
                "evaluation_interval",
                scrapes.dividedBy(2).toMillis() + "ms"))
        .put("rule_files", List.of(rules.toString()))
        .put(
            "alerting",
            Map.of(
                "alertmanagers",
                List.of(
                    Map.of("static_configs", List.of(Map.of("targets", List.of(alertmanager)))))))
        .put("scrape_configs", List.of(job));
  }

  int factor() {
    return factor;
  }

  TestPrometheus prometheus() {
    return prometheus;
  }

  Notifications notifications() {
    return notifications;
  }

  /** Scrapes these as the instances of a namespace, and no others; returns when it does. */
  void scrape(String namespace, String... addresses) throws IOException {
    synchronized (this) {
      targets.put(namespace, List.of(addresses));
      writeTargets();
    }
    eventually(
        LONG_RUN,
        () ->
            assertThat(prometheus.ask(ofInstances(namespace) + " == 1")).hasSize(addresses.length));
  }

  /** Scrapes a namespace no more; returns when nothing is left of it. */
  void forget(String namespace) throws IOException {
    synchronized (this) {
      targets.remove(namespace);
      writeTargets();
    }
    eventually(LONG_RUN, () -> assertThat(prometheus.ask(ofInstances(namespace))).isEmpty());
  }

  private static String ofInstances(String namespace) {
    return "up{namespace=\"" + namespace + "\"}";
  }

  /** In one step, so that no half of it is read. */
  private void writeTargets() throws IOException {
    JsonArray groups = new JsonArray();
    targets.forEach(
        (namespace, addresses) ->
            groups.add(Map.of("targets", addresses, "labels", Map.of("namespace", namespace))));
    Path draft = targetsFile.resolveSibling("targets.draft");
    Files.writeString(draft, groups.encode());
    Files.move(draft, targetsFile, StandardCopyOption.ATOMIC_MOVE);
  }

  /** The first notification since a time that an alert fires, or is resolved. */
  Optional<Told> told(Rule alert, Optional<String> namespace, boolean firing, Instant since) {
    return notifications
        .since(since)
        .filter(told -> told.firing() == firing && told.isAbout(alert, namespace))
        .findFirst();
  }

  /** Whether an alert fires, and Alertmanager hides it behind another. */
  boolean isHidden(Rule alert, Optional<String> namespace) {
    return alerts(alert, namespace)
        .anyMatch(each -> !each.getJsonObject("status").getJsonArray("inhibitedBy").isEmpty());
  }

  private Stream<JsonObject> alerts(Rule alert, Optional<String> namespace) {
    return alertmanager.alerts().stream()
        .filter(
            each -> Notifications.matches(Notifications.strings(each, "labels"), alert, namespace));
  }

  @Override
  public void close() {
    prometheus.close();
    alertmanager.close();
    notifications.close();
  }
}
