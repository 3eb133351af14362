package dev.paymeter.audit;

import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Monitor of the positions at which the ledger was seen. Safe from any thread. */
public final class PositionMonitor {
  private static final Logger log = LoggerFactory.getLogger(PositionMonitor.class);

  private final AtomicInteger suspicions = new AtomicInteger();

  /** The suspicions after which the ledger was compared. */
  private volatile int compared;

  /** Written by one thread at a time. */
  private volatile LedgerPosition position = LedgerPosition.NONE;

  /**
   * Reports the acquired lease, or a renewal. If the ledger may have gone back since the previous
   * one, the next rounds of the audit compare it with everything that was counted. Called from one
   * thread at a time.
   */
  public void renewed(LedgerPosition renewal) {
    if (!position.equals(LedgerPosition.NONE) && !position.precedes(renewal)) {
      log.info("The ledger was at {}, and is at {}: comparing it", position, renewal);
      suspicions.incrementAndGet();
    }
    position = renewal;
  }

  /** Returns where the ledger was seen last. */
  public LedgerPosition position() {
    return position;
  }

  /**
   * Returns where the ledger was seen last, or {@link LedgerPosition#NONE} while it may lack what
   * was counted.
   */
  public LedgerPosition comparedPosition() {
    return compared == suspicions.get() ? position : LedgerPosition.NONE;
  }

  /** Returns the number of renewals after which the ledger may have gone back. */
  int suspicions() {
    return suspicions.get();
  }

  /**
   * Reports that the ledger contains everything that was counted.
   *
   * @param suspicion the number of suspicions before the comparison
   */
  void compared(int suspicion) {
    compared = suspicion;
  }
}
