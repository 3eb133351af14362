package dev.paymeter.metrics.dashboard;

/**
 * Quantiles of a histogram, estimated as by {@code histogram_quantile} of Prometheus: linear within
 * a bucket, and the highest finite bound beyond it. NaN without observations.
 */
public record Quantiles(double p50, double p95, double p99) {
  /**
   * @param bounds upper bounds of the finite buckets, ascending
   * @param counts observations in each bucket, not cumulative, the infinite bucket last
   */
  static Quantiles of(double[] bounds, double[] counts) {
    return new Quantiles(
        quantile(0.5, bounds, counts),
        quantile(0.95, bounds, counts),
        quantile(0.99, bounds, counts));
  }

  private static double quantile(double share, double[] bounds, double[] counts) {
    double total = 0;
    for (double count : counts) {
      total += count;
    }
    if (total == 0) {
      return Double.NaN;
    }
    double rank = share * total;
    double below = 0;
    for (int i = 0; i < bounds.length; i++) {
      if (below + counts[i] >= rank) {
        double start = i == 0 ? 0 : bounds[i - 1];
        return start + (bounds[i] - start) * (rank - below) / counts[i];
      }
      below += counts[i];
    }
    return bounds[bounds.length - 1];
  }
}
