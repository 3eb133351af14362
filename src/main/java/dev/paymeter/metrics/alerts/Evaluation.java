package dev.paymeter.metrics.alerts;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Evaluates queries at one moment. The result of a recording rule is calculated when a query first
 * uses it, from the same samples. Not thread-safe.
 */
final class Evaluation {
  private final SeriesHistory history;
  private final Map<String, Query> recorded;
  private final Instant at;
  private final Map<String, List<Sample>> results = new HashMap<>();

  /**
   * @param recorded queries of the recording rules, by name
   */
  Evaluation(SeriesHistory history, Map<String, Query> recorded, Instant at) {
    this.history = history;
    this.recorded = recorded;
    this.at = at;
  }

  /** Returns the current values of the series that are selected. */
  List<Sample> select(Query.Selector selector) {
    List<Sample> selected = new ArrayList<>();
    for (String name : selector.names()) {
      Query rule = recorded.get(name);
      if (rule == null) {
        selected.addAll(history.valuesAt(at.minus(selector.offset()), name, selector));
      } else {
        result(name, rule).stream()
            .filter(sample -> selector.matches(sample.labels()))
            .forEach(selected::add);
      }
    }
    return selected;
  }

  /** Returns the function's result for each series that is selected. */
  List<Sample> select(Query.Selector selector, Duration range, RangeFunction function) {
    List<Sample> selected = new ArrayList<>();
    Instant end = at.minus(selector.offset());
    for (String name : selector.names()) {
      selected.addAll(history.resultsOver(end.minus(range), end, name, selector, function));
    }
    return selected;
  }

  private List<Sample> result(String name, Query rule) {
    List<Sample> known = results.get(name);
    if (known == null) {
      known =
          rule.evaluate(this).stream()
              .map(sample -> new Sample(sample.labels().with(LabelSet.NAME, name), sample.value()))
              .toList();
      results.put(name, known);
    }
    return known;
  }
}
