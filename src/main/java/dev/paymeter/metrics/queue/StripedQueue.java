package dev.paymeter.metrics.queue;

import io.netty.util.concurrent.FastThreadLocal;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The queue of observations: a {@link QueueStripe} for each thread that records much, so that
 * recording meets no other thread; and whoever is to be woken when a batch waits in them. Safe from
 * any thread.
 */
public final class StripedQueue {
  private static final double LOW_LEVEL_SHARE = 0.75;

  /** Of each lane, if all got alike: looking costs other cores' cache lines, waking costs more. */
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
   * The sizes of the queue and its batches.
   *
   * @param lanes one for each thread that records much
   * @param capacity of all lanes together; each is rounded up to a power of two
   * @param batchSize number of waiting observations at which the metrics thread is woken
   * @param labelLimit distinct values for each open label
   */
  public record Limits(int lanes, int capacity, int batchSize, int labelLimit) {}

  public StripedQueue(Limits limits) {
    lanes = new QueueStripe[limits.lanes()];
    for (int i = 0; i < lanes.length; i++) {
      lanes[i] = new QueueStripe(Math.max(4, limits.capacity() / lanes.length), LOW_LEVEL_SHARE);
    }
    batchSize = limits.batchSize();
    int lookEvery =
        Integer.highestOneBit(Math.max(1, batchSize / (LOOKS_IN_A_BATCH * lanes.length)));
    lookMask = lookEvery - 1;
    unseen = (lookEvery - 1) * lanes.length;
  }

  /** The calling thread's. */
  public QueueStripe mine() {
    return mine.get();
  }

  /** Not to be changed. */
  public QueueStripe[] all() {
    return lanes;
  }

  /** Who is called when a batch is full. Called from recording threads; must be cheap. */
  public void onFullBatch(Runnable wake) {
    this.wake = wake;
  }

  /** From now on, a full batch wakes again. */
  public void rearm() {
    woken.set(false);
  }

  /** To be called after each observation. Looks into the other lanes now and then. */
  public void wakeWhenDue(QueueStripe mine) {
    if ((mine.everQueued() & lookMask) == 0) {
      wakeIfBatchIsFull();
    }
  }

  /** Wakes once for all that comes until it is rearmed, not once for each batch. */
  public void wakeIfBatchIsFull() {
    if (!woken.get() && isBatchFull() && woken.compareAndSet(false, true)) {
      wake.run();
    }
  }

  /** Or may be: what came to other lanes since they were last looked at counts as if it were. */
  private boolean isBatchFull() {
    int waiting = unseen;
    for (QueueStripe each : lanes) {
      waiting += each.observations();
    }
    return waiting >= batchSize;
  }
}
