package dev.paymeter.metrics.queue;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jctools.queues.atomic.MpscAtomicArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * A stripe of the queue: a bounded ring, and the counts of the observations that its threads
 * offered, by disposition. Any thread may record into a stripe, but each event loop has its own, so
 * that recording rarely contends with other cores.
 *
 * <p>Counting. A recording first counts the disposition of the observation ({@link Disposition}),
 * then increments {@code offered}. So at any moment {@code offered <= sum of dispositions}, and
 * both only grow. The reader reads {@code offered} first, then the dispositions; if the sums are
 * equal, nothing changed in between, and the counts belong to one moment. Otherwise a recording is
 * in progress, and the reader reads again: a recording never blocks between its two increments. If
 * recordings follow each other too closely, the reader requests a backoff, and every recording then
 * spins for a fixed time.
 */
public final class QueueStripe {
  /** Disposition of an observation on the recording thread. */
  public enum Disposition {
    /** Put into the ring. */
    QUEUED,
    /** Applied by the recording thread under the lock, because the ring was full. */
    APPLIED_DIRECTLY,
    SAMPLED_OUT,
    /** Dropped, because the ring was too full for low-level observations. */
    DROPPED,
    /** Invalid, by a defect of this service. */
    REJECTED,
    /** Invalid, as reported by another service. */
    REPORT_REJECTED
  }

  private static final Disposition[] DISPOSITIONS = Disposition.values();
  private static final int KINDS = ObservationKind.values().length;
  private static final int OFFERED = DISPOSITIONS.length * KINDS;
  private static final int EXTRA = OFFERED + KINDS;
  private static final long MAX_READ_NANOS = 1_000_000_000;
  private static final int READS_BEFORE_YIELD = 100;
  private static final int READS_BEFORE_BACKOFF = 10;
  private static final int BACKOFF_SPINS = 16;
  private static final int OFFERS_PER_RING = 8;

  private final MpscAtomicArrayQueue<Object> ring;
  private final int lowLevelThreshold;

  /** Dispositions by kind, then offered by kind, then the observations queued minus slots used. */
  private final AtomicLongArray counts = new AtomicLongArray(EXTRA + 1);

  /** Waiting observations minus used slots, including insertions in progress. */
  private final AtomicInteger extraWaiting = new AtomicInteger();

  /** Number of observations taken out, by kind; used under the pipeline's lock. */
  private final long[] taken = new long[KINDS];

  private long slotsEmptied;

  private volatile boolean backoffRequested;

  /**
   * @param capacity rounded up to a power of two
   * @param lowLevelShare share of the ring that low-level observations may fill, 0 to 1
   */
  QueueStripe(int capacity, double lowLevelShare) {
    ring = new MpscAtomicArrayQueue<>(capacity);
    lowLevelThreshold = (int) Math.max(1, ring.capacity() * lowLevelShare);
  }

  public int capacity() {
    return ring.capacity();
  }

  /**
   * Queues a business observation.
   *
   * @return false if the ring is full; nothing is counted then
   */
  public boolean offer(ObservationKind kind, Object observation) {
    int extra = extraWaiting.get();
    if ((extra > 0 && ring.size() + extra >= ring.capacity()) || !ring.offer(observation)) {
      return false;
    }
    count(kind, Disposition.QUEUED);
    return true;
  }

  /** Queues a low-level observation, or drops it if the ring is too full. */
  public void offerLowLevel(ObservationKind kind, Object observation) {
    int extra = extraWaiting.get();
    boolean fits =
        (extra == 0 || ring.size() + extra < lowLevelThreshold)
            && ring.offerIfBelowThreshold(observation, lowLevelThreshold);
    count(kind, fits ? Disposition.QUEUED : Disposition.DROPPED);
  }

  /**
   * Queues an element with several low-level observations, or drops all of them.
   *
   * @param size number of observations, from 1 to {@code maxOffer}
   * @return false if they were dropped
   */
  boolean offerLowLevel(ObservationKind kind, Object observations, int size) {
    int extra = extraWaiting.addAndGet(size - 1);
    boolean fits = ring.size() + extra < lowLevelThreshold;
    if (fits) {
      counts.getAndAdd(EXTRA, size - 1);
      fits = ring.offer(observations);
      if (!fits) {
        counts.getAndAdd(EXTRA, 1 - size);
      }
    }
    if (!fits) {
      extraWaiting.addAndGet(1 - size);
    }
    count(kind, fits ? Disposition.QUEUED : Disposition.DROPPED, size);
    return fits;
  }

  /** Returns the maximum size of one element, so that several fit into an empty ring. */
  int maxOffer() {
    return Math.max(1, lowLevelThreshold / OFFERS_PER_RING);
  }

  /** Counts an observation and its disposition. */
  public void count(ObservationKind kind, Disposition disposition) {
    count(kind, disposition, 1);
  }

  /**
   * Counts several observations with the same disposition, in the order that the class explains.
   */
  public void count(ObservationKind kind, Disposition disposition, int size) {
    counts.getAndAdd(disposition.ordinal() * KINDS + kind.ordinal(), size);
    counts.getAndAdd(OFFERED + kind.ordinal(), size);
    if (backoffRequested) {
      backOff();
    }
  }

  private static void backOff() {
    for (int spin = 0; spin < BACKOFF_SPINS; spin++) {
      Thread.onSpinWait();
    }
  }

  /** Returns the number of slots ever claimed, including insertions in progress. */
  long everQueued() {
    return ring.currentProducerIndex();
  }

  /**
   * Returns the counts of one moment. To be called under the pipeline's lock, which excludes direct
   * applications.
   */
  public Counts readCounts() {
    long deadline = System.nanoTime() + MAX_READ_NANOS;
    try {
      for (int reads = 1; ; reads++) {
        Counts seen = readCountsOnce();
        // After a timeout, return counts that do not add up: better than a scrape that hangs.
        if (seen.isConsistent() || System.nanoTime() - deadline > 0) {
          return seen;
        }
        waitBeforeNextRead(reads);
      }
    } finally {
      backoffRequested = false;
    }
  }

  @SuppressWarnings("ThreadPriorityCheck") // Only to spin less; correctness does not depend on it.
  private void waitBeforeNextRead(int reads) {
    if (reads == READS_BEFORE_BACKOFF) {
      backoffRequested = true;
    }
    if (reads % READS_BEFORE_YIELD == 0) {
      Thread.yield(); // A recording thread was preempted between its increments.
    } else {
      Thread.onSpinWait();
    }
  }

  private Counts readCountsOnce() {
    long[] offered = new long[KINDS];
    for (int k = 0; k < KINDS; k++) {
      offered[k] = counts.get(OFFERED + k);
    }
    // Slots that are claimed but not counted yet are recordings in progress, too.
    long places = ring.currentProducerIndex();
    long more = counts.get(EXTRA);
    long[] fates = new long[OFFERED];
    for (int i = 0; i < OFFERED; i++) {
      fates[i] = counts.get(i);
    }
    return new Counts(offered, fates, places, more);
  }

  /** Returns the number of slots that were filled at the moment of {@code seen} and still are. */
  public long waiting(Counts seen) {
    return seen.slots() - slotsEmptied;
  }

  /** Returns the number of observations in these slots. */
  public long observationsWaiting(Counts seen) {
    return seen.sum(Disposition.QUEUED) - Arrays.stream(taken).sum();
  }

  /** Takes the next element; null if there is none. To be called under the pipeline's lock. */
  @Nullable
  public Object take() {
    Object observation = ring.poll();
    if (observation != null) {
      slotsEmptied++;
    }
    return observation;
  }

  /** Counts the observations of a taken element. */
  public void countTaken(ObservationKind kind, int size) {
    taken[kind.ordinal()] += size;
    if (size > 1) {
      extraWaiting.addAndGet(1 - size);
    }
  }

  /** Returns the number of observations ever taken, by kind. */
  public long[] taken() {
    return taken;
  }

  /** Returns the number of used slots, including insertions in progress. */
  public int size() {
    return ring.size();
  }

  /** Returns the number of waiting observations, including insertions in progress. */
  int observations() {
    return ring.size() + extraWaiting.get();
  }

  /**
   * Counts of a stripe at one moment.
   *
   * @param offered by kind
   * @param dispositions by disposition, then kind
   * @param slots slots ever used
   * @param extra observations ever queued minus slots ever used
   */
  @SuppressWarnings("ArrayRecordComponent") // Short-lived; never compared.
  public record Counts(long[] offered, long[] dispositions, long slots, long extra) {
    long claimed() {
      return slots + extra;
    }

    public long offered(ObservationKind kind) {
      return offered[kind.ordinal()];
    }

    public long count(Disposition disposition, ObservationKind kind) {
      return dispositions[disposition.ordinal() * KINDS + kind.ordinal()];
    }

    long sum(Disposition disposition) {
      long sum = 0;
      for (int k = 0; k < KINDS; k++) {
        sum += dispositions[disposition.ordinal() * KINDS + k];
      }
      return sum;
    }

    private boolean isConsistent() {
      for (int k = 0; k < KINDS; k++) {
        long sum = 0;
        for (Disposition disposition : DISPOSITIONS) {
          sum += dispositions[disposition.ordinal() * KINDS + k];
        }
        if (sum != offered[k]) {
          return false;
        }
      }
      return sum(Disposition.QUEUED) == claimed();
    }
  }
}
