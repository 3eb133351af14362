package dev.paymeter.support.payment;

import dev.paymeter.payment.port.LedgerSegments;
import dev.paymeter.payment.service.SettlementCounter;

/** Counters of settlements for tests in which no scrape is impatient. */
public final class TestCounters {
  private TestCounters() {}

  /** Returns a counter that never has to move rows. */
  public static SettlementCounter of(LedgerSegments ledgerSegments) {
    return new SettlementCounter(
        ledgerSegments,
        (receipts, from, to) -> {
          throw new AssertionError("unexpected move from segment " + from + " to " + to);
        },
        new ManualScheduler());
  }
}
