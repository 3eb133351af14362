package dev.paymeter.metrics.queue;

import dev.paymeter.payment.Payment;
import dev.paymeter.payment.Severity;
import dev.paymeter.payment.port.PaymentMetrics.Operation;
import dev.paymeter.payment.port.PaymentMetrics.Outcome;
import dev.paymeter.report.BusinessEvent;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;

/**
 * Elements of the queue that the ledger does not have. Its payments, events and errors are queued
 * as they are.
 */
public sealed interface Observation {

  static ObservationKind kind(Object observation) {
    if (observation instanceof Payment || observation instanceof TracedPayment) {
      return ObservationKind.PAYMENT;
    }
    if (observation instanceof BusinessEvent) {
      return ObservationKind.EVENT;
    }
    return observation instanceof OperationTimed || observation instanceof OperationSums
        ? ObservationKind.OPERATION
        : ObservationKind.ERROR;
  }

  /** Returns a payment with the trace of the current span, if that is sampled. */
  static Object traced(Payment payment) {
    SpanContext span = Span.current().getSpanContext();
    return span.isSampled()
        ? new TracedPayment(payment, span.getTraceId(), span.getSpanId())
        : payment;
  }

  /** Returns the number of observations in a queue element. */
  static int size(Object observation) {
    return observation instanceof OperationSums sums ? sums.size() : 1;
  }

  /**
   * An internal operation.
   *
   * @param nanos duration
   * @param weight number of operations that it represents, including itself
   */
  record OperationTimed(Operation operation, Outcome outcome, long nanos, int weight)
      implements Observation {}

  record TracedPayment(Payment payment, String traceId, String spanId) implements Observation {}

  /** An error of this service that belongs to no payment. */
  record ServiceError(String service, String errorType, Severity severity) implements Observation {}
}
