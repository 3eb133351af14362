package dev.paymeter.support.load;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A continuous load of event reports over the bus, with a fixed number in flight. Each event is
 * sent again, with the same id, until it is acknowledged.
 */
public final class BusLoad implements AutoCloseable {
  private static final Executor DELAYED =
      CompletableFuture.delayedExecutor(50, TimeUnit.MILLISECONDS);

  private final BusPublisher publisher;
  private final Phaser reporters;
  private final AtomicLong ids = new AtomicLong();
  private final AtomicLong acknowledged = new AtomicLong();
  private final AtomicLong repeated = new AtomicLong();
  private volatile boolean stopped;

  private BusLoad(BusPublisher publisher, int reporters) {
    this.publisher = publisher;
    this.reporters = new Phaser(reporters + 1);
  }

  public static BusLoad start(BusPublisher publisher, int reporters) {
    BusLoad load = new BusLoad(publisher, reporters);
    for (int i = 0; i < reporters; i++) {
      load.next();
    }
    return load;
  }

  private void next() {
    if (stopped) {
      reporters.arriveAndDeregister();
    } else {
      send("bus-" + ids.incrementAndGet());
    }
  }

  private void send(String id) {
    publisher
        .report(id)
        .onComplete(
            (outcome, failure) -> {
              if ("accepted".equals(outcome) || "duplicate".equals(outcome)) {
                acknowledged.incrementAndGet();
                DELAYED.execute(this::next);
              } else {
                repeated.incrementAndGet();
                DELAYED.execute(() -> send(id));
              }
            });
  }

  /** Returns the number of acknowledged events. */
  public long acknowledged() {
    return acknowledged.get();
  }

  /** Returns the number of messages sent again. */
  public long repeated() {
    return repeated.get();
  }

  /** Starts no new events; returns when all are acknowledged. */
  public void stop() {
    stopped = true;
    reporters.arriveAndAwaitAdvance();
  }

  @Override
  public void close() {
    stopped = true;
  }
}
