package dev.paymeter.publisher;

import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.LongAdder;

/** Counts a publisher's rows and limits those in memory. Safe from any thread. */
final class DeliveryCounters {
  private final int capacity;
  private final Semaphore permits;
  private final LongAdder accepted = new LongAdder();
  private final LongAdder dropped = new LongAdder();
  private final LongAdder duplicates = new LongAdder();
  private final LongAdder rejected = new LongAdder();
  private final LongAdder refused = new LongAdder();
  private final LongAdder givenUp = new LongAdder();

  DeliveryCounters(int capacity) {
    this.capacity = capacity;
    this.permits = new Semaphore(capacity);
  }

  /** Reserves capacity for one row; returns false if there is none. */
  boolean tryReserve() {
    return permits.tryAcquire();
  }

  private int held() {
    return capacity - permits.availablePermits();
  }

  void recordRefused() {
    refused.increment();
  }

  void recordReply(BatchReply reply) {
    accepted.add(reply.accepted());
    dropped.add(reply.dropped());
    duplicates.add(reply.duplicates());
    rejected.add(reply.rejected().size());
    permits.release(reply.rows());
  }

  void recordGivenUp(int rows) {
    givenUp.add(rows);
    permits.release(rows);
  }

  boolean isIdle() {
    return held() == 0;
  }

  PublisherCounts read() {
    return new PublisherCounts(
        held(), accepted.sum(), duplicates.sum(), rejected.sum(), refused.sum(), givenUp.sum());
  }

  OperationCounts readOperations() {
    return new OperationCounts(
        held(),
        accepted.sum(),
        duplicates.sum(),
        rejected.sum(),
        refused.sum(),
        dropped.sum(),
        givenUp.sum());
  }
}
