package dev.paymeter.alerts;

import static dev.paymeter.support.Await.LONG_RUN;
import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.alerts.Notifications.Notification;
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
 * A Prometheus and an Alertmanager with the shipped rules and configuration, all durations divided
 * by one factor, and a webhook receiver that stores all notifications. The scrape targets may
 * change while it runs. Thread-safe.
 */
final class AlertStack implements AutoCloseable {
  private final int factor;
  private final Path targetsFile;
  private final Notifications notifications;
  private final TestAlertmanager alertmanager;
  private final TestPrometheus prometheus;

  /** Addresses by namespace. */
  private final Map<String, List<String>> targets = new TreeMap<>();

  private AlertStack(
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
   * Starts all processes, without scrape targets.
   *
   * @param directory is created
   * @param factor the divisor of all durations
   * @param scrapes the scrape interval and timeout
   */
  static AlertStack start(Path directory, int factor, Duration scrapes) throws IOException {
    Files.createDirectories(directory);
    AcceleratedConf conf = new AcceleratedConf(factor);
    Notifications notifications = Notifications.start();
    TestAlertmanager alertmanager =
        TestAlertmanager.start(directory, alertmanagerFile(directory, conf, notifications));
    Path targets = Files.writeString(directory.resolve("targets.json"), "[]");
    Path rules =
        Files.writeString(
            directory.resolve("rules.yml"), conf.rules().encode()); // JSON is valid YAML.
    TestPrometheus prometheus =
        TestPrometheus.start(
            directory, configuration(scrapes, rules, targets, alertmanager.authority()));
    return new AlertStack(factor, targets, notifications, alertmanager, prometheus);
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

  /** Sets the instances of a namespace as scrape targets; returns when all have been scraped. */
  void scrape(String namespace, String... addresses) throws IOException {
    synchronized (this) {
      targets.put(namespace, List.of(addresses));
      writeTargets();
    }
    eventually(
        LONG_RUN,
        () ->
            assertThat(prometheus.querySeries(upQuery(namespace) + " == 1"))
                .hasSize(addresses.length));
  }

  /** Removes the scrape targets of a namespace; returns when its series are stale. */
  void stopScraping(String namespace) throws IOException {
    synchronized (this) {
      targets.remove(namespace);
      writeTargets();
    }
    eventually(LONG_RUN, () -> assertThat(prometheus.querySeries(upQuery(namespace))).isEmpty());
  }

  private static String upQuery(String namespace) {
    return "up{namespace=\"" + namespace + "\"}";
  }

  /** Atomically, so that Prometheus never reads a part of the file. */
  private void writeTargets() throws IOException {
    JsonArray groups = new JsonArray();
    targets.forEach(
        (namespace, addresses) ->
            groups.add(Map.of("targets", addresses, "labels", Map.of("namespace", namespace))));
    Path draft = targetsFile.resolveSibling("targets.draft");
    Files.writeString(draft, groups.encode());
    Files.move(draft, targetsFile, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Returns the first notification since a time that an alert is firing or resolved. */
  Optional<Notification> findNotification(
      Rule alert, Optional<String> namespace, boolean firing, Instant since) {
    return notifications
        .since(since)
        .filter(
            notification ->
                notification.firing() == firing && notification.isAbout(alert, namespace))
        .findFirst();
  }

  /** Returns whether an alert is firing and inhibited by another. */
  boolean isInhibited(Rule alert, Optional<String> namespace) {
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
