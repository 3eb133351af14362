package dev.paymeter.metrics;

import io.prometheus.metrics.tracer.common.SpanContext;
import org.jspecify.annotations.Nullable;

/**
 * The trace of the payment that is being applied: what exemplars carry. The metrics thread has no
 * span of its own, so that the trace travels with the observation. Used under the pipeline's lock.
 */
final class Trace implements SpanContext {
  private @Nullable String traceId;
  private @Nullable String spanId;

  void enter(String traceId, String spanId) {
    this.traceId = traceId;
    this.spanId = spanId;
  }

  void leave() {
    traceId = null;
    spanId = null;
  }

  @Override
  public @Nullable String getCurrentTraceId() {
    return traceId;
  }

  @Override
  public @Nullable String getCurrentSpanId() {
    return spanId;
  }

  @Override
  public boolean isCurrentSpanSampled() {
    return traceId != null;
  }

  /** The span is over by now, and its exporter may have sent it: there is nothing to mark. */
  @Override
  public void markCurrentSpanAsExemplar() {}
}
