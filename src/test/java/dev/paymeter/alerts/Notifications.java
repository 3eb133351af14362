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

/** A receiver of webhooks that keeps all that Alertmanager tells it, in the order of time. */
final class Notifications implements AutoCloseable {
  private final LocalHttp server;
  private final List<Told> told = new CopyOnWriteArrayList<>();

  /**
   * One alert in one notification.
   *
   * @param receiver as the routes name it
   * @param firing or else resolved
   */
  record Told(Instant at, String receiver, boolean firing, Map<String, String> labels) {
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

  /** Whether an alert with these labels is one of a rule's in a namespace, or in none. */
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
        told.add(told(now, body.getString("receiver"), (JsonObject) alert));
      }
      exchange.sendResponseHeaders(204, -1);
    }
  }

  private static Told told(Instant at, String receiver, JsonObject alert) {
    return new Told(
        at, receiver, alert.getString("status").equals("firing"), strings(alert, "labels"));
  }

  static Map<String, String> strings(JsonObject of, String key) {
    Map<String, String> strings = new HashMap<>();
    of.getJsonObject(key).forEach(e -> strings.put(e.getKey(), String.valueOf(e.getValue())));
    return strings;
  }

  /** Where Alertmanager is to send. */
  String authority() {
    return server.authority();
  }

  List<Told> all() {
    return List.copyOf(told);
  }

  Stream<Told> since(Instant start) {
    return told.stream().filter(each -> !each.at().isBefore(start));
  }

  @Override
  public void close() {
    server.close();
  }
}
