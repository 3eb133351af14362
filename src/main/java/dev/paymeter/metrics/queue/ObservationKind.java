package dev.paymeter.metrics.queue;

import dev.paymeter.payment.Labeled;
import dev.paymeter.report.ReportMetrics.Reported;

/** Kind of an observation: the label {@code kind}. */
public enum ObservationKind implements Labeled {
  PAYMENT,
  ERROR,
  EVENT,
  OPERATION;

  public static ObservationKind of(Reported reported) {
    return switch (reported) {
      case PAYMENT -> PAYMENT;
      case EVENT -> EVENT;
      case ERROR -> ERROR;
      case OPERATION -> OPERATION;
    };
  }
}
