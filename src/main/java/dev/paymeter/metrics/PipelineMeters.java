package dev.paymeter.metrics;

import dev.paymeter.metrics.queue.ObservationKind;
import dev.paymeter.metrics.queue.QueueStripe;
import dev.paymeter.metrics.queue.QueueStripe.Disposition;
import dev.paymeter.metrics.registry.ExpositionFormat;
import dev.paymeter.metrics.registry.HistogramSeries;
import dev.paymeter.metrics.registry.Meters;
import dev.paymeter.metrics.registry.MetricNames;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/**
 * Metrics of the pipeline itself. For each kind, in every scrape, {@code offered = applied +
 * sampled_out + dropped + rejected + queued}. The recording thread counts what is offered, sampled
 * out, dropped or rejected; the drainer counts what is applied; what is left in the stripes is
 * queued. Used under the pipeline's lock.
 */
final class PipelineMeters {
  private static final HistogramSeries.Scale OBSERVATIONS =
      new HistogramSeries.Scale(1, MetricNames.BATCH_BUCKETS);

  private static final ObservationKind[] KINDS = ObservationKind.values();

  /** Sums over all stripes at the last snapshot, by kind. */
  private final long[] offered = new long[KINDS.length];

  /** Likewise, by disposition, then kind. */
  private final long[][] dispositions = new long[Disposition.values().length][KINDS.length];

  private final long[] depth = new long[KINDS.length];

  /** Counts of the drainer, by kind. */
  private final long[] applied = new long[KINDS.length];

  private final long[] failed = new long[KINDS.length];

  /** Repeated reports by kind. Not part of the equation. */
  private final LongAdder[] repeated = new LongAdder[KINDS.length];

  private final LongAdder missing;
  private final LongAdder late;
  private final HistogramSeries batches;
  private final HistogramSeries flushes;
  private final HistogramSeries snapshots;

  /** By {@link ExpositionFormat}. */
  private final HistogramSeries[] renderings;

  private long highestDepth;

  PipelineMeters(Meters meters, QueueStripe[] stripes) {
    Labels operations = Labels.of("kind", ObservationKind.OPERATION.label());
    missing =
        meters.adder(
            MetricNames.OBSERVATIONS_MISSING,
            "Observations that publishers numbered and that did not arrive",
            operations);
    late =
        meters.adder(
            MetricNames.OBSERVATIONS_LATE,
            "Observations that counted as missing and arrived later",
            operations);
    for (ObservationKind kind : KINDS) {
      register(meters, kind);
    }
    long capacity = Arrays.stream(stripes).mapToLong(QueueStripe::capacity).sum();
    meters.gauge(
        MetricNames.QUEUE_CAPACITY, "Capacity of the queue in observations", () -> capacity);
    meters.gauge(
        MetricNames.QUEUE_DEPTH_HIGHEST,
        "Largest queue depth at a flush since the last scrape",
        () -> highestDepth);
    batches =
        meters.histogram(MetricNames.BATCH_SIZE, "Observations applied by one flush", OBSERVATIONS);
    flushes =
        meters.histogram(
            MetricNames.FLUSH_SECONDS, "Duration of a flush", HistogramSeries.NANOSECONDS);
    snapshots =
        meters.histogram(
            MetricNames.SNAPSHOT_SECONDS,
            "Time for which a scrape held the lock: draining and taking the snapshot",
            HistogramSeries.NANOSECONDS);
    renderings =
        Arrays.stream(ExpositionFormat.values())
            .map(
                format ->
                    meters.histogram(
                        MetricNames.RENDER_SECONDS,
                        "Time to render a scrape, outside the lock",
                        HistogramSeries.NANOSECONDS,
                        Labels.of("format", format.label())))
            .toArray(HistogramSeries[]::new);
  }

  private void register(Meters meters, ObservationKind kind) {
    int k = kind.ordinal();
    Labels labels = Labels.of("kind", kind.label());
    meters.counter(
        MetricNames.OBSERVATIONS_OFFERED, "Observations recorded", labels, () -> offered[k]);
    meters.counter(
        MetricNames.OBSERVATIONS_APPLIED,
        "Observations applied to meters",
        labels,
        () -> applied[k]);
    meters.counter(
        MetricNames.OBSERVATIONS_SAMPLED_OUT,
        "Observations that sampling left out",
        labels,
        () -> of(Disposition.SAMPLED_OUT)[k]);
    meters.counter(
        MetricNames.OBSERVATIONS_DROPPED,
        "Low-level observations that were dropped because the queue was full",
        labels.add("reason", "queue_full"),
        () -> of(Disposition.DROPPED)[k]);
    Map.of(
            "invalid", of(Disposition.REJECTED),
            "defect", failed,
            "refused", of(Disposition.REPORT_REJECTED))
        .forEach(
            (reason, counts) ->
                meters.counter(
                    MetricNames.OBSERVATIONS_REJECTED,
                    "Observations that were rejected as invalid or could not be applied",
                    labels.add("reason", reason),
                    () -> counts[k]));
    repeated[k] =
        meters.adder(
            MetricNames.OBSERVATIONS_DUPLICATE,
            "Repeated reports that were not counted again",
            labels);
    meters.gauge(MetricNames.QUEUE_DEPTH, "Observations in the queue", labels, () -> depth[k]);
  }

  private long[] of(Disposition disposition) {
    return dispositions[disposition.ordinal()];
  }

  void applied(ObservationKind kind, int size) {
    applied[kind.ordinal()] += size;
  }

  /** Thread-safe, like {@link #gaps}. */
  void repeated(ObservationKind kind, int count) {
    repeated[kind.ordinal()].add(count);
  }

  void gaps(long newlyMissing, long newlyLate) {
    missing.add(newlyMissing);
    late.add(newlyLate);
  }

  /** Counts observations that could not be applied. */
  void failed(ObservationKind kind, int size) {
    failed[kind.ordinal()] += size;
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
    renderings[format.ordinal()].record(nanos);
  }

  void depth(long waiting) {
    highestDepth = Math.max(highestDepth, waiting);
  }

  /** Resets the sums over all stripes. */
  void startSnapshot() {
    Arrays.fill(offered, 0);
    Arrays.fill(depth, 0);
    for (long[] counts : dispositions) {
      Arrays.fill(counts, 0);
    }
  }

  /**
   * Adds the counts of one stripe.
   *
   * @param taken by kind, number of observations ever taken from the stripe
   */
  void addCounts(QueueStripe.Counts now, long[] taken) {
    for (ObservationKind kind : KINDS) {
      int k = kind.ordinal();
      offered[k] += now.offered(kind);
      for (Disposition disposition : Disposition.values()) {
        of(disposition)[k] += now.count(disposition, kind);
      }
      depth[k] += now.count(Disposition.QUEUED, kind) - taken[k];
    }
  }
}
