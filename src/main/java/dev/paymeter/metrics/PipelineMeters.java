package dev.paymeter.metrics;

import dev.paymeter.metrics.queue.Kind;
import dev.paymeter.metrics.queue.Lane;
import dev.paymeter.metrics.registry.Exposition;
import dev.paymeter.metrics.registry.Families;
import dev.paymeter.metrics.registry.HistogramSeries;
import dev.paymeter.metrics.registry.Meters;
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
      new HistogramSeries.Scale(1, Families.BATCH_BUCKETS);

  private final Map<Kind, Counts> counts = new EnumMap<>(Kind.class);
  private final Map<Exposition, HistogramSeries> renderings = new EnumMap<>(Exposition.class);
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

  PipelineMeters(Meters meters, Lane[] lanes) {
    Labels operations = Labels.of("kind", Kind.OPERATION.label());
    meters.counter(
        Families.OBSERVATIONS_MISSING,
        "Observations that publishers numbered, and that others behind them overtook or outlived",
        operations,
        missing::sum);
    meters.counter(
        Families.OBSERVATIONS_LATE,
        "Observations that were missing, and came after all",
        operations,
        late::sum);
    for (Kind kind : Kind.values()) {
      register(meters, kind);
    }
    long capacity = 0;
    for (Lane lane : lanes) {
      capacity += lane.capacity();
    }
    long all = capacity;
    meters.gauge(
        Families.QUEUE_CAPACITY, "Observations that the queue can hold", Labels.EMPTY, () -> all);
    meters.gauge(
        Families.QUEUE_DEPTH_HIGHEST,
        "The most observations that waited at any draining since the last scrape",
        Labels.EMPTY,
        () -> highestDepth);
    batches =
        meters.histogram(
            Families.BATCH_SIZE, "Observations applied by one flush", OBSERVATIONS, Labels.EMPTY);
    flushes =
        meters.histogram(
            Families.FLUSH_SECONDS, "What a flush took", HistogramSeries.NANOSECONDS, Labels.EMPTY);
    snapshots =
        meters.histogram(
            Families.SNAPSHOT_SECONDS,
            "How long a scrape held the lock: draining and taking the snapshot",
            HistogramSeries.NANOSECONDS,
            Labels.EMPTY);
    for (Exposition format : Exposition.values()) {
      renderings.put(
          format,
          meters.histogram(
              Families.RENDER_SECONDS,
              "Making the bytes of a scrape, outside the lock",
              HistogramSeries.NANOSECONDS,
              Labels.of("format", format.label())));
    }
  }

  private void register(Meters meters, Kind kind) {
    Counts of = new Counts();
    counts.put(kind, of);
    Labels labels = Labels.of("kind", kind.label());
    meters.counter(
        Families.OBSERVATIONS_OFFERED, "Observations recorded", labels, () -> of.offered);
    meters.counter(
        Families.OBSERVATIONS_APPLIED, "Observations applied to meters", labels, () -> of.applied);
    meters.counter(
        Families.OBSERVATIONS_SAMPLED_OUT,
        "Observations left to those that stand for them",
        labels,
        () -> of.sampledOut);
    meters.counter(
        Families.OBSERVATIONS_DROPPED,
        "Observations lost for want of room",
        Labels.of("kind", kind.label(), "reason", "queue_full"),
        () -> of.dropped);
    rejected(meters, kind, "invalid", () -> of.rejected);
    rejected(meters, kind, "defect", () -> of.failed);
    rejected(meters, kind, "refused", () -> of.refused);
    meters.counter(
        Families.OBSERVATIONS_DUPLICATE,
        "Observations that others reported again, and that were not counted again",
        labels,
        of.repeated::sum);
    meters.gauge(
        Families.QUEUE_DEPTH, "Observations that wait to be applied", labels, () -> of.depth);
  }

  private static void rejected(Meters meters, Kind kind, String reason, DoubleSupplier count) {
    meters.counter(
        Families.OBSERVATIONS_REJECTED,
        "Observations that made no sense",
        Labels.of("kind", kind.label(), "reason", reason),
        count);
  }

  void applied(Kind kind, int size) {
    of(kind).applied += size;
  }

  /** Safe without the lock, like {@link #gaps}. */
  void repeated(Kind kind, int count) {
    of(kind).repeated.add(count);
  }

  void gaps(long newlyMissing, long newlyLate) {
    missing.add(newlyMissing);
    late.add(newlyLate);
  }

  /** It was in the queue, and could not be applied. */
  void failed(Kind kind, int size) {
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

  void rendered(Exposition format, long nanos) {
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
  void cut(Lane.Counts now, long[] taken) {
    for (Kind kind : Kind.values()) {
      Counts of = of(kind);
      of.offered += now.offered(kind);
      of.sampledOut += now.of(Lane.Fate.SAMPLED_OUT, kind);
      of.dropped += now.of(Lane.Fate.DROPPED, kind);
      of.rejected += now.of(Lane.Fate.REJECTED, kind);
      of.refused += now.of(Lane.Fate.REFUSED, kind);
      of.depth += now.of(Lane.Fate.QUEUED, kind) - taken[kind.ordinal()];
    }
  }

  private Counts of(Kind kind) {
    return Objects.requireNonNull(counts.get(kind));
  }
}
