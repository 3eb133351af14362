package dev.paymeter.metrics.registry;

import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.distribution.DistributionStatisticConfig;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.DataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * A Micrometer registry with counters and distribution summaries that are not atomic, because the
 * pipeline's lock guards every use. They create Prometheus snapshots directly, without Micrometer's
 * snapshots and its {@code _max} gauges, and their names are not converted. Other meters are
 * Micrometer's.
 */
final class LockedRegistry extends PrometheusMeterRegistry {
  private final Supplier<Labels> exemplarLabels;
  private final Map<String, Family<CounterDataPointSnapshot>> counters = new HashMap<>();
  private final Map<String, Family<HistogramDataPointSnapshot>> histograms = new HashMap<>();
  private final Map<String, HistogramSeries.Scale> scales = new HashMap<>();

  /** Series of a family, sorted by labels. */
  private record Family<P extends DataPointSnapshot>(
      MetricMetadata metadata,
      BiFunction<MetricMetadata, List<P>, MetricSnapshot> snapshot,
      Map<Labels, Supplier<P>> series)
      implements Collector {

    @Override
    @SuppressWarnings("deprecation") // Its replacement needs labels that are not known yet.
    public String getPrometheusName() {
      return metadata.getPrometheusName();
    }

    @Override
    public MetricSnapshot collect() {
      List<P> points = new ArrayList<>(series.size());
      series.values().forEach(one -> points.add(one.get()));
      return snapshot.apply(metadata, points);
    }
  }

  /**
   * @param exemplarLabels labels of exemplars; if they are empty, none is kept
   */
  LockedRegistry(Supplier<Labels> exemplarLabels) {
    super(PrometheusConfig.DEFAULT, new PrometheusRegistry(), Clock.SYSTEM);
    this.exemplarLabels = exemplarLabels;
  }

  @Override
  public Counter newCounter(Meter.Id id) {
    Labels labels = labels(id);
    CounterSeries counter = new CounterSeries(id, labels);
    family(counters, id, CounterSnapshot::new).series().put(labels, counter::snapshot);
    return counter;
  }

  /**
   * Creates a {@link HistogramSeries}.
   *
   * @param config its objectives are the upper bounds of the buckets
   * @param unit a recorded unit in base units
   */
  @Override
  public DistributionSummary newDistributionSummary(
      Meter.Id id, DistributionStatisticConfig config, double unit) {
    HistogramSeries.Scale scale =
        scales.computeIfAbsent(
            id.getName(),
            name ->
                new HistogramSeries.Scale(
                    Math.round(1 / unit),
                    Objects.requireNonNull(config.getServiceLevelObjectiveBoundaries())));
    HistogramSeries histogram = new HistogramSeries(id, labels(id), scale, exemplarLabels);
    family(histograms, id, HistogramSnapshot::new).series().put(labels(id), histogram::snapshot);
    return histogram;
  }

  private <P extends DataPointSnapshot> Family<P> family(
      Map<String, Family<P>> families,
      Meter.Id id,
      BiFunction<MetricMetadata, List<P>, MetricSnapshot> snapshot) {
    return families.computeIfAbsent(
        id.getName(),
        name -> {
          Family<P> family =
              new Family<>(
                  new MetricMetadata(MetricNames.withoutTotal(name), id.getDescription()),
                  snapshot,
                  new TreeMap<>());
          getPrometheusRegistry().register(family);
          return family;
        });
  }

  private static Labels labels(Meter.Id id) {
    return Labels.of(
        id.getTags().stream()
            .flatMap(tag -> Stream.of(tag.getKey(), tag.getValue()))
            .toArray(String[]::new));
  }

  MetricSnapshots snapshot() {
    return getPrometheusRegistry().scrape();
  }

  MetricSnapshots snapshot(Set<String> families) {
    return getPrometheusRegistry()
        .scrape(name -> families.contains(name) || families.contains(name + MetricNames.TOTAL));
  }
}
