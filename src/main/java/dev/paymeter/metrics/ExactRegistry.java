package dev.paymeter.metrics;

import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.registry.PrometheusScrapeRequest;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The Prometheus registry under Micrometer, which corrects what Micrometer cannot say itself when a
 * snapshot is taken: histogram sums and buckets are the exact ones, and the {@code _max} gauges
 * that Micrometer adds beside a histogram, which the contract does not know, are left out. To be
 * used under the pipeline's lock.
 */
final class ExactRegistry extends PrometheusRegistry {
  private static final String MAX = "_max";

  private final Map<String, Map<Labels, ExactHistogram>> exact = new HashMap<>();

  /** From now on the series' sum and buckets come from {@code histogram}. */
  void correct(String family, Labels labels, ExactHistogram histogram) {
    exact.computeIfAbsent(family, name -> new HashMap<>()).put(labels, histogram);
  }

  @Override
  public MetricSnapshots scrape(@Nullable PrometheusScrapeRequest request) {
    MetricSnapshots.Builder corrected = MetricSnapshots.builder();
    for (MetricSnapshot snapshot : super.scrape(request)) {
      if (!isMaximum(snapshot)) {
        corrected.metricSnapshot(correct(snapshot));
      }
    }
    return corrected.build();
  }

  private boolean isMaximum(MetricSnapshot snapshot) {
    String name = snapshot.getMetadata().getPrometheusName();
    return name.endsWith(MAX) && exact.containsKey(name.substring(0, name.length() - MAX.length()));
  }

  private MetricSnapshot correct(MetricSnapshot snapshot) {
    Map<Labels, ExactHistogram> series = exact.get(snapshot.getMetadata().getPrometheusName());
    if (series == null || !(snapshot instanceof HistogramSnapshot histogram)) {
      return snapshot;
    }
    List<HistogramDataPointSnapshot> points =
        histogram.getDataPoints().stream().map(point -> correct(point, series)).toList();
    return new HistogramSnapshot(histogram.getMetadata(), points);
  }

  private static HistogramDataPointSnapshot correct(
      HistogramDataPointSnapshot point, Map<Labels, ExactHistogram> series) {
    ExactHistogram histogram = series.get(point.getLabels());
    return histogram == null
        ? point
        : new HistogramDataPointSnapshot(
            histogram.buckets(point.getClassicBuckets()),
            histogram.sum(),
            point.getLabels(),
            point.getExemplars(),
            point.getCreatedTimestampMillis());
  }
}
