package dev.paymeter.app;

import dev.paymeter.metrics.dashboard.PaymentTotals;
import dev.paymeter.postgres.SettledPayments;
import java.util.Optional;

/**
 * Totals of an instance's payments in the ledger and in the metrics, after the last one.
 *
 * @param ledger empty if the ledger cannot be read
 */
public record Reconciliation(Optional<SettledPayments> ledger, PaymentTotals metrics) {
  /** Returns whether both have the same number and the same amount. */
  public boolean isEqual() {
    return ledger
        .filter(rows -> rows.count() == metrics.count() && rows.usd().compareTo(metrics.usd()) == 0)
        .isPresent();
  }
}
