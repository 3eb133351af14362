package dev.paymeter.metrics;

import dev.paymeter.metrics.registry.Meters;
import dev.paymeter.metrics.registry.MetricNames;
import java.util.function.BooleanSupplier;

/** Availability of the ledger. */
public record LedgerStatus(BooleanSupplier isReachable) {
  /** Registers the meter. Every scrape reads the supplier, which must not block. */
  public void register(Meters meters) {
    meters.gauge(
        MetricNames.LEDGER_UP,
        "1 while the ledger is reachable, else 0",
        () -> isReachable.getAsBoolean() ? 1 : 0);
  }
}
