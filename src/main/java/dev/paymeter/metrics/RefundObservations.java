package dev.paymeter.metrics;

import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentException;
import dev.paymeter.payment.Refund;
import dev.paymeter.report.BusinessEvent;
import dev.paymeter.report.ErrorReport;
import dev.paymeter.report.EventReport;
import dev.paymeter.report.ReportMetrics;
import dev.paymeter.report.ReportedError;

/** Observations of settled refunds, equal to those that the ledger stores. */
final class RefundObservations {
  private RefundObservations() {}

  /** Records a settled refund: its business event, or its error. */
  static void record(Refund refund, ReportMetrics metrics) {
    refund
        .error()
        .ifPresentOrElse(
            error -> metrics.recorded(failure(refund, error)),
            () -> metrics.recorded(event(refund)));
  }

  /** Returns the business event of a refund that succeeded. */
  static BusinessEvent event(Refund refund) {
    Payment.Settlement settlement = refund.settled().orElseThrow();
    return new BusinessEvent(
        new EventReport(Refund.PUBLISHER, refund.id().toString(), Refund.EVENT, refund.amount()),
        Refund.EVENT,
        refund.amountUsd(),
        refund.payment().rate(),
        settlement.at(),
        refund.id(),
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
