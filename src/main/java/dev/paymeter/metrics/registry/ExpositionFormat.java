package dev.paymeter.metrics.registry;

import dev.paymeter.payment.Labeled;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.OpenMetricsTextFormatWriter;
import io.prometheus.metrics.expositionformats.PrometheusProtobufWriter;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;

/** The formats that a scrape can ask for. */
public enum ExpositionFormat implements Labeled {
  /** Prometheus text format 0.0.4. */
  TEXT(PrometheusTextFormatWriter.builder().setIncludeCreatedTimestamps(false).build()),
  /**
   * OpenMetrics 1.0. Exemplars only where that version allows them: Prometheus refuses the whole
   * scrape otherwise. No {@code _created} samples: to Prometheus 2 they are series of their own.
   */
  OPEN_METRICS(
      OpenMetricsTextFormatWriter.builder()
          .setCreatedTimestampsEnabled(false)
          .setExemplarsOnAllMetricTypesEnabled(false)
          .build()),
  /** Delimited {@code io.prometheus.client.MetricFamily} messages. */
  PROTOBUF(new PrometheusProtobufWriter());

  @SuppressWarnings("ImmutableEnumChecker") // The writers have no state; their type cannot say so.
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
