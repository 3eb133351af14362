package dev.paymeter.publisher;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** Counts a publisher's rows, and bounds those that are held. Safe from any thread. */
final class Tally {
  private final int capacity;
  private final AtomicLong held = new AtomicLong();
  private final LongAdder accepted = new LongAdder();
  private final LongAdder dropped = new LongAdder();
  private final LongAdder duplicates = new LongAdder();
  private final LongAdder rejected = new LongAdder();
  private final LongAdder refused = new LongAdder();
  private final LongAdder givenUp = new LongAdder();

  Tally(int capacity) {
    this.capacity = capacity;
  }

  /** Makes room for one row; where there is none, it counts as refused. */
  boolean admit() {
    if (held.incrementAndGet() <= capacity) {
      return true;
    }
    held.decrementAndGet();
    refuse();
    return false;
  }

  void refuse() {
    refused.increment();
  }

  void answered(BatchReply reply) {
    accepted.add(reply.accepted());
    dropped.add(reply.dropped());
    duplicates.add(reply.duplicates());
    rejected.add(reply.rejected().size());
    held.addAndGet(-reply.rows());
  }

  void gaveUp(int rows) {
    givenUp.add(rows);
    held.addAndGet(-rows);
  }

  boolean isIdle() {
    return held.get() == 0;
  }

  PublisherCounts read() {
    return new PublisherCounts(
        held.get(), accepted.sum(), duplicates.sum(), rejected.sum(), refused.sum(), givenUp.sum());
  }

  /** The same of operations. */
  OperationCounts readOperations() {
    return new OperationCounts(
        held.get(),
        accepted.sum(),
        duplicates.sum(),
        rejected.sum(),
        refused.sum(),
        dropped.sum(),
        givenUp.sum());
  }
}
