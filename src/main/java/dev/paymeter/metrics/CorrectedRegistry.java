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
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The Prometheus registry under Micrometer, which corrects what Micrometer cannot say itself when a
 * snapshot is taken: histograms are as {@link HistogramSeries} knows them, and the {@code _max}
 * gauges that Micrometer adds beside a histogram, which the contract does not know, are left out.
 * To be used under the pipeline's lock.
 */
final class CorrectedRegistry extends PrometheusRegistry {
  private static final String MAX = "_max";

  private final Map<String, Map<Labels, HistogramSeries>> histograms = new HashMap<>();

  /** From now on the series is corrected by {@code histogram}. */
  void correct(String family, Labels labels, HistogramSeries histogram) {
    histograms.computeIfAbsent(family, name -> new HashMap<>()).put(labels, histogram);
  }

  @Override
  public MetricSnapshots scrape(@Nullable PrometheusScrapeRequest request) {
    return correct(super.scrape(request));
  }

  /** Some families only; the registry knows counters without their {@code _total}. */
  MetricSnapshots scrape(Set<String> families) {
    return correct(
        super.scrape(name -> families.contains(name) || families.contains(name + "_total")));
  }

  private MetricSnapshots correct(MetricSnapshots observed) {
    MetricSnapshots.Builder corrected = MetricSnapshots.builder();
    for (MetricSnapshot snapshot : observed) {
      if (!isMaximum(snapshot)) {
        corrected.metricSnapshot(correct(snapshot));
      }
    }
    return corrected.build();
  }

  private boolean isMaximum(MetricSnapshot snapshot) {
    String name = snapshot.getMetadata().getPrometheusName();
    return name.endsWith(MAX)
        && histograms.containsKey(name.substring(0, name.length() - MAX.length()));
  }

  private MetricSnapshot correct(MetricSnapshot snapshot) {
    Map<Labels, HistogramSeries> series =
        histograms.get(snapshot.getMetadata().getPrometheusName());
    if (series == null || !(snapshot instanceof HistogramSnapshot histogram)) {
      return snapshot;
    }
    List<HistogramDataPointSnapshot> points =
        histogram.getDataPoints().stream().map(point -> correct(point, series)).toList();
    return new HistogramSnapshot(histogram.getMetadata(), points);
  }

  private static HistogramDataPointSnapshot correct(
      HistogramDataPointSnapshot point, Map<Labels, HistogramSeries> series) {
    HistogramSeries histogram = series.get(point.getLabels());
    return histogram == null ? point : histogram.complete(point);
  }
}
