package dev.paymeter.metrics;

import io.micrometer.core.instrument.DistributionSummary;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import java.util.Arrays;

/**
 * One histogram series that counts in whole units (cents, microseconds), so that its sum is exact
 * after any number of observations, where a sum of doubles drifts, and its buckets are too, where
 * Micrometer rounds what it sorts into them up to the next integer. To be used under the pipeline's
 * lock.
 */
final class ExactHistogram {
  private final DistributionSummary summary;
  private final double unitsPerOne;
  private long sum;

  /**
   * @param summary keeps count and buckets, in units
   * @param unitsPerOne how many whole units make one of what the family is measured in
   */
  ExactHistogram(DistributionSummary summary, double unitsPerOne) {
    this.summary = summary;
    this.unitsPerOne = unitsPerOne;
  }

  /** Bounds of buckets in units, for the summary. */
  static double[] inUnits(double[] bounds, double unitsPerOne) {
    return Arrays.stream(bounds).map(bound -> Math.rint(bound * unitsPerOne)).toArray();
  }

  void record(long units) {
    summary.record((double) units);
    sum += units;
  }

  /** The double nearest to the exact sum, in what the family is measured in. */
  double sum() {
    return sum / unitsPerOne;
  }

  /** The summary's buckets, with bounds in what the family is measured in. */
  ClassicHistogramBuckets buckets(ClassicHistogramBuckets inUnits) {
    double[] bounds = new double[inUnits.size()];
    long[] counts = new long[inUnits.size()];
    for (int i = 0; i < inUnits.size(); i++) {
      bounds[i] = inUnits.getUpperBound(i) / unitsPerOne;
      counts[i] = inUnits.getCount(i);
    }
    return ClassicHistogramBuckets.of(bounds, counts);
  }
}
