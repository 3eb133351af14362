package dev.paymeter.alerts;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import dev.paymeter.monitoring.RuleFiles.Rule;
import dev.paymeter.support.LocalHttp;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

/** A webhook receiver that stores all notifications of Alertmanager, oldest first. */
final class Notifications implements AutoCloseable {
  private final LocalHttp server;
  private final List<Notification> notifications = new CopyOnWriteArrayList<>();

  /**
   * An alert in a notification.
   *
   * @param receiver as named in the routes
   * @param firing false if resolved
   */
  record Notification(Instant at, String receiver, boolean firing, Map<String, String> labels) {
    String alert() {
      return labels.get("alertname");
    }

    Optional<String> namespace() {
      return Optional.ofNullable(labels.get("namespace"));
    }

    boolean isAbout(Rule rule, Optional<String> namespace) {
      return matches(labels, rule, namespace);
    }
  }

  private Notifications() throws IOException {
    this.server = LocalHttp.start("/", this::receive);
  }

  static Notifications start() throws IOException {
    return new Notifications();
  }

  /** Returns whether the labels are those of a rule's alert in a namespace, or without one. */
  static boolean matches(Map<String, String> labels, Rule rule, Optional<String> namespace) {
    return rule.name().equals(labels.get("alertname"))
        && labels.entrySet().containsAll(rule.labels().entrySet())
        && Objects.equals(labels.get("namespace"), namespace.orElse(null));
  }

  private void receive(HttpExchange exchange) throws IOException {
    Instant now = Instant.now();
    try (exchange) {
      JsonObject body = new JsonObject(new String(exchange.getRequestBody().readAllBytes(), UTF_8));
      for (Object alert : body.getJsonArray("alerts")) {
        notifications.add(notifications(now, body.getString("receiver"), (JsonObject) alert));
      }
      exchange.sendResponseHeaders(204, -1);
    }
  }

  private static Notification notifications(Instant at, String receiver, JsonObject alert) {
    return new Notification(
        at, receiver, alert.getString("status").equals("firing"), strings(alert, "labels"));
  }

  static Map<String, String> strings(JsonObject object, String key) {
    Map<String, String> strings = new HashMap<>();
    object.getJsonObject(key).forEach(e -> strings.put(e.getKey(), String.valueOf(e.getValue())));
    return strings;
  }

  /** Returns host and port of the webhook. */
  String authority() {
    return server.authority();
  }

  List<Notification> all() {
    return List.copyOf(notifications);
  }

  Stream<Notification> since(Instant start) {
    return notifications.stream().filter(each -> !each.at().isBefore(start));
  }

  @Override
  public void close() {
    server.close();
  }
}
