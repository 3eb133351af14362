package dev.paymeter.payments;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many entries may be on their way into the ledger at once: what waits there is in memory. Safe
 * from any thread, without waiting.
 */
public final class Room {
  private final int places;
  private final AtomicInteger taken = new AtomicInteger();

  /**
   * @param places at least as many as come together
   */
  public Room(int places) {
    this.places = places;
  }

  /** Takes all these places, or none. */
  boolean take(int count) {
    if (taken.addAndGet(count) > places) {
      taken.addAndGet(-count);
      return false;
    }
    return true;
  }

  void leave(int count) {
    taken.addAndGet(-count);
  }
}
