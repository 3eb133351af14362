package dev.paymeter.metrics.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class QuantilesTest {
  private static final double[] BOUNDS = {0.1, 0.25, 0.5};

  /** The values are those of {@code histogram_quantile} for the same buckets. */
  @Test
  void of_observationsInBuckets_interpolatesLinearly() {
    Quantiles quantiles = Quantiles.of(BOUNDS, new double[] {50, 40, 10, 0});

    assertThat(quantiles.p50()).isCloseTo(0.1, within(1e-12));
    assertThat(quantiles.p95()).isCloseTo(0.375, within(1e-12));
    assertThat(quantiles.p99()).isCloseTo(0.475, within(1e-12));
  }

  @Test
  void of_firstBucket_beginsAtZero() {
    assertThat(Quantiles.of(BOUNDS, new double[] {100, 0, 0, 0}).p50())
        .isCloseTo(0.05, within(1e-12));
  }

  @Test
  void of_emptyBucketsBetween_skipsThem() {
    assertThat(Quantiles.of(BOUNDS, new double[] {10, 0, 10, 0}).p95())
        .isCloseTo(0.475, within(1e-12));
  }

  @Test
  void of_beyondTheLastBound_isThatBound() {
    assertThat(Quantiles.of(BOUNDS, new double[] {1, 0, 0, 99}))
        .isEqualTo(new Quantiles(0.5, 0.5, 0.5));
  }

  @Test
  void of_noObservations_isNotANumber() {
    assertThat(Quantiles.of(BOUNDS, new double[4]).p99()).isNaN();
  }
}
