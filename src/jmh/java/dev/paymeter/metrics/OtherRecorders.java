package dev.paymeter.metrics;

import dev.paymeter.metrics.registry.MetricNames;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Meter.MeterProvider;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.datapoints.DistributionDataPoint;
import io.prometheus.metrics.core.metrics.Histogram;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/** Other ways to record the three meters of a payment, as documented by each library. */
final class OtherRecorders {
  private static final Duration[] DURATIONS =
      Arrays.stream(MetricNames.DURATION_BUCKETS)
          .mapToObj(seconds -> Duration.ofMillis(Math.round(seconds * 1000)))
          .toArray(Duration[]::new);

  private OtherRecorders() {}

  /** Micrometer: builds and registers meters at every call. */
  static final class Builders {
    private final MeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

    void record(Sale sale) {
      Counter.builder("payment_requests_total")
          .tags("status", "success", "gateway", sale.gateway(), "user_tier", sale.tier())
          .register(registry)
          .increment();
      Timer.builder("payment_duration")
          .serviceLevelObjectives(DURATIONS)
          .tags("gateway", sale.gateway(), "payment_method", sale.method())
          .register(registry)
          .record((long) (sale.seconds() * 1e9), TimeUnit.NANOSECONDS);
      DistributionSummary.builder("payment_amount_usd")
          .serviceLevelObjectives(MetricNames.AMOUNT_BUCKETS)
          .tags("currency", sale.currency(), "user_tier", sale.tier())
          .register(registry)
          .record(sale.usd());
    }
  }

  /** Micrometer: creates providers once, passes tags at every call. */
  static final class Providers {
    private final MeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final MeterProvider<Counter> requests =
        Counter.builder("payment_requests_total").withRegistry(registry);
    private final MeterProvider<Timer> durations =
        Timer.builder("payment_duration").serviceLevelObjectives(DURATIONS).withRegistry(registry);
    private final MeterProvider<DistributionSummary> amounts =
        DistributionSummary.builder("payment_amount_usd")
            .serviceLevelObjectives(MetricNames.AMOUNT_BUCKETS)
            .withRegistry(registry);

    void record(Sale sale) {
      requests
          .withTags("status", "success", "gateway", sale.gateway(), "user_tier", sale.tier())
          .increment();
      durations
          .withTags("gateway", sale.gateway(), "payment_method", sale.method())
          .record((long) (sale.seconds() * 1e9), TimeUnit.NANOSECONDS);
      amounts.withTags("currency", sale.currency(), "user_tier", sale.tier()).record(sale.usd());
    }
  }

  /** Prometheus client: looks data points up beforehand, so that calls only record. */
  static final class DataPoints {
    private final CounterDataPoint[] requests;
    private final DistributionDataPoint[] durations;
    private final DistributionDataPoint[] amounts;

    DataPoints(Sale[] sales) {
      var counter =
          io.prometheus.metrics.core.metrics.Counter.builder()
              .name("payment_requests_total")
              .labelNames("status", "gateway", "user_tier")
              .withoutExemplars()
              .build();
      Histogram duration =
          histogram("payment_duration_seconds", MetricNames.DURATION_BUCKETS)
              .labelNames("gateway", "payment_method")
              .build();
      Histogram amount =
          histogram("payment_amount_usd", MetricNames.AMOUNT_BUCKETS)
              .labelNames("currency", "user_tier")
              .build();
      requests = new CounterDataPoint[sales.length];
      durations = new DistributionDataPoint[sales.length];
      amounts = new DistributionDataPoint[sales.length];
      for (int i = 0; i < sales.length; i++) {
        Sale sale = sales[i];
        requests[i] = counter.labelValues("success", sale.gateway(), sale.tier());
        durations[i] = duration.labelValues(sale.gateway(), sale.method());
        amounts[i] = amount.labelValues(sale.currency(), sale.tier());
      }
    }

    private static Histogram.Builder histogram(String name, double[] bounds) {
      return Histogram.builder()
          .name(name)
          .classicOnly()
          .classicUpperBounds(bounds)
          .withoutExemplars();
    }

    /**
     * @param place index of the sale's data points
     */
    void record(Sale sale, int place) {
      requests[place].inc();
      durations[place].observe(sale.seconds());
      amounts[place].observe(sale.usd());
    }
  }
}
