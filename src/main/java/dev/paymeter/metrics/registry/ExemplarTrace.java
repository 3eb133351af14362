package dev.paymeter.metrics.registry;

import io.prometheus.metrics.model.snapshots.Exemplar;
import io.prometheus.metrics.model.snapshots.Labels;

/**
 * The trace of the payment that is being applied: what exemplars carry. The metrics thread has no
 * span of its own, so that the trace travels with the observation. Used under the pipeline's lock.
 */
public final class ExemplarTrace {
  private Labels labels = Labels.EMPTY;

  public void enter(String traceId, String spanId) {
    labels = Labels.of(Exemplar.TRACE_ID, traceId, Exemplar.SPAN_ID, spanId);
  }

  public void leave() {
    labels = Labels.EMPTY;
  }

  /** Whether there is one now. */
  boolean isKnown() {
    return !labels.isEmpty();
  }

  /** As exemplars are labelled. */
  Labels labels() {
    return labels;
  }
}
