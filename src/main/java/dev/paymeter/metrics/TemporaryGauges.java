package dev.paymeter.metrics;

import dev.paymeter.metrics.registry.Meters;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * Gauges that have a series only while there is a value for its labels. The pipeline's lock guards
 * all methods.
 */
final class TemporaryGauges<V> {
  private final List<Family<V>> families = new ArrayList<>();
  private final Map<Labels, V> values = new HashMap<>();

  private record Family<V>(String name, String help, ToDoubleFunction<V> part) {}

  /**
   * Adds a family, before any value.
   *
   * @param part returns what the family shows of a value
   */
  TemporaryGauges<V> family(String name, String help, ToDoubleFunction<V> part) {
    families.add(new Family<>(name, help, part));
    return this;
  }

  /** Replaces all values. */
  void show(Meters meters, Map<Labels, V> now) {
    values.keySet().stream()
        .filter(labels -> !now.containsKey(labels))
        .forEach(labels -> families.forEach(family -> meters.removeGauge(family.name(), labels)));
    values.keySet().retainAll(now.keySet());
    now.forEach(
        (labels, value) -> {
          if (values.put(labels, value) == null) {
            families.forEach(family -> register(meters, family, labels));
          }
        });
  }

  private void register(Meters meters, Family<V> family, Labels labels) {
    meters.gauge(
        family.name(),
        family.help(),
        labels,
        () -> {
          V value = values.get(labels);
          return value == null ? Double.NaN : family.part().applyAsDouble(value);
        });
  }
}
