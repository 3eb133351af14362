package dev.paymeter.metrics.queue;

import dev.paymeter.metrics.registry.HistogramSeries;
import dev.paymeter.payment.port.PaymentMetrics.Outcome;
import java.util.ArrayList;
import java.util.List;

/**
 * Reported operations, summed up by series on the receiving thread: the cost of applying them
 * depends on the number of series, not rows. Filled by one thread; not changed after it is queued.
 */
public final class OperationSums {
  /** Leaves room for one more row of any weight and duration. */
  private static final long MAX_SUM = 1L << 60;

  private static final HistogramSeries.Scale SCALE = HistogramSeries.NANOSECONDS;

  private final List<Cells> series = new ArrayList<>();
  private int size;
  private long largestSum;

  /**
   * Values to add to one series.
   *
   * @param cells counts by bucket, then the sum in nanoseconds
   */
  @SuppressWarnings("ArrayRecordComponent") // Filled here; never compared.
  public record Cells(String operation, Outcome outcome, long[] cells) {}

  /** Adds a series that is not present yet. */
  Cells add(String operation, Outcome outcome) {
    Cells cells = new Cells(operation, outcome, new long[SCALE.buckets() + 1]);
    series.add(cells);
    return cells;
  }

  /**
   * Adds an observation.
   *
   * @param weight number of observations that it represents, including itself
   */
  void add(Cells to, long nanos, int weight) {
    to.cells[SCALE.bucket(nanos)] += weight;
    int sum = to.cells.length - 1;
    to.cells[sum] += nanos * weight;
    largestSum = Math.max(largestSum, to.cells[sum]);
    size++;
  }

  /** Returns true if another row could overflow a sum. */
  boolean isFull() {
    return largestSum >= MAX_SUM;
  }

  /** Returns the number of added observations, without their weights. */
  int size() {
    return size;
  }

  public List<Cells> series() {
    return series;
  }
}
