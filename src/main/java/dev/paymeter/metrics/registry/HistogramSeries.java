package dev.paymeter.metrics.registry;

import io.micrometer.core.instrument.AbstractMeter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.distribution.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.Exemplar;
import io.prometheus.metrics.model.snapshots.Exemplars;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * One histogram series, a Micrometer meter that observes whole units (cents, microseconds): a sum
 * of whole numbers is exact, where a sum of fractions drifts, and none is rounded into another
 * bucket, as Micrometer's own meters would. When a snapshot is taken, units become what the family
 * is measured in. It can be told of observations that were not made here one by one: restored ones,
 * and those that a sampled one stands for. To be used under the pipeline's lock.
 */
public final class HistogramSeries extends AbstractMeter implements DistributionSummary {
  private static final int BLOCK_BITS = 61;
  private static final long IN_BLOCK = (1L << BLOCK_BITS) - 1;

  /** Durations in nanoseconds, from 100 µs to 10 s. */
  public static final Scale NANOSECONDS = new Scale(1_000_000_000, MetricNames.OPERATION_BUCKETS);

  private final Labels labels;
  private final Scale scale;
  private final ExemplarTrace exemplarTrace;

  /** By bucket, the infinite one last. */
  private final long[] counts;

  /** Less than a block: many years in nanoseconds are too much for a long. */
  private long sumInUnits;

  private long blocks;

  /** By bucket, the last one that came with a trace. */
  private @Nullable Exemplar @Nullable [] exemplars;

  /** What a family is measured in, and in which whole units it is observed. */
  public static final class Scale {
    private final long unitsPerOne;
    private final double[] bounds;
    private final long[] boundsInUnits;

    /** The bounds, and the infinite one. */
    private final double[] allBounds;

    /**
     * @param unitsPerOne how many units make one
     * @param bounds upper bounds of the buckets, without the infinite one
     */
    public Scale(long unitsPerOne, double[] bounds) {
      this.unitsPerOne = unitsPerOne;
      this.bounds = bounds.clone();
      this.boundsInUnits =
          Arrays.stream(bounds).mapToLong(bound -> Math.round(bound * unitsPerOne)).toArray();
      this.allBounds = Arrays.copyOf(bounds, bounds.length + 1);
      this.allBounds[bounds.length] = Double.POSITIVE_INFINITY;
    }

    public long unitsPerOne() {
      return unitsPerOne;
    }

    double[] bounds() {
      return bounds.clone();
    }

    public long[] boundsInUnits() {
      return boundsInUnits.clone();
    }

    public int buckets() {
      return allBounds.length;
    }

    /** The bucket of a value: the first whose bound is not below it. */
    public int bucket(long units) {
      int bucket = 0;
      while (bucket < boundsInUnits.length && units > boundsInUnits[bucket]) {
        bucket++;
      }
      return bucket;
    }

    public double one(long units) {
      return (double) units / unitsPerOne;
    }
  }

  /**
   * @param exemplarTrace what exemplars are made of
   */
  HistogramSeries(Id id, Labels labels, Scale scale, ExemplarTrace exemplarTrace) {
    super(id);
    this.labels = labels;
    this.scale = scale;
    this.exemplarTrace = exemplarTrace;
    this.counts = new long[scale.buckets()];
  }

  /** One observation. */
  public void record(long units) {
    record(units, 1);
  }

  /**
   * One observation that stands for {@code weight} equal ones.
   *
   * @param weight at least 1
   */
  public void record(long units, int weight) {
    record(units, weight, scale.bucket(units));
  }

  /** The same for whoever knows the bucket already. */
  void record(long units, int weight, int bucket) {
    counts[bucket] += weight;
    addToSum(weight * units);
    if (exemplarTrace.isKnown()) {
      keepExemplar(units, bucket);
    }
  }

  private void keepExemplar(long units, int bucket) {
    if (exemplars == null) {
      exemplars = new Exemplar[counts.length];
    }
    exemplars[bucket] =
        new Exemplar(scale.one(units), exemplarTrace.labels(), System.currentTimeMillis());
  }

  /**
   * Adds observations that were made elsewhere or before.
   *
   * @param cells counts by bucket, from {@code offset} on, then the sum in units
   */
  public void restore(long[] cells, int offset) {
    for (int i = 0; i < counts.length; i++) {
      counts[i] += cells[offset + i];
    }
    addToSum(cells[offset + counts.length]);
  }

  /**
   * @param units fewer than three blocks
   */
  private void addToSum(long units) {
    sumInUnits += units;
    if (sumInUnits > IN_BLOCK) {
      blocks += sumInUnits >> BLOCK_BITS;
      sumInUnits &= IN_BLOCK;
    }
  }

  private double sum() {
    return scale.one(sumInUnits) + blocks * scale.one(1L << BLOCK_BITS);
  }

  Scale scale() {
    return scale;
  }

  /** The series as Prometheus is to see it. */
  HistogramDataPointSnapshot snapshot() {
    return new HistogramDataPointSnapshot(
        ClassicHistogramBuckets.of(scale.allBounds, counts.clone()), sum(), labels, exemplars(), 0);
  }

  private Exemplars exemplars() {
    return exemplars == null
        ? Exemplars.EMPTY
        : Exemplars.of(Arrays.stream(exemplars).filter(Objects::nonNull).toList());
  }

  /** A number of units, of which fractions are rounded. */
  @Override
  public void record(double units) {
    if (!Double.isFinite(units)) {
      throw new IllegalArgumentException(
          getId().getName() + ": wanted a finite value, found " + units);
    }
    record(Math.round(units));
  }

  @Override
  public long count() {
    return LongStream.of(counts).sum();
  }

  @Override
  public double totalAmount() {
    return sum();
  }

  /** Is not kept. */
  @Override
  public double max() {
    return Double.NaN;
  }

  @Override
  public HistogramSnapshot takeSnapshot() {
    return HistogramSnapshot.empty(count(), totalAmount(), max());
  }
}
