package dev.paymeter.metrics;

import dev.paymeter.metrics.audited.LedgerMeters;
import dev.paymeter.metrics.registry.HistogramSeries;
import dev.paymeter.metrics.registry.Meters;
import dev.paymeter.metrics.registry.MetricNames;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.SplittableRandom;

/**
 * Registries with many series: half of them counters, half in histograms of eight buckets, which
 * have ten series each. All have values.
 */
public final class ManySeries {
  private static final int COUNTERS_PER_HISTOGRAM = 10;
  private static final int SERIES_PER_HISTOGRAM = MetricNames.AMOUNT_BUCKETS.length + 3;

  private ManySeries() {}

  /** Adds at least this many series: the last histogram is complete. */
  public static void addTo(MetricsPipeline pipeline, int count) {
    pipeline.update(meters -> add(meters, count));
  }

  private static void add(Meters meters, int count) {
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i * (SERIES_PER_HISTOGRAM + COUNTERS_PER_HISTOGRAM) < count; i++) {
      HistogramSeries histogram =
          meters.histogram(
              "many_usd",
              "Amounts",
              LedgerMeters.AMOUNT,
              Labels.of("merchant", "merchant-" + i, "user_tier", "standard"));
      for (int n = 0; n < 10; n++) {
        histogram.record(random.nextLong(1_000_000));
      }
      for (int n = 0; n < COUNTERS_PER_HISTOGRAM; n++) {
        meters
            .counter(
                "many_requests_total",
                "Requests",
                Labels.of("merchant", "merchant-" + i, "shard", String.valueOf(n)))
            .increment(random.nextInt(1, 1_000_000));
      }
    }
  }

  /** Adds the same series to a Micrometer registry. */
  static void addTo(MeterRegistry registry, int count) {
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i * (SERIES_PER_HISTOGRAM + COUNTERS_PER_HISTOGRAM) < count; i++) {
      DistributionSummary histogram =
          DistributionSummary.builder("many_usd")
              .description("Amounts")
              .serviceLevelObjectives(MetricNames.AMOUNT_BUCKETS)
              .tags("merchant", "merchant-" + i, "user_tier", "standard")
              .register(registry);
      for (int n = 0; n < 10; n++) {
        histogram.record(random.nextLong(1_000_000) / 100.0);
      }
      for (int n = 0; n < COUNTERS_PER_HISTOGRAM; n++) {
        Counter.builder("many_requests_total")
            .description("Requests")
            .tags("merchant", "merchant-" + i, "shard", String.valueOf(n))
            .register(registry)
            .increment(random.nextInt(1, 1_000_000));
      }
    }
  }
}
