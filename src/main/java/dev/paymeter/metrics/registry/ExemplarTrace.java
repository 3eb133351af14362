package dev.paymeter.metrics.registry;

import io.prometheus.metrics.model.snapshots.Exemplar;
import io.prometheus.metrics.model.snapshots.Labels;

/**
 * Trace of the payment that is being applied, for exemplars. The applying thread is not in the
 * payment's span, so the observation carries the trace. Used under the pipeline's lock.
 */
public final class ExemplarTrace {
  private Labels labels = Labels.EMPTY;

  public void set(String traceId, String spanId) {
    labels = Labels.of(Exemplar.TRACE_ID, traceId, Exemplar.SPAN_ID, spanId);
  }

  public void clear() {
    labels = Labels.EMPTY;
  }

  boolean isPresent() {
    return !labels.isEmpty();
  }

  /** Returns the labels of an exemplar. */
  Labels labels() {
    return labels;
  }
}
