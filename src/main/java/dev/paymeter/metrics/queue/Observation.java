package dev.paymeter.metrics.queue;

import dev.paymeter.payment.Payment;
import dev.paymeter.payment.Severity;
import dev.paymeter.payment.port.PaymentMetrics.Operation;
import dev.paymeter.payment.port.PaymentMetrics.Outcome;
import dev.paymeter.report.BusinessEvent;

/** What waits in the queue beside what the ledger has, which goes through it as itself. */
public sealed interface Observation {

  /** What an element of the queue is about. */
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

  /** How many observations an element of the queue is. */
  static int size(Object observation) {
    return observation instanceof OperationSums sums ? sums.size() : 1;
  }

  /**
   * One internal step.
   *
   * @param nanos how long it took
   * @param weight how many steps it stands for, itself included
   */
  record OperationTimed(Operation operation, Outcome outcome, long nanos, int weight)
      implements Observation {}

  /** A payment, and the trace that it was made in. */
  record TracedPayment(Payment payment, String traceId, String spanId) implements Observation {}

  /** An error of ours that belongs to no payment. */
  record ErrorSeen(String service, String errorType, Severity severity) implements Observation {}
}
