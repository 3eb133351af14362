package dev.paymeter.metrics;

import dev.paymeter.payments.Choices;
import dev.paymeter.payments.Observations;
import dev.paymeter.payments.Payment;
import io.micrometer.core.instrument.Tags;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import org.jctools.queues.MpscArrayQueue;

/**
 * The way of an observation to its meters: a bounded queue, and batches.
 *
 * <p>Two classes of observation share the queue. Low-level ones are shed, and counted as dropped,
 * when the queue is three quarters full. Business ones may fill it; when it is full, the recording
 * thread applies them itself, so that none is lost. Recording waits for nothing while the queue has
 * room.
 *
 * <p>One lock covers draining, applying and taking the snapshot of our families, and nothing else.
 * It makes the drainer the queue's single consumer, and a snapshot whole: no scrape falls between
 * the parts of one observation. {@link #snapshot} drains what was recorded before it was called, so
 * a scrape never waits for the timer.
 */
public final class ObservationPipeline implements Observations {
  private static final double LOW_LEVEL_SHARE = 0.75;

  private final MpscArrayQueue<Object> queue;
  private final int lowLevelThreshold;
  private final int batchSize;
  private final Meters meters;
  private final ReentrantLock turn = new ReentrantLock();
  private final LongAdder droppedLowLevel = new LongAdder();
  private final AtomicBoolean woken = new AtomicBoolean();
  private volatile Runnable wake = () -> {};

  /**
   * @param queueCapacity rounded up to a power of two
   * @param batchSize how many waiting observations wake the metrics thread at once
   */
  public ObservationPipeline(int queueCapacity, int batchSize, Choices choices) {
    this.queue = new MpscArrayQueue<>(queueCapacity);
    this.lowLevelThreshold = (int) (queue.capacity() * LOW_LEVEL_SHARE);
    this.batchSize = batchSize;
    this.meters = new Meters(choices);
    meters.counter(
        Families.OBSERVATIONS_DROPPED,
        "Observations that were dropped, by kind and reason",
        Tags.of("kind", "low_level", "reason", "queue_full"),
        droppedLowLevel,
        LongAdder::sum);
    gauge(
        Families.QUEUE_CAPACITY,
        "Observations that the queue can hold",
        Tags.empty(),
        queue::capacity);
  }

  @Override
  public void settled(Payment payment) {
    if (queue.offer(payment)) {
      wakeWhenDue();
    } else {
      update(meters -> meters.apply(payment));
    }
  }

  @Override
  public void timed(Operation operation, Outcome outcome, Duration took) {
    OperationTimed timed = new OperationTimed(operation, outcome, took.toNanos());
    if (queue.offerIfBelowThreshold(timed, lowLevelThreshold)) {
      wakeWhenDue();
    } else {
      droppedLowLevel.increment();
    }
  }

  /** Who is to call {@link #flush} when a batch is full. Called from recording threads; cheap. */
  void onFullBatch(Runnable wake) {
    this.wake = wake;
  }

  /** Applies everything recorded before the call, in batches that let others have a turn. */
  public void flush() {
    woken.set(false);
    int waiting = queue.size();
    while (waiting > 0) {
      int batch = Math.min(waiting, batchSize);
      update(meters -> drain(batch));
      waiting -= batch;
    }
  }

  /** Applies everything recorded before the call, and takes a snapshot of our families. */
  MetricSnapshots snapshot() {
    turn.lock();
    try {
      drain(queue.size());
      return meters.snapshot();
    } finally {
      turn.unlock();
    }
  }

  /** Changes meters outside the queue, as one part that no scrape can fall into. */
  void update(Consumer<Meters> change) {
    turn.lock();
    try {
      change.accept(meters);
    } finally {
      turn.unlock();
    }
  }

  /**
   * Shows a database's connection pool.
   *
   * @param active how many connections are in use; read in every scrape, must not block
   */
  public void connections(String database, String pool, int max, DoubleSupplier active) {
    Tags labels = Tags.of("database", database, "pool", pool);
    gauge(
        Families.DATABASE_CONNECTIONS_ACTIVE,
        "Connections to the database that are in use",
        labels,
        active);
    gauge(
        Families.DATABASE_CONNECTIONS_MAX, "Connections that the pool may open", labels, () -> max);
  }

  private void gauge(String family, String help, Tags labels, DoubleSupplier value) {
    update(meters -> meters.gauge(family, help, labels, value));
  }

  /**
   * Polls a counted number of times, where the queue's own drain would stop at a slot that a
   * preempted producer has claimed and not filled, and miss the finished ones behind it.
   */
  private void drain(int count) {
    for (int i = 0; i < count; i++) {
      Object observation = queue.poll();
      if (observation instanceof Payment payment) {
        meters.apply(payment);
      } else if (observation instanceof OperationTimed timed) {
        meters.apply(timed);
      } else {
        return; // Another turn took the rest.
      }
    }
  }

  /** Wakes once for all that comes until the next flush, not once for each batch. */
  private void wakeWhenDue() {
    if (queue.size() >= batchSize && !woken.get() && woken.compareAndSet(false, true)) {
      wake.run();
    }
  }
}
