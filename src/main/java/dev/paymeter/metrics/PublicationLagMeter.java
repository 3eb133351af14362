package dev.paymeter.metrics;

import dev.paymeter.metrics.registry.Meters;
import dev.paymeter.metrics.registry.MetricNames;
import io.prometheus.metrics.model.snapshots.Labels;
import java.time.Duration;

/**
 * Gauge of the publication lag of events. It does not exist before the first report, because 0
 * would mean that all events are published. {@code report} is thread-safe and does not block.
 */
final class PublicationLagMeter {
  private static final long NOT_REPORTED = -1;

  private final Meters meters;
  private volatile long millis = NOT_REPORTED;

  /** The pipeline's lock covers every use. */
  private boolean registered;

  PublicationLagMeter(Meters meters) {
    this.meters = meters;
  }

  void report(Duration age) {
    millis = age.toMillis();
  }

  /** Registers the gauge after the first report. To be called under the pipeline's lock. */
  void update() {
    if (!registered && millis != NOT_REPORTED) {
      registered = true;
      meters.gauge(
          MetricNames.EVENTS_UNPUBLISHED,
          "Age of the oldest unpublished event of the whole ledger; 0 if all are published",
          Labels.EMPTY,
          () -> millis / 1000.0);
    }
  }
}
