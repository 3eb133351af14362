package dev.paymeter.metrics.audited;

import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.TreeMap;

/**
 * What the audited families must add up to: a tally for each page of the instance's books that is
 * not compared with the ledger yet, and one for all that came from the ledger. Not thread-safe: the
 * pipeline's lock covers every use.
 */
public final class AuditTotals {
  private final SeriesLayout seriesLayout;

  /** By page of this epoch, until the page is compared with the ledger's. */
  private final TreeMap<Integer, long[]> pages = new TreeMap<>();

  /** What came from the ledger, the pages that were compared with it included. */
  private long[] settled = {};

  private int lastPage;
  private long[] lastTally = {};

  AuditTotals(SeriesLayout seriesLayout) {
    this.seriesLayout = seriesLayout;
  }

  /** A page's tally, to be added to, as long as the chart is now. */
  long[] of(int page) {
    if (page != lastPage || lastTally.length < seriesLayout.length()) {
      lastTally = Arrays.copyOf(pages.getOrDefault(page, new long[0]), seriesLayout.length());
      pages.put(page, lastTally);
      lastPage = page;
    }
    return lastTally;
  }

  /** What was counted on some pages of this epoch. */
  public long[] counted(int first, int last) {
    return seriesLayout.sum(pages.subMap(first, true, last, true).values());
  }

  /** The pages up to {@code last} were compared with the ledger; from now on it speaks for them. */
  public void close(int last, long[] ledger) {
    pages.headMap(last, true).clear();
    settle(ledger);
  }

  /** Adds what came from the ledger. */
  void settle(long[] tally) {
    settled = Arrays.copyOf(settled, seriesLayout.length());
    SeriesLayout.add(settled, tally);
  }

  /** Everything that was counted. */
  long[] booked() {
    long[] booked = seriesLayout.sum(pages.values());
    SeriesLayout.add(booked, settled);
    return booked;
  }

  /** What came from the ledger: for a checkpoint. */
  public JsonObject write() {
    return seriesLayout.write(settled);
  }
}
