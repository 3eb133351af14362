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
  private static final int CHECKS_PER_BATCH = 4;

  private final QueueStripe[] stripes;
  private final AtomicInteger nextStripe = new AtomicInteger();
  private final FastThreadLocal<QueueStripe> current =
      new FastThreadLocal<>() {
        @Override
        protected QueueStripe initialValue() {
          return stripes[Math.floorMod(nextStripe.getAndIncrement(), stripes.length)];
        }
      };
  private final int batchSize;
  private final int checkMask;
  private final int maxUnseen;
  private final AtomicBoolean woken = new AtomicBoolean();
  private volatile Runnable wake = () -> {};

  /**
   * Sizes of the queue and its batches.
   *
   * @param stripes number of stripes: one for each busy thread
   * @param capacity of all stripes together; each stripe is rounded up to a power of two
   * @param batchSize number of waiting observations at which the metrics thread is woken
   * @param labelLimit maximum number of distinct values of each open label
   */
  public record Limits(int stripes, int capacity, int batchSize, int labelLimit) {}

  public StripedQueue(Limits limits) {
    stripes = new QueueStripe[limits.stripes()];
    for (int i = 0; i < stripes.length; i++) {
      stripes[i] =
          new QueueStripe(Math.max(4, limits.capacity() / stripes.length), LOW_LEVEL_SHARE);
    }
    batchSize = limits.batchSize();
    int checkInterval =
        Integer.highestOneBit(Math.max(1, batchSize / (CHECKS_PER_BATCH * stripes.length)));
    checkMask = checkInterval - 1;
    maxUnseen = (checkInterval - 1) * stripes.length;
  }

  /** Returns the stripe of the calling thread. */
  public QueueStripe current() {
    return current.get();
  }

  /** Returns all stripes. The array must not be modified. */
  public QueueStripe[] stripes() {
    return stripes;
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
    if ((stripe.everQueued() & checkMask) == 0) {
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
    int waiting = maxUnseen;
    for (QueueStripe each : stripes) {
      waiting += each.observations();
    }
    return waiting >= batchSize;
  }
}
