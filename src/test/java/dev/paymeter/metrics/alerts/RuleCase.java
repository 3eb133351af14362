package dev.paymeter.metrics.alerts;

import dev.paymeter.monitoring.RuleFiles;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A test case for promtool: series, and what Prometheus finds in them.
 *
 * @param evaluations time between two of them
 * @param interval time between two samples
 * @param series values by labels
 */
record RuleCase(
    String name,
    Duration evaluations,
    Duration interval,
    Map<LabelSet, List<Double>> series,
    List<ExpectedAlerts> alerts,
    List<ExpectedResult> results) {
  private static final Pattern SERIES = Pattern.compile("([\\w:]+)(?:\\{(.*)})?");
  private static final Pattern LABEL = Pattern.compile("(\\w+)\\s*=\\s*\"([^\"]*)\"");
  private static final Pattern VALUES =
      Pattern.compile("(_|stale|-?[0-9.]+)([+-][0-9.]+)?(?:x([0-9]+))?");
  private static final Pattern RECORD = Pattern.compile("(?:round\\()?([\\w:]+)(?:, 1e-6\\))?");

  /** The alerts with a name that fire at a time. */
  record ExpectedAlerts(Duration at, String name, List<ExpectedAlert> alerts) {}

  record ExpectedAlert(Map<String, String> labels, Map<String, String> annotations) {}

  /** The result of a recording rule at a time. */
  record ExpectedResult(Duration at, String name, Map<LabelSet, Double> values) {}

  /** Returns the cases of all files but that of the totals, which no alert uses. */
  static Stream<RuleCase> all() {
    return RuleFiles.caseFiles().stream()
        .filter(file -> !file.endsWith("totals.yml"))
        .flatMap(RuleCase::read);
  }

  private static Stream<RuleCase> read(Path path) {
    Map<?, ?> file = RuleFiles.read(path);
    return RuleFiles.list(file, "tests")
        .map(
            test ->
                new RuleCase(
                    path.getFileName() + ": " + test.get("name"),
                    time(file, "evaluation_interval"),
                    time(test, "interval"),
                    series(test),
                    RuleFiles.list(test, "alert_rule_test").map(RuleCase::alerts).toList(),
                    RuleFiles.list(test, "promql_expr_test").map(RuleCase::result).toList()));
  }

  private static Duration time(Map<?, ?> entry, String key) {
    return QueryParser.duration(String.valueOf(entry.get(key)));
  }

  private static Map<LabelSet, List<Double>> series(Map<?, ?> test) {
    Map<LabelSet, List<Double>> series = new HashMap<>();
    RuleFiles.list(test, "input_series")
        .forEach(
            each ->
                series.put(
                    labels(String.valueOf(each.get("series"))),
                    values(String.valueOf(each.get("values")))));
    return series;
  }

  static LabelSet labels(String text) {
    Matcher parts = SERIES.matcher(text);
    if (!parts.matches()) {
      throw new IllegalArgumentException("expected a series, found " + text);
    }
    Map<String, String> labels = new HashMap<>(Map.of(LabelSet.NAME, parts.group(1)));
    addLabels(String.valueOf(parts.group(2)), labels);
    return LabelSet.of(labels);
  }

  private static void addLabels(String text, Map<String, String> labels) {
    Matcher matcher = LABEL.matcher(text);
    while (matcher.find()) {
      labels.put(matcher.group(1), matcher.group(2));
    }
  }

  /** Reads promtool's notation: "1+2x3" is 1 3 5 7, "_x2" is twice no sample. */
  static List<Double> values(String notation) {
    List<Double> values = new ArrayList<>();
    for (String item : notation.split("\\s+")) {
      Matcher parts = VALUES.matcher(item);
      if (!parts.matches()) {
        throw new IllegalArgumentException("expected values, found " + item);
      }
      int times = parts.group(3) == null ? 0 : Integer.parseInt(parts.group(3));
      double step = parts.group(2) == null ? 0 : Double.parseDouble(parts.group(2));
      if (parts.group(1).equals("_")) {
        values.addAll(Collections.nCopies(Math.max(1, times), SeriesHistory.ABSENT));
      } else if (parts.group(1).equals("stale")) {
        values.add(SeriesHistory.STALE);
      } else {
        for (int i = 0; i <= times; i++) {
          values.add(Double.parseDouble(parts.group(1)) + i * step);
        }
      }
    }
    return values;
  }

  private static ExpectedAlerts alerts(Map<?, ?> test) {
    return new ExpectedAlerts(
        time(test, "eval_time"),
        String.valueOf(test.get("alertname")),
        RuleFiles.list(test, "exp_alerts")
            .map(
                alert ->
                    new ExpectedAlert(
                        RuleFiles.strings(alert.get("exp_labels")),
                        RuleFiles.strings(alert.get("exp_annotations"))))
            .toList());
  }

  private static ExpectedResult result(Map<?, ?> test) {
    Matcher record = RECORD.matcher(String.valueOf(test.get("expr")));
    if (!record.matches()) {
      throw new IllegalArgumentException("expected a recording rule, found " + test);
    }
    Map<LabelSet, Double> values = new HashMap<>();
    RuleFiles.list(test, "exp_samples")
        .forEach(
            sample -> {
              Map<String, String> labels = new HashMap<>();
              addLabels(String.valueOf(sample.get("labels")), labels);
              values.put(
                  LabelSet.of(labels), Double.parseDouble(String.valueOf(sample.get("value"))));
            });
    return new ExpectedResult(time(test, "eval_time"), record.group(1), values);
  }

  /** Returns the values of one sample. */
  Map<LabelSet, Double> values(int index) {
    Map<LabelSet, Double> values = new HashMap<>();
    series.forEach(
        (labels, all) ->
            values.put(labels, index < all.size() ? all.get(index) : SeriesHistory.ABSENT));
    return values;
  }

  /** Returns the time of the last expectation. */
  Duration end() {
    return Stream.concat(
            alerts.stream().map(ExpectedAlerts::at), results.stream().map(ExpectedResult::at))
        .reduce(Duration.ZERO, (one, other) -> one.compareTo(other) > 0 ? one : other);
  }

  @Override
  public String toString() {
    return name;
  }
}
