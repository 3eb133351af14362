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
import java.util.function.Supplier;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * A histogram series that records whole units (cents, microseconds). Sums are exact, and no value
 * is rounded into another bucket, unlike in Micrometer's own meters. A snapshot converts units to
 * the base unit of the family. Totals of earlier processes and weighted samples can be added. Used
 * under the pipeline's lock.
 */
public final class HistogramSeries extends AbstractMeter implements DistributionSummary {
  private static final int BLOCK_BITS = 61;
  private static final long BLOCK_MASK = (1L << BLOCK_BITS) - 1;

  /** Durations in nanoseconds, from 100 µs to 10 s. */
  public static final Scale NANOSECONDS = new Scale(1_000_000_000, MetricNames.OPERATION_BUCKETS);

  private final Labels labels;
  private final Scale scale;
  private final Supplier<Labels> exemplarLabels;

  /** Counts by bucket, the infinite one last. */
  private final long[] counts;

  /** Less than a block: a sum of nanoseconds could overflow a long. */
  private long sumInUnits;

  private long blocks;

  /** Latest exemplar of each bucket. */
  private @Nullable Exemplar @Nullable [] exemplars;

  /** Units and buckets of a family. */
  public static final class Scale {
    private final long unitsPerBaseUnit;
    private final long[] boundsInUnits;

    /** Bounds including the infinite one. */
    private final double[] allBounds;

    /**
     * @param unitsPerOne recorded units for each base unit
     * @param bounds upper bounds of the buckets, without the infinite one
     */
    public Scale(long unitsPerOne, double[] bounds) {
      this.unitsPerBaseUnit = unitsPerOne;
      this.boundsInUnits =
          Arrays.stream(bounds).mapToLong(bound -> Math.round(bound * unitsPerOne)).toArray();
      this.allBounds = Arrays.copyOf(bounds, bounds.length + 1);
      this.allBounds[bounds.length] = Double.POSITIVE_INFINITY;
    }

    public long unitsPerBaseUnit() {
      return unitsPerBaseUnit;
    }

    double[] bounds() {
      return Arrays.copyOf(allBounds, boundsInUnits.length);
    }

    public long[] boundsInUnits() {
      return boundsInUnits.clone();
    }

    public int buckets() {
      return allBounds.length;
    }

    /** Returns the index of the first bucket with a bound of at least {@code units}. */
    public int bucket(long units) {
      int bucket = 0;
      while (bucket < boundsInUnits.length && units > boundsInUnits[bucket]) {
        bucket++;
      }
      return bucket;
    }

    public double toBaseUnits(long units) {
      return (double) units / unitsPerBaseUnit;
    }
  }

  HistogramSeries(Id id, Labels labels, Scale scale, Supplier<Labels> exemplarLabels) {
    super(id);
    this.labels = labels;
    this.scale = scale;
    this.exemplarLabels = exemplarLabels;
    this.counts = new long[scale.buckets()];
  }

  /** Records an observation. */
  public void record(long units) {
    record(units, 1);
  }

  /**
   * Records an observation that represents {@code weight} equal ones.
   *
   * @param weight at least 1
   */
  public void record(long units, int weight) {
    int bucket = scale.bucket(units);
    counts[bucket] += weight;
    addToSum(weight * units);
    Labels trace = exemplarLabels.get();
    if (!trace.isEmpty()) {
      if (exemplars == null) {
        exemplars = new Exemplar[counts.length];
      }
      exemplars[bucket] = new Exemplar(scale.toBaseUnits(units), trace, System.currentTimeMillis());
    }
  }

  /**
   * Adds observations of other histograms, or takes some of its own back.
   *
   * @param cells counts by bucket, from {@code offset} on, then the sum in units; negative ones to
   *     take back
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
    if (sumInUnits > BLOCK_MASK) {
      blocks += sumInUnits >> BLOCK_BITS;
      sumInUnits &= BLOCK_MASK;
    }
  }

  public Scale scale() {
    return scale;
  }

  HistogramDataPointSnapshot snapshot() {
    return new HistogramDataPointSnapshot(
        ClassicHistogramBuckets.of(scale.allBounds, counts.clone()),
        totalAmount(),
        labels,
        exemplars == null
            ? Exemplars.EMPTY
            : Exemplars.of(Arrays.stream(exemplars).filter(Objects::nonNull).toList()),
        0);
  }

  /** Records a number of units, rounded to an integer. */
  @Override
  public void record(double units) {
    if (!Double.isFinite(units)) {
      throw new IllegalArgumentException(
          getId().getName() + ": expected a finite value, found " + units);
    }
    record(Math.round(units));
  }

  @Override
  public long count() {
    return LongStream.of(counts).sum();
  }

  @Override
  public double totalAmount() {
    return scale.toBaseUnits(sumInUnits) + blocks * scale.toBaseUnits(1L << BLOCK_BITS);
  }

  /** Returns NaN: the maximum is not recorded. */
  @Override
  public double max() {
    return Double.NaN;
  }

  @Override
  public HistogramSnapshot takeSnapshot() {
    return HistogramSnapshot.empty(count(), totalAmount(), max());
  }
}
