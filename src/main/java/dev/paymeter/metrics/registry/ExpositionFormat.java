package dev.paymeter.metrics.registry;

import dev.paymeter.payment.Labeled;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.OpenMetricsTextFormatWriter;
import io.prometheus.metrics.expositionformats.PrometheusProtobufWriter;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;

/** Formats of a scrape. */
public enum ExpositionFormat implements Labeled {
  /** Prometheus text format 0.0.4. */
  TEXT(PrometheusTextFormatWriter.builder().setIncludeCreatedTimestamps(false).build()),
  /**
   * OpenMetrics 1.0. Exemplars only on the metric types that this version allows: otherwise
   * Prometheus rejects the whole scrape. No {@code _created} samples: Prometheus 2 would store them
   * as separate series.
   */
  OPEN_METRICS(
      OpenMetricsTextFormatWriter.builder()
          .setCreatedTimestampsEnabled(false)
          .setExemplarsOnAllMetricTypesEnabled(false)
          .build()),
  /** Delimited {@code io.prometheus.client.MetricFamily} messages. */
  PROTOBUF(new PrometheusProtobufWriter());

  @SuppressWarnings("ImmutableEnumChecker") // The writers are stateless.
  private final ExpositionFormatWriter writer;

  ExpositionFormat(ExpositionFormatWriter writer) {
    this.writer = writer;
  }

  public String contentType() {
    return writer.getContentType();
  }

  ExpositionFormatWriter writer() {
    return writer;
  }
}
