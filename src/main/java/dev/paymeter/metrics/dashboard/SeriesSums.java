package dev.paymeter.metrics.dashboard;

import dev.paymeter.metrics.registry.MetricNames;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
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

/** Aggregates the series of some families at one moment. */
final class SeriesSums {
  private final Map<String, List<? extends DataPointSnapshot>> series = new HashMap<>();

  SeriesSums(MetricSnapshots families) {
    for (MetricSnapshot family : families) {
      series.put(family.getMetadata().getPrometheusName(), family.getDataPoints());
    }
  }

  /** Returns true if the family has any series. */
  boolean has(String family) {
    return !series(family).isEmpty();
  }

  /** Returns the values of a family's counters or gauges. */
  SortedMap<Labels, Double> values(String family) {
    SortedMap<Labels, Double> values = new TreeMap<>();
    series(family).forEach(point -> values.put(point.getLabels(), value(point)));
    return values;
  }

  /** Returns the sums of a family's counters or gauges, by the values of a label. */
  SortedMap<String, Double> totalsBy(String label, String family) {
    return totalsBy(label, family, SeriesSums::value);
  }

  /** Returns the sums of a family's histograms, by the values of a label. */
  SortedMap<String, Double> sumsBy(String label, String family) {
    return totalsBy(label, family, point -> ((HistogramDataPointSnapshot) point).getSum());
  }

  /** Returns the counts of a family's histograms, by the values of a label. */
  SortedMap<String, Double> countsBy(String label, String family) {
    return totalsBy(label, family, point -> count(point, Double.POSITIVE_INFINITY));
  }

  /** Returns the observations of a family's histograms in each bucket, by the values of a label. */
  SortedMap<String, double[]> bucketsBy(String label, String family) {
    SortedMap<String, double[]> sums = new TreeMap<>();
    for (DataPointSnapshot point : series(family)) {
      ClassicHistogramBuckets buckets = ((HistogramDataPointSnapshot) point).getClassicBuckets();
      double[] sum = sums.computeIfAbsent(value(label, point), key -> new double[buckets.size()]);
      for (int i = 0; i < sum.length; i++) {
        sum[i] += buckets.getCount(i);
      }
    }
    return sums;
  }

  /** Returns the sum of a family's counters that have a value of a label. */
  double total(String family, String label, String value) {
    return totalsBy(label, family).getOrDefault(value, 0.0);
  }

  /** Returns the observations of a family's histograms up to a bucket's bound. */
  double countUpTo(double bound, String family) {
    return series(family).stream().mapToDouble(point -> count(point, bound)).sum();
  }

  /** Returns the sum of a family's counters or gauges. */
  double total(String family) {
    return series(family).stream().mapToDouble(SeriesSums::value).sum();
  }

  /** Returns the average of a family's counters or gauges; NaN if there are none. */
  double average(String family) {
    return total(family) / series(family).size();
  }

  private SortedMap<String, Double> totalsBy(
      String label, String family, ToDoubleFunction<DataPointSnapshot> value) {
    SortedMap<String, Double> sums = new TreeMap<>();
    for (DataPointSnapshot point : series(family)) {
      sums.merge(value(label, point), value.applyAsDouble(point), Double::sum);
    }
    return sums;
  }

  private static String value(String label, DataPointSnapshot point) {
    return Objects.requireNonNullElse(point.getLabels().get(label), "");
  }

  private List<? extends DataPointSnapshot> series(String family) {
    return series.getOrDefault(MetricNames.withoutTotal(family), List.of());
  }

  private static double value(DataPointSnapshot point) {
    return point instanceof CounterDataPointSnapshot counter
        ? counter.getValue()
        : ((GaugeDataPointSnapshot) point).getValue();
  }

  private static double count(DataPointSnapshot point, double bound) {
    return ((HistogramDataPointSnapshot) point)
        .getClassicBuckets().stream()
            .filter(bucket -> bucket.getUpperBound() <= bound)
            .mapToDouble(bucket -> bucket.getCount())
            .sum();
  }
}
