package dev.paymeter.report;

import dev.paymeter.payment.Payment;
import java.time.Instant;
import java.util.UUID;

/**
 * A payment that another service has processed, as it stands in the ledger: settled from the start.
 *
 * @param payment when it settled is what its publisher told, else when it was recorded
 * @param recordedAt to the microsecond
 */
public record RecordedPayment(PaymentReport report, Payment payment, Instant recordedAt) {

  /** Tells this writing from another report of the same payment: each is under an id of its own. */
  public UUID receipt() {
    return payment.id();
  }
}
