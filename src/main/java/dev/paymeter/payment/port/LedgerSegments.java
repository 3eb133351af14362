package dev.paymeter.payment.port;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * The segments of an epoch's settlements. Each settlement belongs to the segment that is open when
 * it begins. After a roll, a segment gets no new settlements; it is closed when all of its
 * settlements are committed and counted. Ledger and counters must agree on closed segments,
 * whatever the order of ids, clocks and commits. Safe from any thread; settlements take no lock.
 */
public final class LedgerSegments {
  /** Counting takes microseconds. */
  private static final long COUNTING_POLL_NANOS = 50_000;

  private final Map<Integer, Segment> segments = new ConcurrentHashMap<>();
  private volatile Segment open;

  /** Threads that wait for the end of settlements. */
  private final AtomicInteger waiting = new AtomicInteger();

  private final Object ends = new Object();

  /** Settlements up to this segment that are not counted yet are missing in a scrape. */
  private volatile int overdue;

  /**
   * The boundary of the settlements in a scrape.
   *
   * @param segment contains the last of them
   * @param isComplete whether all settlements up to the segment are committed and counted
   */
  public record Cut(int segment, boolean isComplete) {
    /** The cut that contains everything counted. */
    public static final Cut NONE = new Cut(Integer.MAX_VALUE, true);
  }

  private static final class Segment {
    final int number;
    final AtomicLong begun = new AtomicLong();
    final AtomicLong ended = new AtomicLong();

    /** Settlements that are just being counted. */
    final AtomicInteger counting = new AtomicInteger();

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
      end(segment); // A concurrent roll: the segment may be closed already.
    }
  }

  /**
   * Counts a committed settlement and ends it, unless the cut of a scrape has not waited for it:
   * then it is to be moved to a later segment.
   *
   * @param count queues its observation
   * @return false if it is neither counted nor ended
   */
  public boolean count(int number, Runnable count) {
    Segment segment = segment(number);
    segment.counting.incrementAndGet(); // Before the check: see cut.
    try {
      if (number <= overdue) {
        return false;
      }
      count.run();
      end(segment);
      return true;
    } finally {
      segment.counting.decrementAndGet();
    }
  }

  /** Ends a settlement that has nothing to count. */
  public void end(int number) {
    end(segment(number));
  }

  private Segment segment(int number) {
    Segment segment = segments.get(number);
    if (segment == null) {
      throw new IllegalStateException("segment " + number + " is already closed");
    }
    return segment;
  }

  private void end(Segment segment) {
    segment.ended.incrementAndGet();
    if (waiting.get() > 0) {
      synchronized (ends) {
        ends.notifyAll();
      }
    }
  }

  /**
   * Opens a new segment, unless the open one is empty.
   *
   * @return the segment before the open one; settlements that began before the call are in it or in
   *     earlier ones
   */
  public synchronized int roll() {
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
  public synchronized int lastClosed(int after) {
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

  /**
   * Opens a new segment, and waits until the settlements before it have ended. From then on, those
   * that have not ended are no longer counted in these segments. Blocks; must not be called on an
   * event loop.
   *
   * @param timeout longest wait. Later cuts do not wait again for a settlement that has outlived it
   */
  public Cut cut(Duration timeout) {
    int last = roll();
    if (!awaitIdle(overdue, last, timeout)) {
      exclude(last);
    }
    return new Cut(last, isIdle(0, last));
  }

  /** Excludes settlements in progress from the segments up to the last one. */
  private void exclude(int last) {
    synchronized (this) {
      overdue = Math.max(overdue, last);
    }
    // Those that did not see this yet are still counted before the snapshot.
    while (upTo(0, last).anyMatch(segment -> segment.counting.get() > 0)) {
      LockSupport.parkNanos(COUNTING_POLL_NANOS);
    }
  }

  private boolean awaitIdle(int after, int last, Duration timeout) {
    waiting.incrementAndGet(); // Before the check, as the end precedes the notification.
    try {
      long deadline = System.nanoTime() + timeout.toNanos();
      synchronized (ends) {
        while (!isIdle(after, last)) {
          long remaining = deadline - System.nanoTime();
          if (remaining <= 0) {
            return false;
          }
          TimeUnit.NANOSECONDS.timedWait(ends, remaining);
        }
      }
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      waiting.decrementAndGet();
    }
  }

  /** Returns whether no settlement is in progress between two segments, the first one excluded. */
  private boolean isIdle(int after, int last) {
    return upTo(after, last).allMatch(Segment::isIdle);
  }

  private Stream<Segment> upTo(int after, int last) {
    return segments.values().stream()
        .filter(segment -> segment.number > after && segment.number <= last);
  }
}
