package dev.paymeter.metrics;

import io.micrometer.core.instrument.DistributionSummary;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.Exemplar;
import io.prometheus.metrics.model.snapshots.Exemplars;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import java.util.ArrayList;
import java.util.List;

/**
 * One histogram series. Micrometer observes whole units (cents, microseconds), for two reasons: it
 * rounds fractions up to whole numbers before it looks for their bucket, and a sum of whole numbers
 * in a double is exact up to 2^53, where a sum of fractions drifts. When a snapshot is taken, units
 * become what the family is measured in, and what was not observed here one by one is added:
 * observations restored from the ledger, and those that a sampled one stands for. To be used under
 * the pipeline's lock.
 */
final class HistogramSeries {
  private final DistributionSummary summary;
  private final Scale scale;

  /** By bucket, the infinite one last. */
  private final long[] addedCounts;

  private long addedUnits;

  /**
   * What a family is measured in, and in which whole units it is observed.
   *
   * @param unitsPerOne how many units make one
   * @param bounds upper bounds of the buckets, without the infinite one
   */
  @SuppressWarnings("ArrayRecordComponent") // Constants of the contract; never written.
  record Scale(long unitsPerOne, double[] bounds) {
    long[] boundsInUnits() {
      long[] units = new long[bounds.length];
      for (int i = 0; i < units.length; i++) {
        units[i] = Math.round(bounds[i] * unitsPerOne);
      }
      return units;
    }

    int buckets() {
      return bounds.length + 1;
    }

    /** The bucket of a value: the first whose bound is not below it. */
    int bucket(long units) {
      int bucket = 0;
      while (bucket < bounds.length && units > Math.round(bounds[bucket] * unitsPerOne)) {
        bucket++;
      }
      return bucket;
    }

    double one(double units) {
      return units / unitsPerOne;
    }
  }

  /**
   * @param summary observes units, with the scale's bounds in units as its objectives
   */
  HistogramSeries(DistributionSummary summary, Scale scale) {
    this.summary = summary;
    this.scale = scale;
    this.addedCounts = new long[scale.buckets()];
  }

  /** One observation. */
  void record(long units) {
    summary.record((double) units);
  }

  /**
   * One observation that stands for {@code weight} equal ones.
   *
   * @param weight at least 1
   */
  void record(long units, int weight) {
    summary.record((double) units);
    if (weight > 1) {
      addedCounts[scale.bucket(units)] += weight - 1;
      addedUnits += (weight - 1) * units;
    }
  }

  /**
   * Adds observations that were made elsewhere or before.
   *
   * @param cells counts by bucket, from {@code offset} on, then the sum in units
   */
  void restore(long[] cells, int offset) {
    for (int i = 0; i < addedCounts.length; i++) {
      addedCounts[i] += cells[offset + i];
    }
    addedUnits += cells[offset + addedCounts.length];
  }

  Scale scale() {
    return scale;
  }

  /** The series as it is to be seen. */
  HistogramDataPointSnapshot complete(HistogramDataPointSnapshot observed) {
    ClassicHistogramBuckets inUnits = observed.getClassicBuckets();
    double[] upper = new double[scale.buckets()];
    long[] counts = new long[scale.buckets()];
    for (int i = 0; i < upper.length; i++) {
      upper[i] = i < scale.bounds().length ? scale.bounds()[i] : Double.POSITIVE_INFINITY;
      counts[i] = inUnits.getCount(i) + addedCounts[i];
    }
    return new HistogramDataPointSnapshot(
        ClassicHistogramBuckets.of(upper, counts),
        scale.one(observed.getSum() + addedUnits),
        observed.getLabels(),
        exemplars(observed.getExemplars()),
        observed.getCreatedTimestampMillis());
  }

  private Exemplars exemplars(Exemplars inUnits) {
    if (inUnits.size() == 0) {
      return inUnits;
    }
    List<Exemplar> scaled = new ArrayList<>(inUnits.size());
    for (Exemplar exemplar : inUnits) {
      scaled.add(
          new Exemplar(
              scale.one(exemplar.getValue()), exemplar.getLabels(), exemplar.getTimestampMillis()));
    }
    return Exemplars.of(scaled);
  }
}
