package dev.paymeter.metrics.alerts;

import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Labels of a series by name, with the metric's name under {@link #NAME}. An empty label is absent.
 */
record LabelSet(SortedMap<String, String> values) {
  static final String NAME = "__name__";
  static final LabelSet EMPTY = new LabelSet(Collections.emptySortedMap());

  static LabelSet of(Map<String, String> labels) {
    SortedMap<String, String> values = new TreeMap<>(labels);
    values.values().removeIf(String::isEmpty);
    return new LabelSet(values);
  }

  /** Returns the value of a label; empty if it is absent. */
  String get(String name) {
    return values.getOrDefault(name, "");
  }

  LabelSet with(String name, String value) {
    SortedMap<String, String> more = new TreeMap<>(values);
    more.put(name, value);
    return of(more);
  }

  LabelSet only(Set<String> names) {
    SortedMap<String, String> kept = new TreeMap<>(values);
    kept.keySet().retainAll(names);
    return new LabelSet(kept);
  }

  /** Returns the labels without these and without the metric's name. */
  LabelSet without(Set<String> names) {
    SortedMap<String, String> kept = new TreeMap<>(values);
    kept.keySet().removeAll(names);
    kept.remove(NAME);
    return new LabelSet(kept);
  }

  LabelSet withoutName() {
    return without(Set.of());
  }
}
