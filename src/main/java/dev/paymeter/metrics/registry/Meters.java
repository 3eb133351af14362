package dev.paymeter.metrics.registry;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.prometheus.metrics.model.snapshots.Exemplar;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.DoubleSupplier;

/**
 * Meters of Paymeter's own families. Not thread-safe: the pipeline's lock guards every use, which
 * makes snapshots consistent.
 */
public final class Meters {
  /** Trace of the payment that is being applied; empty if it has none. */
  private Labels exemplarLabels = Labels.EMPTY;

  private final LockedRegistry registry = new LockedRegistry(() -> exemplarLabels);
  private final Map<String, LongAdder> series = new HashMap<>();

  /**
   * Runs work whose exemplars carry a trace. The applying thread is not in the payment's span, so
   * the observation carries the trace.
   */
  public void withTrace(String traceId, String spanId, Runnable work) {
    exemplarLabels = Labels.of(Exemplar.TRACE_ID, traceId, Exemplar.SPAN_ID, spanId);
    try {
      work.run();
    } finally {
      exemplarLabels = Labels.EMPTY;
    }
  }

  public CounterSeries counter(String family, String help, Labels labels) {
    countSeries(family, 1);
    return (CounterSeries)
        Counter.builder(family).description(help).tags(tags(labels)).register(registry);
  }

  /** Registers a counter with an external value. */
  public void counter(String family, String help, Labels labels, DoubleSupplier value) {
    countSeries(family, 1);
    // Micrometer holds only a weak reference to the object.
    FunctionCounter.builder(family, this, holder -> value.getAsDouble())
        .description(help)
        .tags(tags(labels))
        .register(registry);
  }

  /** Registers a counter that any thread may increment, without the lock. */
  public LongAdder adder(String family, String help, Labels labels) {
    LongAdder count = new LongAdder();
    counter(family, help, labels, count::sum);
    return count;
  }

  /** Registers a gauge without labels. */
  public void gauge(String family, String help, DoubleSupplier value) {
    gauge(family, help, Labels.EMPTY, value);
  }

  public void gauge(String family, String help, Labels labels, DoubleSupplier value) {
    countSeries(family, 1);
    Gauge.builder(family, value::getAsDouble)
        .description(help)
        .tags(tags(labels))
        .register(registry);
  }

  public void removeGauge(String family, Labels labels) {
    registry.remove(registry.get(family).tags(tags(labels)).gauge());
    countSeries(family, -1);
  }

  /** Registers a histogram without labels. */
  public HistogramSeries histogram(String family, String help, HistogramSeries.Scale scale) {
    return histogram(family, help, scale, Labels.EMPTY);
  }

  public HistogramSeries histogram(
      String family, String help, HistogramSeries.Scale scale, Labels labels) {
    countSeries(family, scale.buckets() + 2);
    return (HistogramSeries)
        DistributionSummary.builder(family)
            .description(help)
            .scale(scale.toBaseUnits(1))
            .serviceLevelObjectives(scale.bounds())
            .tags(tags(labels))
            .register(registry);
  }

  /** Counts the series of a family, as Prometheus counts them. */
  private void countSeries(String family, int more) {
    LongAdder count = series.get(family);
    if (count == null) {
      count = new LongAdder();
      series.put(family, count);
      gauge(
          MetricNames.SERIES,
          "Number of time series of the family",
          Labels.of("family", family),
          count::sum);
    }
    count.add(more);
  }

  public MetricSnapshots snapshot() {
    return registry.snapshot();
  }

  public MetricSnapshots snapshot(Set<String> families) {
    return registry.snapshot(families);
  }

  private static Tags tags(Labels labels) {
    return Tags.of(
        labels.stream().map(label -> Tag.of(label.getName(), label.getValue())).toList());
  }
}
