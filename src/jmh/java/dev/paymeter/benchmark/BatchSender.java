package dev.paymeter.benchmark;

import dev.paymeter.support.load.BusPublisher;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/** A publisher in the service's cluster that keeps several batches in flight. */
final class BatchSender implements AutoCloseable {
  static final int IN_FLIGHT = 8;

  private final BusPublisher publisher;
  private final int rows;
  private final AtomicLong accepted = new AtomicLong();
  private final Queue<String> failures = new ConcurrentLinkedQueue<>();

  private BatchSender(BusPublisher publisher, int rows) {
    this.publisher = publisher;
    this.rows = rows;
  }

  /**
   * Returns when it is a member.
   *
   * @param seed host and port of the service
   * @param rows of each batch
   */
  static BatchSender join(String seed, int rows) {
    return new BatchSender(BusPublisher.join(ChildJvm.CLUSTER, List.of(seed)), rows);
  }

  /** The result of one window, in which every row was accepted. */
  record Window(long accepted, double rowsPerSecond) {}

  /**
   * Sends for two of the plan's windows, then waits for the last replies.
   *
   * @param batches creates a message's body; called on an event loop
   * @throws IllegalStateException if a batch had no reply, or was not accepted completely
   */
  Window send(String address, Supplier<?> batches, MeasurementPlan measurementPlan)
      throws InterruptedException {
    accepted.set(0);
    long start = System.nanoTime();
    long end = start + 2L * measurementPlan.windowMillis() * 1_000_000;
    AtomicInteger running = new AtomicInteger(IN_FLIGHT);
    for (int i = 0; i < IN_FLIGHT; i++) {
      publisher.runOnEventLoop(() -> sendNext(address, batches, end, running));
    }
    while (running.get() > 0) {
      Thread.sleep(1);
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    if (!failures.isEmpty()) {
      throw new IllegalStateException(accepted + " rows accepted; failures: " + failures);
    }
    return new Window(accepted.get(), accepted.get() / seconds);
  }

  private void sendNext(String address, Supplier<?> batches, long end, AtomicInteger running) {
    publisher
        .request(address, batches.get())
        .onSuccess(
            reply -> {
              int acceptedRows = ((JsonObject) reply).getInteger("accepted", 0);
              accepted.addAndGet(acceptedRows);
              if (acceptedRows != rows) {
                failures.add(reply.toString());
              }
            })
        .onFailure(failure -> failures.add(failure.toString()))
        .onComplete(
            done -> {
              if (System.nanoTime() < end && failures.isEmpty()) {
                sendNext(address, batches, end, running);
              } else {
                running.decrementAndGet();
              }
            });
  }

  @Override
  public void close() {
    publisher.close();
  }
}
