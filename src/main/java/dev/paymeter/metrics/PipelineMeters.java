package dev.paymeter.metrics;

import dev.paymeter.metrics.queue.ObservationKind;
import dev.paymeter.metrics.queue.QueueStripe;
import dev.paymeter.metrics.registry.ExpositionFormat;
import dev.paymeter.metrics.registry.HistogramSeries;
import dev.paymeter.metrics.registry.Meters;
import dev.paymeter.metrics.registry.MetricNames;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.DoubleSupplier;

/**
 * Metrics of the pipeline itself. For each kind, in every scrape, {@code offered = applied +
 * sampled_out + dropped + rejected + queued}. The recording thread counts what is offered, sampled
 * out, dropped or rejected; the drainer counts what is applied; what is left in the stripes is
 * queued. Used under the pipeline's lock.
 */
final class PipelineMeters {
  private static final HistogramSeries.Scale OBSERVATIONS =
      new HistogramSeries.Scale(1, MetricNames.BATCH_BUCKETS);

  private final Map<ObservationKind, Counts> counts = new EnumMap<>(ObservationKind.class);
  private final Map<ExpositionFormat, HistogramSeries> renderings =
      new EnumMap<>(ExpositionFormat.class);
  private final HistogramSeries batches;
  private final HistogramSeries flushes;
  private final HistogramSeries snapshots;
  private final LongAdder missing = new LongAdder();
  private final LongAdder late = new LongAdder();
  private long highestDepth;

  /** Counts of one kind: the terms of the equation. */
  private static final class Counts {
    long offered;
    long applied;
    long sampledOut;
    long dropped;
    long rejected;
    long refused;
    long failed;

    /** Not part of the equation. */
    final LongAdder repeated = new LongAdder();

    long depth;
  }

  PipelineMeters(Meters meters, QueueStripe[] stripes) {
    Labels operations = Labels.of("kind", ObservationKind.OPERATION.label());
    meters.counter(
        MetricNames.OBSERVATIONS_MISSING,
        "Observations that publishers numbered and that did not arrive",
        operations,
        missing::sum);
    meters.counter(
        MetricNames.OBSERVATIONS_LATE,
        "Observations that counted as missing and arrived later",
        operations,
        late::sum);
    for (ObservationKind kind : ObservationKind.values()) {
      register(meters, kind);
    }
    long capacity = Arrays.stream(stripes).mapToLong(QueueStripe::capacity).sum();
    meters.gauge(
        MetricNames.QUEUE_CAPACITY,
        "Capacity of the queue in observations",
        Labels.EMPTY,
        () -> capacity);
    meters.gauge(
        MetricNames.QUEUE_DEPTH_HIGHEST,
        "Largest queue depth at a flush since the last scrape",
        Labels.EMPTY,
        () -> highestDepth);
    batches =
        meters.histogram(
            MetricNames.BATCH_SIZE,
            "Observations applied by one flush",
            OBSERVATIONS,
            Labels.EMPTY);
    flushes =
        meters.histogram(
            MetricNames.FLUSH_SECONDS,
            "Duration of a flush",
            HistogramSeries.NANOSECONDS,
            Labels.EMPTY);
    snapshots =
        meters.histogram(
            MetricNames.SNAPSHOT_SECONDS,
            "Time for which a scrape held the lock: draining and taking the snapshot",
            HistogramSeries.NANOSECONDS,
            Labels.EMPTY);
    for (ExpositionFormat format : ExpositionFormat.values()) {
      renderings.put(
          format,
          meters.histogram(
              MetricNames.RENDER_SECONDS,
              "Time to render a scrape, outside the lock",
              HistogramSeries.NANOSECONDS,
              Labels.of("format", format.label())));
    }
  }

  private void register(Meters meters, ObservationKind kind) {
    Counts sums = new Counts();
    counts.put(kind, sums);
    Labels labels = Labels.of("kind", kind.label());
    meters.counter(
        MetricNames.OBSERVATIONS_OFFERED, "Observations recorded", labels, () -> sums.offered);
    meters.counter(
        MetricNames.OBSERVATIONS_APPLIED,
        "Observations applied to meters",
        labels,
        () -> sums.applied);
    meters.counter(
        MetricNames.OBSERVATIONS_SAMPLED_OUT,
        "Observations that sampling left out",
        labels,
        () -> sums.sampledOut);
    meters.counter(
        MetricNames.OBSERVATIONS_DROPPED,
        "Low-level observations that were dropped because the queue was full",
        Labels.of("kind", kind.label(), "reason", "queue_full"),
        () -> sums.dropped);
    rejected(meters, kind, "invalid", () -> sums.rejected);
    rejected(meters, kind, "defect", () -> sums.failed);
    rejected(meters, kind, "refused", () -> sums.refused);
    meters.counter(
        MetricNames.OBSERVATIONS_DUPLICATE,
        "Repeated reports that were not counted again",
        labels,
        sums.repeated::sum);
    meters.gauge(MetricNames.QUEUE_DEPTH, "Observations in the queue", labels, () -> sums.depth);
  }

  private static void rejected(
      Meters meters, ObservationKind kind, String reason, DoubleSupplier count) {
    meters.counter(
        MetricNames.OBSERVATIONS_REJECTED,
        "Observations that were rejected as invalid or could not be applied",
        Labels.of("kind", kind.label(), "reason", reason),
        count);
  }

  void applied(ObservationKind kind, int size) {
    of(kind).applied += size;
  }

  /** Thread-safe, like {@link #gaps}. */
  void repeated(ObservationKind kind, int count) {
    of(kind).repeated.add(count);
  }

  void gaps(long newlyMissing, long newlyLate) {
    missing.add(newlyMissing);
    late.add(newlyLate);
  }

  /** Counts observations that could not be applied. */
  void failed(ObservationKind kind, int size) {
    of(kind).failed += size;
  }

  void flushed(long observations, long nanos) {
    batches.record(observations);
    flushes.record(nanos);
    depth(observations);
  }

  void snapshotTaken(long nanos) {
    snapshots.record(nanos);
    highestDepth = 0;
  }

  void rendered(ExpositionFormat format, long nanos) {
    Objects.requireNonNull(renderings.get(format)).record(nanos);
  }

  void depth(long waiting) {
    highestDepth = Math.max(highestDepth, waiting);
  }

  /** Resets the sums over all stripes. */
  void startSnapshot() {
    for (Counts sums : counts.values()) {
      sums.offered = 0;
      sums.sampledOut = 0;
      sums.dropped = 0;
      sums.rejected = 0;
      sums.refused = 0;
      sums.depth = 0;
    }
  }

  /**
   * Adds the counts of one stripe.
   *
   * @param taken by kind, number of observations ever taken from the stripe
   */
  void addCounts(QueueStripe.Counts now, long[] taken) {
    for (ObservationKind kind : ObservationKind.values()) {
      Counts sums = of(kind);
      sums.offered += now.offered(kind);
      sums.sampledOut += now.count(QueueStripe.Disposition.SAMPLED_OUT, kind);
      sums.dropped += now.count(QueueStripe.Disposition.DROPPED, kind);
      sums.rejected += now.count(QueueStripe.Disposition.REJECTED, kind);
      sums.refused += now.count(QueueStripe.Disposition.REPORT_REJECTED, kind);
      sums.depth += now.count(QueueStripe.Disposition.QUEUED, kind) - taken[kind.ordinal()];
    }
  }

  private Counts of(ObservationKind kind) {
    return Objects.requireNonNull(counts.get(kind));
  }
}
