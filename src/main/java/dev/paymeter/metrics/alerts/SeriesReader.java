package dev.paymeter.metrics.alerts;

import dev.paymeter.metrics.registry.MetricNames;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBucket;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.DataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Label;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;

/** Reads those series of the registry that some queries select, as Prometheus stores them. */
final class SeriesReader {
  private static final String BUCKET = "_bucket";
  private static final String COUNT = "_count";
  private static final String SUM = "_sum";

  private final Function<Set<String>, MetricSnapshots> families;
  private final Map<String, List<Query.Selector>> selectors = new HashMap<>();
  private final Set<String> familyNames = new HashSet<>();

  /**
   * @param families returns the current series of the families with these names
   */
  SeriesReader(List<Query.Selector> selectors, Function<Set<String>, MetricSnapshots> families) {
    this.families = families;
    for (Query.Selector selector : selectors) {
      selector.names().forEach(name -> add(name, selector));
    }
  }

  private void add(String name, Query.Selector selector) {
    selectors.computeIfAbsent(name, key -> new ArrayList<>()).add(selector);
    familyNames.add(name);
    for (String suffix : List.of(BUCKET, COUNT, SUM)) {
      if (name.endsWith(suffix)) {
        familyNames.add(name.substring(0, name.length() - suffix.length()));
      }
    }
  }

  Map<LabelSet, Double> read() {
    Map<LabelSet, Double> values = new HashMap<>();
    for (MetricSnapshot family : families.apply(familyNames)) {
      String name = family.getMetadata().getPrometheusName();
      family.getDataPoints().forEach(point -> add(name, point, values));
    }
    return values;
  }

  private void add(String name, DataPointSnapshot point, Map<LabelSet, Double> values) {
    if (point instanceof CounterDataPointSnapshot counter) {
      add(name + MetricNames.TOTAL, point, "", counter.getValue(), values);
    } else if (point instanceof GaugeDataPointSnapshot gauge) {
      add(name, point, "", gauge.getValue(), values);
    } else if (point instanceof HistogramDataPointSnapshot histogram) {
      addBuckets(name, histogram, values);
    }
  }

  private void addBuckets(
      String name, HistogramDataPointSnapshot histogram, Map<LabelSet, Double> values) {
    double count = 0;
    for (ClassicHistogramBucket bucket : histogram.getClassicBuckets()) {
      count += bucket.getCount();
      String bound = Double.toString(bucket.getUpperBound());
      add(name + BUCKET, histogram, bound, count, values);
    }
    add(name + COUNT, histogram, "", count, values);
    add(name + SUM, histogram, "", histogram.getSum(), values);
  }

  /**
   * @param bound of the bucket; empty for others
   */
  private void add(
      String name,
      DataPointSnapshot point,
      String bound,
      double value,
      Map<LabelSet, Double> values) {
    List<Query.Selector> candidates = selectors.getOrDefault(name, List.of());
    if (!candidates.isEmpty()) {
      LabelSet labels = labels(name, point, bound);
      if (candidates.stream().anyMatch(selector -> selector.matches(labels))) {
        values.put(labels, value);
      }
    }
  }

  private static LabelSet labels(String name, DataPointSnapshot point, String bound) {
    Map<String, String> labels = new TreeMap<>();
    for (Label label : point.getLabels()) {
      labels.put(label.getName(), label.getValue());
    }
    labels.put("le", bound);
    labels.put(LabelSet.NAME, name);
    return LabelSet.of(labels);
  }
}
