package dev.paymeter.metrics;

import dev.paymeter.payment.Dispute;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.port.DisputeLedger;
import dev.paymeter.report.BusinessEvent;
import dev.paymeter.report.EventReport;
import java.util.List;

/** Observations of disputes, equal to those that the ledger stores. */
final class DisputeObservations {
  private DisputeObservations() {}

  /** Returns the business events of a change. */
  static List<BusinessEvent> events(DisputeLedger.Change change) {
    Dispute dispute = change.after();
    return change.events().stream()
        .map(
            event ->
                new BusinessEvent(
                    new EventReport(
                        Refund.PUBLISHER, change.eventId(event), event.label(), dispute.amount()),
                    event.label(),
                    dispute.amountUsd(),
                    dispute.rate(),
                    dispute.changedAt(),
                    change.receipt(),
                    change.segment()))
        .toList();
  }
}
