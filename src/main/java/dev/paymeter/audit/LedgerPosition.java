package dev.paymeter.audit;

/**
 * A point in the history of a ledger.
 *
 * @param system identifier that the server got when its data directory was created; its standbys
 *     and copies have the same one
 * @param timeline of the server's write-ahead log; each promotion and each recovery to a point in
 *     time begins a new one
 * @param renewals number of renewals of the lease so far, which distinguishes a copy on the same
 *     timeline
 */
public record LedgerPosition(String system, String timeline, long renewals) {
  /** No point of any ledger. */
  public static final LedgerPosition NONE = new LedgerPosition("", "", 0);

  /** The position that {@link GenerationStore#resume} stores when the process has started. */
  public static final LedgerPosition STARTING = new LedgerPosition("starting", "", 0);

  /**
   * Returns false if the ledger may have gone back: it was seen on another server or timeline, or
   * lacks a renewal.
   */
  boolean precedes(LedgerPosition later) {
    return isOnSameTimeline(later) && renewals < later.renewals;
  }

  boolean isOnSameTimeline(LedgerPosition other) {
    return system.equals(other.system) && timeline.equals(other.timeline);
  }

  @Override
  public String toString() {
    return "system " + system + ", timeline " + timeline + ", renewal " + renewals;
  }
}
