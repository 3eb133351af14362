package dev.paymeter.alerts;

import dev.paymeter.metrics.alerts.PrometheusDurations;
import dev.paymeter.monitoring.RuleFiles;
import dev.paymeter.support.TestAlertmanager;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/**
 * The shipped rules and the shipped configuration of Alertmanager with all durations divided by one
 * factor: ranges and offsets in queries, pending times of alerts, evaluation intervals, waits of
 * groups, and age thresholds. Other thresholds, names, labels and texts are unchanged.
 */
record AcceleratedConf(int factor) {
  /** Keys of durations, at any level. */
  static final Set<String> DURATION_KEYS =
      Set.of("for", "interval", "group_wait", "group_interval", "repeat_interval");

  private static final Pattern IN_QUERY = Pattern.compile("\\[[^]\"']+]|\\boffset \\w+");

  /** An age threshold in seconds. */
  static final Pattern AGE = Pattern.compile("(?<=_oldest_seconds\\) > )[\\d.]+");

  /** Returns the file as a tree of objects, arrays and strings. */
  static JsonObject read(Path file) throws IOException {
    Object tree = new Load(LoadSettings.builder().build()).loadFromString(Files.readString(file));
    return new JsonObject(Json.encode(tree));
  }

  JsonObject rules() throws IOException {
    return (JsonObject) shortened("", read(RuleFiles.RULES));
  }

  JsonObject alertmanager() throws IOException {
    return (JsonObject) shortened("", read(TestAlertmanager.SHIPPED));
  }

  private Object shortened(String key, Object value) {
    if (value instanceof JsonObject object) {
      JsonObject copy = new JsonObject();
      object.forEach(
          entry -> copy.put(entry.getKey(), shortened(entry.getKey(), entry.getValue())));
      return copy;
    }
    if (value instanceof JsonArray array) {
      JsonArray copy = new JsonArray();
      array.forEach(element -> copy.add(shortened(key, element)));
      return copy;
    }
    if (DURATION_KEYS.contains(key)) {
      return time((String) value);
    }
    return key.equals("expr") ? query((String) value) : value;
  }

  private String query(String text) {
    String shortened = IN_QUERY.matcher(text).replaceAll(found -> times(found.group()));
    return AGE.matcher(shortened)
        .replaceAll(found -> String.valueOf(Double.parseDouble(found.group()) / factor));
  }

  private String times(String text) {
    return PrometheusDurations.PATTERN.matcher(text).replaceAll(found -> time(found.group()));
  }

  private String time(String text) {
    return PrometheusDurations.parse(text).dividedBy(factor).toMillis() + "ms";
  }
}
