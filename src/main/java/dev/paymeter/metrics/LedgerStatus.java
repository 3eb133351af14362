package dev.paymeter.metrics;

import dev.paymeter.metrics.registry.Meters;
import dev.paymeter.metrics.registry.MetricNames;
import java.util.function.BooleanSupplier;

/** Availability of the ledger. */
public record LedgerStatus(BooleanSupplier isUp) {
  /** Registers the meter. Every scrape reads the supplier, which must not block. */
  public void register(Meters meters) {
    meters.gauge(
        MetricNames.LEDGER_UP,
        "1 while the ledger can be reached and accepts writes, else 0",
        () -> isUp.getAsBoolean() ? 1 : 0);
  }
}
