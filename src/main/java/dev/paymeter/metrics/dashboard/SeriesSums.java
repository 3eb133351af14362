package dev.paymeter.metrics.dashboard;

import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.DataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/** What the series of some families add up to, at one moment. */
final class SeriesSums {
  private static final String TOTAL = "_total";

  private final Map<String, List<? extends DataPointSnapshot>> series = new HashMap<>();

  SeriesSums(MetricSnapshots families) {
    for (MetricSnapshot family : families) {
      series.put(family.getMetadata().getPrometheusName(), family.getDataPoints());
    }
  }

  /** Whether the family has any series. */
  boolean has(String family) {
    return !series(family).isEmpty();
  }

  /** A family's counters or gauges, each by itself. */
  SortedMap<Labels, Double> each(String family) {
    SortedMap<Labels, Double> values = new TreeMap<>();
    series(family).forEach(one -> values.put(one.getLabels(), value(one)));
    return values;
  }

  /** A family's counters or gauges, summed up by the values of one label. */
  SortedMap<String, Double> by(String label, String family) {
    return by(label, family, SeriesSums::value);
  }

  /** The sums of a family's histograms. */
  SortedMap<String, Double> sumsBy(String label, String family) {
    return by(label, family, one -> ((HistogramDataPointSnapshot) one).getSum());
  }

  /** How many observations a family's histograms have. */
  SortedMap<String, Double> countsBy(String label, String family) {
    return by(label, family, one -> count(one, Double.POSITIVE_INFINITY));
  }

  /** How many observations all of a family's histograms have up to one of their bounds. */
  double countUpTo(double bound, String family) {
    return series(family).stream().mapToDouble(one -> count(one, bound)).sum();
  }

  /** Of counters or gauges. */
  double total(String family) {
    return series(family).stream().mapToDouble(SeriesSums::value).sum();
  }

  /** Of gauges; 0 where there is none. */
  double highest(String family) {
    return series(family).stream().mapToDouble(SeriesSums::value).max().orElse(0);
  }

  /** Of counters or gauges; NaN where there is none. */
  double average(String family) {
    return total(family) / series(family).size();
  }

  private SortedMap<String, Double> by(
      String label, String family, ToDoubleFunction<DataPointSnapshot> value) {
    SortedMap<String, Double> sums = new TreeMap<>();
    for (DataPointSnapshot one : series(family)) {
      String name = Objects.requireNonNullElse(one.getLabels().get(label), "");
      sums.merge(name, value.applyAsDouble(one), Double::sum);
    }
    return sums;
  }

  /** The library's models know counters without their suffix. */
  private List<? extends DataPointSnapshot> series(String family) {
    String name =
        family.endsWith(TOTAL) ? family.substring(0, family.length() - TOTAL.length()) : family;
    return series.getOrDefault(name, List.of());
  }

  private static double value(DataPointSnapshot one) {
    return one instanceof CounterDataPointSnapshot counter
        ? counter.getValue()
        : ((GaugeDataPointSnapshot) one).getValue();
  }

  private static double count(DataPointSnapshot one, double bound) {
    return ((HistogramDataPointSnapshot) one)
        .getClassicBuckets().stream()
            .filter(bucket -> bucket.getUpperBound() <= bound)
            .mapToDouble(bucket -> bucket.getCount())
            .sum();
  }
}
