package dev.paymeter.audit;

import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Monitor of the positions at which the ledger was seen. Safe from any thread. */
public final class PositionMonitor {
  private static final Logger log = LoggerFactory.getLogger(PositionMonitor.class);

  private final AtomicInteger suspicions = new AtomicInteger();

  /** The suspicions after which the ledger was compared; negative before the first comparison. */
  private volatile int compared = -1;

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
   * Returns where the ledger was seen last; {@link LedgerPosition#NONE} while it may lack what was
   * counted, and {@link LedgerPosition#STARTING} before the first comparison.
   */
  public LedgerPosition comparedPosition() {
    int last = compared;
    if (last == suspicions.get()) {
      return position;
    }
    return last < 0 ? LedgerPosition.STARTING : LedgerPosition.NONE;
  }

  /** Returns the number of renewals after which the ledger may have gone back. */
  public int suspicions() {
    return suspicions.get();
  }

  /**
   * Reports that the ledger contains everything that was counted.
   *
   * @param suspicion the number of suspicions before the comparison
   */
  public void compared(int suspicion) {
    compared = suspicion;
  }
}
