package dev.paymeter.app;

import static dev.paymeter.app.BlockingFutures.await;

import dev.paymeter.metrics.MetricsPipeline;
import dev.paymeter.metrics.dashboard.PaymentTotals;
import dev.paymeter.postgres.LedgerTotals;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Totals of an instance's payments in the ledger and in the metrics, after the last one.
 *
 * @param ledger empty if the ledger cannot be read
 */
public record Reconciliation(Optional<LedgerTotals> ledger, PaymentTotals metrics) {
  private static final Logger log = LoggerFactory.getLogger(Reconciliation.class);

  /** Reads all rows of an instance, and its metrics. Blocks. */
  static Reconciliation read(
      String instance, DatabaseModule database, boolean isLedgerUp, MetricsPipeline pipeline) {
    return new Reconciliation(
        isLedgerUp ? ledgerTotals(instance, database) : Optional.empty(),
        PaymentTotals.read(pipeline::read));
  }

  private static Optional<LedgerTotals> ledgerTotals(String instance, DatabaseModule database) {
    try {
      return Optional.of(
          await(LedgerTotals.read(database.auditStatements(), instance), ShutdownStack.MAX_STEP));
    } catch (IllegalStateException | TimeoutException unavailable) {
      log.warn("Cannot read the totals of the ledger: {}", unavailable.getMessage());
      return Optional.empty();
    }
  }

  /** Returns whether both have the same number and the same amount. */
  public boolean isEqual() {
    return ledger
        .map(LedgerTotals::settled)
        .filter(rows -> rows.count() == metrics.count() && rows.usd().compareTo(metrics.usd()) == 0)
        .isPresent();
  }
}
