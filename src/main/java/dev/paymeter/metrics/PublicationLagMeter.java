package dev.paymeter.metrics;

import dev.paymeter.metrics.registry.Meters;
import dev.paymeter.metrics.registry.MetricNames;
import io.prometheus.metrics.model.snapshots.Labels;
import java.time.Duration;

/**
 * How far the telling of events is behind, as it was read last. It is not there before the first
 * reading, for 0 would say that all is well. Telling waits for nobody, from any thread.
 */
final class PublicationLagMeter {
  private static final long NOT_TOLD = -1;

  private final Meters meters;
  private volatile long millis = NOT_TOLD;

  /** The pipeline's lock covers every use. */
  private boolean shown;

  PublicationLagMeter(Meters meters) {
    this.meters = meters;
  }

  void tell(Duration age) {
    millis = age.toMillis();
  }

  /** Shows what was told. To be called under the pipeline's lock, before others look. */
  void update() {
    if (!shown && millis != NOT_TOLD) {
      shown = true;
      meters.gauge(
          MetricNames.EVENTS_UNPUBLISHED,
          "Age of the first event of the whole ledger that is still to be told; 0 where all are",
          Labels.EMPTY,
          () -> millis / 1000.0);
    }
  }
}
