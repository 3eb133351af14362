package dev.paymeter.metrics.alerts;

import dev.paymeter.metrics.alerts.ActiveAlerts.Alert;
import dev.paymeter.metrics.alerts.ActiveAlerts.NotEvaluated;
import dev.paymeter.metrics.dashboard.PrometheusRules;
import dev.paymeter.metrics.registry.MetricNames;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Evaluates the alerts of {@code conf/prometheus/rules.yml} over samples in memory. Not
 * thread-safe.
 */
final class AlertEvaluator {
  /** Age up to which samples are kept. */
  static final Duration MEMORY = Duration.ofHours(6).plus(SeriesHistory.LOOK_BACK);

  /** Recent samples are all kept. */
  static final List<SeriesHistory.Resolution> RESOLUTIONS =
      List.of(
          new SeriesHistory.Resolution(Duration.ofMinutes(30), Duration.ofMillis(1)),
          new SeriesHistory.Resolution(Duration.ofHours(2), Duration.ofMinutes(1)),
          new SeriesHistory.Resolution(MEMORY, Duration.ofMinutes(5)));

  /** Metrics of Prometheus itself, and those that each of its scrapes resets. */
  private static final Set<String> SCRAPE_METRICS = Set.of("up", MetricNames.QUEUE_DEPTH_HIGHEST);

  private final SeriesHistory history = new SeriesHistory(RESOLUTIONS);
  private final Map<String, Query> recorded = new HashMap<>();
  private final Set<String> notRecorded = new HashSet<>();
  private final List<AlertRule> rules = new ArrayList<>();
  private final List<NotEvaluated> notEvaluated = new ArrayList<>();

  AlertEvaluator(PrometheusRules prometheusRules) {
    prometheusRules.recorded().forEach(this::addRecorded);
    for (PrometheusRules.Alert alert : prometheusRules.alerts()) {
      try {
        AlertRule rule = new AlertRule(alert);
        rule.queries().flatMap(this::reaches).forEach(AlertEvaluator::requireKept);
        rules.add(rule);
      } catch (UnsupportedQueryException e) {
        notEvaluated.add(
            new NotEvaluated(alert.name(), alert.labels(), String.valueOf(e.getMessage())));
      }
    }
  }

  private void addRecorded(String name, String query) {
    try {
      recorded.put(name, QueryParser.parse(query));
    } catch (UnsupportedQueryException e) {
      notRecorded.add(name);
    }
  }

  private static void requireKept(Query.Reach reach) {
    if (reach.duration().compareTo(MEMORY) > 0) {
      throw new UnsupportedQueryException("the window is longer than 6 hours");
    }
    if (!Collections.disjoint(reach.selector().names(), SCRAPE_METRICS)) {
      throw new UnsupportedQueryException("the metric is one of Prometheus' scrapes");
    }
  }

  /** Returns what a query reads from the history, through recording rules, too. */
  private Stream<Query.Reach> reaches(Query query) {
    return query.reaches().flatMap(this::resolve);
  }

  private Stream<Query.Reach> resolve(Query.Reach reach) {
    if (!Collections.disjoint(reach.selector().names(), notRecorded)) {
      throw new UnsupportedQueryException("a recording rule that cannot be evaluated");
    }
    List<Query> used =
        reach.selector().names().stream().filter(recorded::containsKey).map(recorded::get).toList();
    if (used.isEmpty()) {
      return Stream.of(reach);
    }
    if (reach.isRange() || used.size() < reach.selector().names().size()) {
      throw new UnsupportedQueryException("past results of a recording rule");
    }
    return used.stream().flatMap(this::reaches);
  }

  /** Returns the selectors of the series that the history needs. */
  List<Query.Selector> selectors() {
    return rules.stream().flatMap(this::selectors).distinct().toList();
  }

  private Stream<Query.Selector> selectors(AlertRule rule) {
    return Stream.concat(
        reaches(rule.condition()).map(Query.Reach::selector),
        rule.descriptionQueries()
            .flatMap(this::reaches)
            .map(reach -> reach.selector().withoutMatchers()));
  }

  /** Adds the values of the selected series. */
  void add(Instant now, Map<LabelSet, Double> values) {
    history.add(now, values);
  }

  /** Evaluates all alerts. */
  ActiveAlerts evaluate(Instant now) {
    Evaluation evaluation = new Evaluation(history, recorded, now);
    List<Alert> alerts = new ArrayList<>();
    List<NotEvaluated> skipped = new ArrayList<>(notEvaluated);
    for (AlertRule rule : rules) {
      if (isIncomplete(rule)) {
        skipped.add(notEvaluated(rule, "its metrics have too many series"));
      } else {
        try {
          alerts.addAll(rule.evaluate(now, evaluation));
        } catch (IllegalStateException | UnsupportedQueryException e) {
          skipped.add(notEvaluated(rule, String.valueOf(e.getMessage())));
        }
      }
    }
    alerts.sort(Comparator.comparing(Alert::since));
    return new ActiveAlerts(now, List.copyOf(alerts), List.copyOf(skipped));
  }

  private static NotEvaluated notEvaluated(AlertRule rule, String reason) {
    return new NotEvaluated(rule.rule().name(), rule.rule().labels(), reason);
  }

  private boolean isIncomplete(AlertRule rule) {
    if (history.incomplete().isEmpty()) {
      return false;
    }
    Set<String> names = new HashSet<>();
    rule.queries().flatMap(this::reaches).forEach(reach -> names.addAll(reach.selector().names()));
    return !Collections.disjoint(names, history.incomplete());
  }
}
