package dev.paymeter.metrics;

import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentException;
import dev.paymeter.payment.Refund;
import dev.paymeter.report.BusinessEvent;
import dev.paymeter.report.ErrorReport;
import dev.paymeter.report.EventReport;
import dev.paymeter.report.ReportMetrics;
import dev.paymeter.report.ReportedError;
import java.util.UUID;

/** Observations of settled refunds, equal to those that the ledger stores. */
final class RefundObservations {
  private RefundObservations() {}

  /** Records a settled refund: its business event, its error, or the event of its later failure. */
  static void record(Refund refund, ReportMetrics metrics) {
    if (refund.hasFailedLater()) {
      metrics.recorded(event(refund, Refund.FAILURE_EVENT, Refund.failureId(refund.id())));
      return;
    }
    refund
        .error()
        .ifPresentOrElse(
            error -> metrics.recorded(failure(refund, error)),
            () -> metrics.recorded(event(refund)));
  }

  /** Returns the business event of a refund that succeeded. */
  static BusinessEvent event(Refund refund) {
    return event(refund, Refund.EVENT, refund.id());
  }

  private static BusinessEvent event(Refund refund, String event, UUID id) {
    Payment.Settlement settlement = refund.settled().orElseThrow();
    return new BusinessEvent(
        new EventReport(Refund.PUBLISHER, id.toString(), event, refund.amount()),
        event,
        refund.amountUsd(),
        refund.payment().rate(),
        settlement.at(),
        id,
        settlement.segment());
  }

  /** Returns the error of a refund that failed. */
  static ReportedError failure(Refund refund, PaymentException error) {
    Payment.Settlement settlement = refund.settled().orElseThrow();
    return new ReportedError(
        new ErrorReport(
            Refund.PUBLISHER,
            refund.id().toString(),
            Refund.SERVICE,
            error.type(),
            refund.severity()),
        Refund.SERVICE,
        error.type(),
        settlement.at(),
        refund.id(),
        settlement.segment());
  }
}
