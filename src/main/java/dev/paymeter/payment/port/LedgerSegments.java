package dev.paymeter.payment.port;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The segments of an epoch's settlements. Each settlement belongs to the segment that is open when
 * it begins. After a roll, a segment gets no new settlements; it is closed when all of its
 * settlements are committed and counted. Ledger and counters must agree on closed segments,
 * whatever the order of ids, clocks and commits. Lock-free; safe from any thread.
 */
public final class LedgerSegments {
  private final Map<Integer, Segment> segments = new ConcurrentHashMap<>();
  private volatile Segment open;

  private static final class Segment {
    final int number;
    final AtomicLong begun = new AtomicLong();
    final AtomicLong ended = new AtomicLong();

    Segment(int number) {
      this.number = number;
    }

    /**
     * Reads {@code ended} first, so that each end that it counts has its beginning counted, too.
     */
    boolean isIdle() {
      long endedBefore = ended.get();
      return begun.get() == endedBefore;
    }
  }

  public LedgerSegments() {
    open = new Segment(1);
    segments.put(1, open);
  }

  /** Begins a settlement and returns its segment; {@link #end} must follow. */
  public int begin() {
    while (true) {
      Segment segment = open;
      segment.begun.incrementAndGet();
      if (segment == open) {
        return segment.number;
      }
      segment.ended.incrementAndGet(); // A concurrent roll: the segment may be closed already.
    }
  }

  /** Ends a settlement: it is committed, and its observation is queued. */
  public void end(int number) {
    Segment segment = segments.get(number);
    if (segment == null) {
      throw new IllegalStateException("segment " + number + " is already closed");
    }
    segment.ended.incrementAndGet();
  }

  /**
   * Opens a new segment, unless the open one is empty. Called from one thread at a time, like
   * {@link #lastClosed}.
   *
   * @return the segment before the open one; settlements that began before the call are in it or in
   *     earlier ones
   */
  public int roll() {
    if (open.begun.get() > 0) {
      Segment next = new Segment(open.number + 1);
      segments.put(next.number, next);
      open = next;
    }
    return open.number - 1;
  }

  /**
   * Returns the last segment up to which all are closed.
   *
   * @param after the last segment that was read from the ledger; it and earlier ones are discarded.
   *     Later ones are returned again, in case they could not be read
   */
  public int lastClosed(int after) {
    segments.keySet().removeIf(number -> number <= after);
    int closed = after;
    while (true) {
      Segment next = segments.get(closed + 1);
      if (next == null || next == open || !next.isIdle()) {
        break;
      }
      closed++;
    }
    return closed;
  }
}
