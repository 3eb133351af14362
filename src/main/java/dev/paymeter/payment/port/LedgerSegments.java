package dev.paymeter.payment.port;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The pages of an instance's books. Every settlement is written on the page that is open when it
 * begins. A page that was turned takes no more, and is closed when all that began on it are
 * committed and counted: then ledger and counters must agree on it, whatever the order of ids,
 * clocks and commits. Safe from any thread, without waiting.
 */
public final class LedgerSegments {
  private final Map<Integer, Page> pages = new ConcurrentHashMap<>();
  private volatile Page open;

  private static final class Page {
    final int number;
    final AtomicLong begun = new AtomicLong();
    final AtomicLong ended = new AtomicLong();

    Page(int number) {
      this.number = number;
    }

    /** Read in this order: what ended had begun. */
    boolean isIdle() {
      long endedBefore = ended.get();
      return begun.get() == endedBefore;
    }
  }

  public LedgerSegments() {
    open = new Page(1);
    pages.put(1, open);
  }

  /** The page for a settlement that begins now; {@link #end} must follow. */
  public int begin() {
    while (true) {
      Page page = open;
      page.begun.incrementAndGet();
      if (page == open) {
        return page.number;
      }
      page.ended.incrementAndGet(); // Turned in between: it may have been found closed already.
    }
  }

  /** The settlement is committed, and its observation is offered. */
  public void end(int page) {
    Page its = pages.get(page);
    if (its == null) {
      throw new IllegalStateException("page " + page + " is closed already");
    }
    its.ended.incrementAndGet();
  }

  /**
   * Opens a new page, unless nothing was begun on the open one. To be called from one thread at a
   * time, like {@link #closed}.
   *
   * @return the last page that takes no more: all that began before this call is on pages up to it
   */
  public int turn() {
    if (open.begun.get() > 0) {
      Page next = new Page(open.number + 1);
      pages.put(next.number, next);
      open = next;
    }
    return open.number - 1;
  }

  /**
   * The last page of which it and all before it are closed.
   *
   * @param after the last one that was read back; it and all before it are forgotten, no later one:
   *     what was closed and could not be read is to be asked for again
   */
  public int closed(int after) {
    pages.keySet().removeIf(number -> number <= after);
    int closed = after;
    while (true) {
      Page next = pages.get(closed + 1);
      if (next == null || next == open || !next.isIdle()) {
        break;
      }
      closed++;
    }
    return closed;
  }
}
