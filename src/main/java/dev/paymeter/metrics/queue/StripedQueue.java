package dev.paymeter.metrics.queue;

import io.netty.util.concurrent.FastThreadLocal;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The queue of observations. Each busy thread has its own {@link QueueStripe}, so that recording
 * rarely contends. Wakes the drainer when a batch is full. Thread-safe.
 */
public final class StripedQueue {
  private static final double LOW_LEVEL_SHARE = 0.75;

  /**
   * Checks of the batch size by each stripe during one batch. A check reads other cores' cache
   * lines.
   */
  private static final int LOOKS_IN_A_BATCH = 4;

  private final QueueStripe[] lanes;
  private final AtomicInteger nextLane = new AtomicInteger();
  private final FastThreadLocal<QueueStripe> mine =
      new FastThreadLocal<>() {
        @Override
        protected QueueStripe initialValue() {
          return lanes[Math.floorMod(nextLane.getAndIncrement(), lanes.length)];
        }
      };
  private final int batchSize;
  private final int lookMask;
  private final int unseen;
  private final AtomicBoolean woken = new AtomicBoolean();
  private volatile Runnable wake = () -> {};

  /**
   * Sizes of the queue and its batches.
   *
   * @param lanes number of stripes: one for each busy thread
   * @param capacity of all stripes together; each stripe is rounded up to a power of two
   * @param batchSize number of waiting observations at which the metrics thread is woken
   * @param labelLimit maximum number of distinct values of each open label
   */
  public record Limits(int lanes, int capacity, int batchSize, int labelLimit) {}

  public StripedQueue(Limits limits) {
    lanes = new QueueStripe[limits.lanes()];
    for (int i = 0; i < lanes.length; i++) {
      lanes[i] = new QueueStripe(Math.max(4, limits.capacity() / lanes.length), LOW_LEVEL_SHARE);
    }
    batchSize = limits.batchSize();
    int checkInterval =
        Integer.highestOneBit(Math.max(1, batchSize / (LOOKS_IN_A_BATCH * lanes.length)));
    lookMask = checkInterval - 1;
    unseen = (checkInterval - 1) * lanes.length;
  }

  /** Returns the stripe of the calling thread. */
  public QueueStripe mine() {
    return mine.get();
  }

  /** Returns all stripes. The array must not be modified. */
  public QueueStripe[] all() {
    return lanes;
  }

  /** Sets what to run when a batch is full. Called from recording threads; must be cheap. */
  public void onFullBatch(Runnable wake) {
    this.wake = wake;
  }

  /** Allows the next full batch to wake the drainer again. */
  public void rearm() {
    woken.set(false);
  }

  /** Checks at intervals whether a batch is full. To be called after each observation. */
  public void wakeWhenDue(QueueStripe stripe) {
    if ((stripe.everQueued() & lookMask) == 0) {
      wakeIfBatchIsFull();
    }
  }

  /** Wakes the drainer if a batch is full, at most once until {@link #rearm}. */
  public void wakeIfBatchIsFull() {
    if (!woken.get() && isBatchFull() && woken.compareAndSet(false, true)) {
      wake.run();
    }
  }

  /** Returns true if a batch may be full, assuming the worst of what was not checked yet. */
  private boolean isBatchFull() {
    int waiting = unseen;
    for (QueueStripe each : lanes) {
      waiting += each.observations();
    }
    return waiting >= batchSize;
  }
}
