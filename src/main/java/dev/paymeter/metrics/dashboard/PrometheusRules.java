package dev.paymeter.metrics.dashboard;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/**
 * Rules of Prometheus from {@code conf/prometheus/rules.yml}.
 *
 * @param questions recording rules with a title, in the dashboard's order
 * @param steps recording rules without a title: questions and alerts use them
 */
public record PrometheusRules(List<Question> questions, List<Step> steps, List<Alert> alerts) {
  private static final String TITLES = "/queries.yaml";
  private static final String RULES = "/rules.yml";
  private static final Pattern COMPARISON = Pattern.compile("[<>] ([0-9.]+)$", Pattern.MULTILINE);

  /**
   * @param record name of the recording rule
   */
  public record Question(String record, String title, String query) {}

  record Step(String record, String query) {}

  /**
   * @param pending time for which the query must return a result before the alert fires
   * @param labels of the rule
   * @param description a template
   * @param runbook name of its file
   */
  public record Alert(
      String name,
      String title,
      String severity,
      String pending,
      String query,
      Map<String, String> labels,
      String description,
      String runbook) {}

  public static PrometheusRules load() {
    Map<String, String> recorded = new LinkedHashMap<>();
    List<Alert> alerts = new ArrayList<>();
    for (Map<?, ?> group : entries(read(RULES), "groups")) {
      for (Map<?, ?> rule : entries(group, "rules")) {
        if (rule.containsKey("alert")) {
          alerts.add(alert(rule));
        } else {
          recorded.put(text(rule, "record"), text(rule, "expr"));
        }
      }
    }
    List<Question> questions = new ArrayList<>();
    for (Map.Entry<?, ?> title : read(TITLES).entrySet()) {
      String name = (String) title.getKey();
      questions.add(new Question(name, (String) title.getValue(), taken(recorded, name)));
    }
    List<Step> steps = new ArrayList<>();
    recorded.forEach((name, query) -> steps.add(new Step(name, query)));
    return new PrometheusRules(List.copyOf(questions), List.copyOf(steps), List.copyOf(alerts));
  }

  private static Alert alert(Map<?, ?> rule) {
    Map<?, ?> annotations = value(rule, "annotations", Map.class);
    Map<String, String> labels = new LinkedHashMap<>();
    value(rule, "labels", Map.class)
        .forEach((name, value) -> labels.put(String.valueOf(name), String.valueOf(value)));
    String runbook = text(annotations, "runbook_url");
    return new Alert(
        text(rule, "alert"),
        text(annotations, "summary"),
        text(value(rule, "labels", Map.class), "severity"),
        text(rule, "for"),
        text(rule, "expr"),
        Map.copyOf(labels),
        text(annotations, "description"),
        runbook.substring(runbook.lastIndexOf('/') + 1));
  }

  private static String taken(Map<String, String> recorded, String name) {
    String query = recorded.remove(name);
    if (query == null) {
      throw new IllegalStateException(RULES + " lacks " + name);
    }
    return query;
  }

  /** Returns the queries of all recording rules, by name. */
  public Map<String, String> recorded() {
    Map<String, String> recorded = new LinkedHashMap<>();
    questions.forEach(question -> recorded.put(question.record(), question.query()));
    steps.forEach(step -> recorded.put(step.record(), step.query()));
    return recorded;
  }

  /**
   * Returns the thresholds of alerts with a comparison at the end of a line of their query, by
   * name: that of the first one, whose value the alert reports.
   */
  public Map<String, BigDecimal> thresholds() {
    Map<String, BigDecimal> thresholds = new LinkedHashMap<>();
    for (Alert alert : alerts) {
      Matcher comparison = COMPARISON.matcher(alert.query());
      if (comparison.find()) {
        thresholds.put(alert.name(), new BigDecimal(comparison.group(1)));
      }
    }
    return thresholds;
  }

  public String asText() {
    StringBuilder text = new StringBuilder("Questions\n");
    questions.forEach(q -> text.append(entry(q.title() + ": " + q.record(), q.query())));
    text.append("\nSteps to them and to the alerts\n");
    steps.forEach(s -> text.append(entry(s.record(), s.query())));
    text.append("\nAlerts\n");
    alerts.forEach(
        a ->
            text.append(
                entry(
                    a.title() + ": " + a.name() + ", " + a.severity() + ", after " + a.pending(),
                    a.query())));
    return text.toString();
  }

  /** Returns an object with three arrays, named like the record's components. */
  public String asJson() {
    return new JsonObject()
        .put(
            "questions",
            array(
                questions,
                q ->
                    new JsonObject()
                        .put("record", q.record())
                        .put("title", q.title())
                        .put("query", q.query())))
        .put(
            "steps",
            array(steps, s -> new JsonObject().put("record", s.record()).put("query", s.query())))
        .put(
            "alerts",
            array(
                alerts,
                a ->
                    new JsonObject()
                        .put("alert", a.name())
                        .put("title", a.title())
                        .put("severity", a.severity())
                        .put("for", a.pending())
                        .put("query", a.query())
                        .put("labels", new JsonObject(new LinkedHashMap<>(a.labels())))
                        .put("description", a.description())
                        .put("runbook", a.runbook())))
        .encodePrettily();
  }

  private static <T> JsonArray array(List<T> entries, Function<T, JsonObject> json) {
    return new JsonArray(entries.stream().map(json).toList());
  }

  private static String entry(String heading, String query) {
    return "\n  " + heading + "\n" + query.indent(4);
  }

  private static Map<?, ?> read(String resource) {
    try (InputStream in = PrometheusRules.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException(resource + " is missing on the classpath");
      }
      return (Map<?, ?>)
          new Load(LoadSettings.builder().setLabel(resource).build()).loadFromInputStream(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Map<?, ?>> entries(Map<?, ?> within, String key) {
    return ((List<?>) value(within, key, List.class))
        .stream().<Map<?, ?>>map(entry -> (Map<?, ?>) entry).toList();
  }

  private static String text(Map<?, ?> entry, String key) {
    return value(entry, key, String.class).strip();
  }

  private static <T> T value(Map<?, ?> entry, String key, Class<T> type) {
    if (type.isInstance(entry.get(key))) {
      return type.cast(entry.get(key));
    }
    throw new IllegalStateException(RULES + ": " + entry + " lacks " + key);
  }
}
