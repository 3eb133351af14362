package dev.paymeter.metrics.alerts;

import dev.paymeter.metrics.alerts.ActiveAlerts.Alert;
import dev.paymeter.metrics.dashboard.PrometheusRules;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** An alert, and since when its query returns each of its results. Not thread-safe. */
final class AlertRule {
  private final PrometheusRules.Alert rule;
  private final Query query;
  private final AlertText text;
  private final Duration pending;
  private Map<LabelSet, Instant> active = new HashMap<>();

  /**
   * @throws UnsupportedQueryException if the query is outside the supported part of PromQL, or the
   *     description outside that of the templates
   */
  AlertRule(PrometheusRules.Alert rule) {
    this.rule = rule;
    this.query = QueryParser.parse(rule.query());
    this.text = new AlertText(rule.description());
    this.pending = QueryParser.duration(rule.pending());
  }

  PrometheusRules.Alert rule() {
    return rule;
  }

  /** Returns the queries of the condition and of the description. */
  Stream<Query> queries() {
    return Stream.concat(Stream.of(query), descriptionQueries());
  }

  Query condition() {
    return query;
  }

  /** Returns the queries of the description, with empty labels: those of a result replace them. */
  Stream<Query> descriptionQueries() {
    return text.queries().stream();
  }

  List<Alert> evaluate(Instant now, Evaluation evaluation) {
    Map<LabelSet, Sample> results = new LinkedHashMap<>();
    query
        .evaluate(evaluation)
        .forEach(sample -> results.put(sample.labels().withoutName(), sample));
    Map<LabelSet, Instant> stillActive = new HashMap<>();
    results.keySet().forEach(key -> stillActive.put(key, active.getOrDefault(key, now)));
    active = stillActive;
    return results.entrySet().stream()
        .map(
            result ->
                alert(
                    now, active.getOrDefault(result.getKey(), now), result.getValue(), evaluation))
        .toList();
  }

  private Alert alert(Instant now, Instant since, Sample sample, Evaluation evaluation) {
    Map<String, String> labels = new LinkedHashMap<>(sample.labels().withoutName().values());
    labels.putAll(rule.labels());
    return new Alert(
        rule.name(),
        rule.title(),
        rule.severity(),
        labels,
        sample.value(),
        text.write(sample, evaluation),
        rule.runbook(),
        since,
        !now.isBefore(since.plus(pending)));
  }
}
