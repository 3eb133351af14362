package dev.paymeter.metrics.audited;

import dev.paymeter.metrics.dashboard.PaymentComparison;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.TreeMap;

/**
 * Expected totals of the audited families: totals for each segment that is not compared with the
 * ledger yet, and settled totals for everything that came from the ledger. Totals are arrays in the
 * layout of {@link SeriesLayout}. Not thread-safe: the pipeline's lock guards every use.
 */
public final class AuditTotals {
  private final SeriesLayout seriesLayout;

  /** By segment of this epoch, until the segment is compared with the ledger. */
  private final TreeMap<Integer, long[]> segments = new TreeMap<>();

  /** Totals from the ledger, including the compared segments. */
  private long[] settled = {};

  /** The last segment that is compared with the ledger. */
  private int closed;

  private int lastSegment;
  private long[] lastTotals = {};

  AuditTotals(SeriesLayout seriesLayout) {
    this.seriesLayout = seriesLayout;
  }

  /** Returns the modifiable totals of a segment, as long as the layout is now. */
  long[] segment(int segment) {
    if (segment != lastSegment || lastTotals.length < seriesLayout.length()) {
      lastTotals =
          Arrays.copyOf(segments.getOrDefault(segment, new long[0]), seriesLayout.length());
      segments.put(segment, lastTotals);
      lastSegment = segment;
    }
    return lastTotals;
  }

  /** Returns what was counted in a range of segments of this epoch. */
  public long[] counted(int first, int last) {
    return seriesLayout.sum(segments.subMap(first, true, last, true).values());
  }

  /** Replaces the counts of the segments up to {@code last} by the ledger's totals. */
  public void close(int last, long[] ledger) {
    segments.headMap(last, true).clear();
    closed = last;
    addSettled(ledger);
  }

  void addSettled(long[] totals) {
    settled = Arrays.copyOf(settled, seriesLayout.length());
    SeriesLayout.add(settled, totals);
  }

  /** Returns the payments that the ledger contains. */
  PaymentComparison.Sum settledPayments() {
    return seriesLayout.payments(settled);
  }

  /** Returns the payments that are counted in segments not read from the ledger yet. */
  PaymentComparison.Sum openPayments() {
    return seriesLayout.payments(seriesLayout.sum(segments.values()));
  }

  /** Returns the sum of all segments and the settled totals. */
  long[] total() {
    return total(Integer.MAX_VALUE);
  }

  /** Returns the sum of the segments up to {@code last} and the settled totals. */
  long[] total(int last) {
    long[] total = seriesLayout.sum(segments.headMap(last, true).values());
    SeriesLayout.add(total, settled);
    return total;
  }

  /** Returns the last segment that is compared with the ledger; 0 for none. */
  int closed() {
    return closed;
  }

  /** Returns what was counted after a segment. */
  long[] countedAfter(int segment) {
    return seriesLayout.sum(segments.tailMap(segment, false).values());
  }

  /** Returns the settled totals and those of the segments up to {@code last}, as JSON. */
  public JsonObject write(int last) {
    return seriesLayout.write(total(last));
  }

  /** Returns the settled totals as JSON, for a checkpoint. */
  public JsonObject write() {
    return seriesLayout.write(settled);
  }
}
