package dev.paymeter.metrics;

import dev.paymeter.metrics.queue.ObservationKind;
import dev.paymeter.metrics.queue.QueueStripe;
import dev.paymeter.metrics.registry.ExpositionFormat;
import dev.paymeter.metrics.registry.HistogramSeries;
import dev.paymeter.metrics.registry.Meters;
import dev.paymeter.metrics.registry.MetricNames;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.DoubleSupplier;

/**
 * What the pipeline tells of itself. For each kind, in every scrape, {@code offered = applied +
 * sampled_out + dropped + rejected + depth}: offered and what became of it at once is counted by
 * whoever records, applied by whoever applies, depth is what is left in the lanes. Used under the
 * pipeline's lock.
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

  /** The terms of one kind. */
  private static final class Counts {
    long offered;
    long applied;
    long sampledOut;
    long dropped;
    long rejected;
    long refused;
    long failed;

    /** Not among the terms; counted by whoever receives them. */
    final LongAdder repeated = new LongAdder();

    long depth;
  }

  PipelineMeters(Meters meters, QueueStripe[] lanes) {
    Labels operations = Labels.of("kind", ObservationKind.OPERATION.label());
    meters.counter(
        MetricNames.OBSERVATIONS_MISSING,
        "Observations that publishers numbered, and that others behind them overtook or outlived",
        operations,
        missing::sum);
    meters.counter(
        MetricNames.OBSERVATIONS_LATE,
        "Observations that were missing, and came after all",
        operations,
        late::sum);
    for (ObservationKind observationKind : ObservationKind.values()) {
      register(meters, observationKind);
    }
    long capacity = 0;
    for (QueueStripe queueStripe : lanes) {
      capacity += queueStripe.capacity();
    }
    long all = capacity;
    meters.gauge(
        MetricNames.QUEUE_CAPACITY,
        "Observations that the queue can hold",
        Labels.EMPTY,
        () -> all);
    meters.gauge(
        MetricNames.QUEUE_DEPTH_HIGHEST,
        "The most observations that waited at any draining since the last scrape",
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
            "What a flush took",
            HistogramSeries.NANOSECONDS,
            Labels.EMPTY);
    snapshots =
        meters.histogram(
            MetricNames.SNAPSHOT_SECONDS,
            "How long a scrape held the lock: draining and taking the snapshot",
            HistogramSeries.NANOSECONDS,
            Labels.EMPTY);
    for (ExpositionFormat format : ExpositionFormat.values()) {
      renderings.put(
          format,
          meters.histogram(
              MetricNames.RENDER_SECONDS,
              "Making the bytes of a scrape, outside the lock",
              HistogramSeries.NANOSECONDS,
              Labels.of("format", format.label())));
    }
  }

  private void register(Meters meters, ObservationKind observationKind) {
    Counts of = new Counts();
    counts.put(observationKind, of);
    Labels labels = Labels.of("kind", observationKind.label());
    meters.counter(
        MetricNames.OBSERVATIONS_OFFERED, "Observations recorded", labels, () -> of.offered);
    meters.counter(
        MetricNames.OBSERVATIONS_APPLIED,
        "Observations applied to meters",
        labels,
        () -> of.applied);
    meters.counter(
        MetricNames.OBSERVATIONS_SAMPLED_OUT,
        "Observations left to those that stand for them",
        labels,
        () -> of.sampledOut);
    meters.counter(
        MetricNames.OBSERVATIONS_DROPPED,
        "Observations lost for want of room",
        Labels.of("kind", observationKind.label(), "reason", "queue_full"),
        () -> of.dropped);
    rejected(meters, observationKind, "invalid", () -> of.rejected);
    rejected(meters, observationKind, "defect", () -> of.failed);
    rejected(meters, observationKind, "refused", () -> of.refused);
    meters.counter(
        MetricNames.OBSERVATIONS_DUPLICATE,
        "Observations that others reported again, and that were not counted again",
        labels,
        of.repeated::sum);
    meters.gauge(
        MetricNames.QUEUE_DEPTH, "Observations that wait to be applied", labels, () -> of.depth);
  }

  private static void rejected(
      Meters meters, ObservationKind observationKind, String reason, DoubleSupplier count) {
    meters.counter(
        MetricNames.OBSERVATIONS_REJECTED,
        "Observations that made no sense",
        Labels.of("kind", observationKind.label(), "reason", reason),
        count);
  }

  void applied(ObservationKind observationKind, int size) {
    of(observationKind).applied += size;
  }

  /** Safe without the lock, like {@link #gaps}. */
  void repeated(ObservationKind observationKind, int count) {
    of(observationKind).repeated.add(count);
  }

  void gaps(long newlyMissing, long newlyLate) {
    missing.add(newlyMissing);
    late.add(newlyLate);
  }

  /** It was in the queue, and could not be applied. */
  void failed(ObservationKind observationKind, int size) {
    of(observationKind).failed += size;
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

  /** Begins a new sum of all lanes' counts. */
  void startCut() {
    for (Counts of : counts.values()) {
      of.offered = 0;
      of.sampledOut = 0;
      of.dropped = 0;
      of.rejected = 0;
      of.refused = 0;
      of.depth = 0;
    }
  }

  /**
   * Adds one lane's counts.
   *
   * @param taken by kind, how many were ever taken out of the lane
   */
  void cut(QueueStripe.Counts now, long[] taken) {
    for (ObservationKind observationKind : ObservationKind.values()) {
      Counts of = of(observationKind);
      of.offered += now.offered(observationKind);
      of.sampledOut += now.of(QueueStripe.Fate.SAMPLED_OUT, observationKind);
      of.dropped += now.of(QueueStripe.Fate.DROPPED, observationKind);
      of.rejected += now.of(QueueStripe.Fate.REJECTED, observationKind);
      of.refused += now.of(QueueStripe.Fate.REFUSED, observationKind);
      of.depth +=
          now.of(QueueStripe.Fate.QUEUED, observationKind) - taken[observationKind.ordinal()];
    }
  }

  private Counts of(ObservationKind observationKind) {
    return Objects.requireNonNull(counts.get(observationKind));
  }
}
