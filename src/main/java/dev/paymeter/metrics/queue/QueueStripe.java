package dev.paymeter.metrics.queue;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jctools.queues.atomic.MpscAtomicArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * One strip of the queue: a bounded ring, and the counts of what became of the observations that
 * its threads recorded. Several threads may record into one lane, but they seldom do: each event
 * loop has its own, so that recording meets no other core.
 *
 * <p>Counting. Whoever records counts first what became of an observation ({@link Fate}), then that
 * it was offered. So at any moment {@code offered <= sum of fates}, and both only grow. A reader
 * takes {@code offered} first and the fates after it; where the sums are equal, nothing happened in
 * between, and the counts are those of one moment. Where they are not, a recording is under way,
 * and the reader looks again: a recording waits for nothing between its two counts, so that it
 * ends. Should recordings follow each other too closely for that, the reader asks for room, and
 * each recorder then lets a fixed moment pass, whatever the reader does.
 */
public final class QueueStripe {
  /** What becomes of an observation on the thread that records it. */
  public enum Fate {
    /** It is in the ring. */
    QUEUED,
    /** The ring was full; it was applied by its own thread, under the lock. */
    APPLIED_DIRECTLY,
    SAMPLED_OUT,
    /** The ring was fuller than its class may make it. */
    DROPPED,
    /** It made no sense: a defect of ours. */
    REJECTED,
    /** Others reported it, and it made no sense. */
    REFUSED
  }

  private static final Fate[] FATES = Fate.values();
  private static final int KINDS = ObservationKind.values().length;
  private static final int OFFERED = FATES.length * KINDS;
  private static final int MORE = OFFERED + KINDS;
  private static final long LONGEST_LOOK_NANOS = 1_000_000_000;
  private static final int LOOKS_BEFORE_YIELD = 100;
  private static final int LOOKS_BEFORE_ASKING = 10;
  private static final int ROOM_SPINS = 16;
  private static final int OFFERS_IN_A_RING = 8;

  private final MpscAtomicArrayQueue<Object> ring;
  private final int lowLevelThreshold;

  /** Fates by kind, then offered by kind, then how many more were ever queued than places taken. */
  private final AtomicLongArray counts = new AtomicLongArray(MORE + 1);

  /** How many more wait than there are places taken; and those that are being put there. */
  private final AtomicInteger moreWaiting = new AtomicInteger();

  /** How many were taken out, by kind; used under the pipeline's lock. */
  private final long[] taken = new long[KINDS];

  private long placesTaken;

  private volatile boolean roomWanted;

  /**
   * @param capacity a power of two, or rounded up to one
   * @param lowLevelShare how full low-level observations may make the ring, 0 to 1
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
   * @return false when the ring is full; nothing is counted then
   */
  public boolean offer(ObservationKind observationKind, Object observation) {
    int more = moreWaiting.get();
    if ((more > 0 && ring.size() + more >= ring.capacity()) || !ring.offer(observation)) {
      return false;
    }
    count(observationKind, Fate.QUEUED);
    return true;
  }

  /** Queues a low-level observation, or drops it where the ring is too full for its class. */
  public void offerLowLevel(ObservationKind observationKind, Object observation) {
    int more = moreWaiting.get();
    boolean hasRoom =
        (more == 0 || ring.size() + more < lowLevelThreshold)
            && ring.offerIfBelowThreshold(observation, lowLevelThreshold);
    count(observationKind, hasRoom ? Fate.QUEUED : Fate.DROPPED);
  }

  /**
   * As {@link #offerLowLevel}, of several that were summed up: all of them, or none.
   *
   * @param size how many, from 1 to {@link #largestOffer}
   * @return whether there was room
   */
  boolean offerLowLevel(ObservationKind observationKind, Object observations, int size) {
    int more = moreWaiting.addAndGet(size - 1);
    boolean hasRoom = ring.size() + more < lowLevelThreshold;
    if (hasRoom) {
      counts.getAndAdd(MORE, size - 1);
      hasRoom = ring.offer(observations);
      if (!hasRoom) {
        counts.getAndAdd(MORE, 1 - size);
      }
    }
    if (!hasRoom) {
      moreWaiting.addAndGet(1 - size);
    }
    count(observationKind, hasRoom ? Fate.QUEUED : Fate.DROPPED, size);
    return hasRoom;
  }

  /** How many that were summed up still fit, where nothing else waits, with room for others. */
  int largestOffer() {
    return Math.max(1, lowLevelThreshold / OFFERS_IN_A_RING);
  }

  /** Counts an observation and what became of it, in this order of ours: see the class. */
  public void count(ObservationKind observationKind, Fate fate) {
    count(observationKind, fate, 1);
  }

  /** As {@link #count(Kind, Fate)}, of several. */
  public void count(ObservationKind observationKind, Fate fate, int size) {
    counts.getAndAdd(fate.ordinal() * KINDS + observationKind.ordinal(), size);
    counts.getAndAdd(OFFERED + observationKind.ordinal(), size);
    if (roomWanted) {
      giveRoom();
    }
  }

  private static void giveRoom() {
    for (int spin = 0; spin < ROOM_SPINS; spin++) {
      Thread.onSpinWait();
    }
  }

  /** How many were ever queued, those under way included: for deciding when to wake the drainer. */
  long everQueued() {
    return ring.currentProducerIndex();
  }

  /**
   * The counts of one moment. To be called under the pipeline's lock, which keeps direct
   * applications out.
   */
  public Counts look() {
    long deadline = System.nanoTime() + LONGEST_LOOK_NANOS;
    try {
      for (int looks = 1; ; looks++) {
        Counts seen = lookOnce();
        // A defect of ours must show as numbers that do not add up, not as a scrape that hangs.
        if (seen.addUp() || System.nanoTime() - deadline > 0) {
          return seen;
        }
        waitForNextLook(looks);
      }
    } finally {
      roomWanted = false;
    }
  }

  @SuppressWarnings("ThreadPriorityCheck") // Only to spin less; nothing depends on it.
  private void waitForNextLook(int looks) {
    if (looks == LOOKS_BEFORE_ASKING) {
      roomWanted = true;
    }
    if (looks % LOOKS_BEFORE_YIELD == 0) {
      Thread.yield(); // A recorder was interrupted between its counts, and wants the core.
    } else {
      Thread.onSpinWait();
    }
  }

  private Counts lookOnce() {
    long[] offered = new long[KINDS];
    for (int kind = 0; kind < KINDS; kind++) {
      offered[kind] = counts.get(OFFERED + kind);
    }
    // Claimed places that are not counted yet are recordings under way, too.
    long places = ring.currentProducerIndex();
    long more = counts.get(MORE);
    long[] fates = new long[OFFERED];
    for (int i = 0; i < OFFERED; i++) {
      fates[i] = counts.get(i);
    }
    return new Counts(offered, fates, places, more);
  }

  /** How many of the places taken at the moment of {@code seen} are still to be emptied. */
  public long waiting(Counts seen) {
    return seen.places() - placesTaken;
  }

  /** How many observations waited at the moment of {@code seen} that still do. */
  public long observationsWaiting(Counts seen) {
    long all = seen.sum(Fate.QUEUED);
    for (long gone : taken) {
      all -= gone;
    }
    return all;
  }

  /** Takes the next; null when there is none. To be called under the pipeline's lock. */
  @Nullable
  public Object take() {
    Object observation = ring.poll();
    if (observation != null) {
      placesTaken++;
    }
    return observation;
  }

  /** Says of what kind it was that was taken, and how many observations. */
  public void taken(ObservationKind observationKind, int size) {
    taken[observationKind.ordinal()] += size;
    if (size > 1) {
      moreWaiting.addAndGet(1 - size);
    }
  }

  /** By kind, how many were ever taken. */
  public long[] taken() {
    return taken;
  }

  /** How many places are taken now, those included that are being taken. */
  public int size() {
    return ring.size();
  }

  /** How many observations wait now, or are being put there. */
  int observations() {
    return ring.size() + moreWaiting.get();
  }

  /**
   * The counts of one lane at one moment.
   *
   * @param offered by kind
   * @param fates by fate, then kind
   * @param places how many places of the ring were ever taken
   * @param more how many more observations these ever held
   */
  @SuppressWarnings("ArrayRecordComponent")
  public // Lives and dies in one turn.
  record Counts(long[] offered, long[] fates, long places, long more) {
    long claimed() {
      return places + more;
    }

    public long offered(ObservationKind observationKind) {
      return offered[observationKind.ordinal()];
    }

    public long of(Fate fate, ObservationKind observationKind) {
      return fates[fate.ordinal() * KINDS + observationKind.ordinal()];
    }

    long sum(Fate fate) {
      long sum = 0;
      for (int kind = 0; kind < KINDS; kind++) {
        sum += fates[fate.ordinal() * KINDS + kind];
      }
      return sum;
    }

    private boolean addUp() {
      for (int kind = 0; kind < KINDS; kind++) {
        long sum = 0;
        for (Fate fate : FATES) {
          sum += fates[fate.ordinal() * KINDS + kind];
        }
        if (sum != offered[kind]) {
          return false;
        }
      }
      return sum(Fate.QUEUED) == claimed();
    }
  }
}
