package dev.paymeter.metrics;

import dev.paymeter.payment.Authorization;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.Refund;
import dev.paymeter.report.BusinessEvent;
import dev.paymeter.report.EventReport;

/** Observations of voided payments, equal to those that the ledger stores. */
final class VoidObservations {
  private VoidObservations() {}

  /** Returns the business event of a void. */
  static BusinessEvent event(Payment voided) {
    Payment.Settlement settlement = voided.settled().orElseThrow();
    return new BusinessEvent(
        new EventReport(
            Refund.PUBLISHER, voided.id().toString(), Authorization.VOID_EVENT, voided.amount()),
        Authorization.VOID_EVENT,
        voided.amountUsd(),
        voided.rate(),
        settlement.at(),
        voided.id(),
        settlement.segment());
  }
}
