package dev.paymeter.metrics;

import io.micrometer.core.instrument.DistributionSummary;

/**
 * One histogram series whose sum is kept in whole units (cents, microseconds): exact after any
 * number of observations, where a sum of doubles drifts. To be used under the pipeline's lock.
 */
final class ExactHistogram {
  private final DistributionSummary summary;
  private final double unitsPerOne;
  private long sum;

  /**
   * @param summary keeps count and buckets
   * @param unitsPerOne how many whole units make one of what the family is measured in
   */
  ExactHistogram(DistributionSummary summary, double unitsPerOne) {
    this.summary = summary;
    this.unitsPerOne = unitsPerOne;
  }

  void record(long units) {
    summary.record(units / unitsPerOne);
    sum += units;
  }

  /** The double nearest to the exact sum, in what the family is measured in. */
  double sum() {
    return sum / unitsPerOne;
  }
}
