package dev.paymeter.report;

import dev.paymeter.payment.Payment;
import java.time.Instant;
import java.util.UUID;

/**
 * A payment that another service has processed, as stored in the ledger: always settled.
 *
 * @param payment settled at the time that its publisher reported, or else when it was recorded
 * @param recordedAt when it was recorded, to the microsecond
 */
public record RecordedPayment(PaymentReport report, Payment payment, Instant recordedAt) {

  /** Returns the id that distinguishes this record from other reports of the same payment. */
  public UUID receipt() {
    return payment.id();
  }
}
