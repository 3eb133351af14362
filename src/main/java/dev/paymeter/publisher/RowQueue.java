package dev.paymeter.publisher;

import io.vertx.core.Context;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Queue of rows of one kind, and their messages in flight. Rows are added from any thread;
 * everything else runs on the publisher's context.
 */
final class RowQueue {
  private final Delivery.Channel channel;
  private final Context context;
  private final DeliveryCounters deliveryCounters;
  private final BiConsumer<Optional<BatchReply>, List<@Nullable Object[]>> onEnd;
  private final Queue<@Nullable Object[]> waiting = new ArrayDeque<>(); // guarded by itself
  private boolean isClosed; // guarded by waiting

  // Confined to the context.
  private final Set<Delivery> inFlight = new HashSet<>();
  private int due;

  /**
   * @param onEnd called on the context with the rows of each message, and their reply; empty if
   *     they were given up
   */
  RowQueue(
      Delivery.Channel channel,
      Context context,
      DeliveryCounters deliveryCounters,
      BiConsumer<Optional<BatchReply>, List<@Nullable Object[]>> onEnd) {
    this.channel = channel;
    this.context = context;
    this.deliveryCounters = deliveryCounters;
    this.onEnd = onEnd;
  }

  /** Adds a row, from any thread; returns false if there is no capacity, or the queue is closed. */
  boolean offer(@Nullable Object... row) {
    boolean isFull;
    synchronized (waiting) {
      if (isClosed || !deliveryCounters.tryReserve()) {
        deliveryCounters.recordRefused();
        return false;
      }
      waiting.add(row);
      isFull = waiting.size() % batchSize() == 0;
    }
    if (isFull) {
      context.runOnContext(now -> sendReady());
    }
    return true;
  }

  private int batchSize() {
    return channel.options().batchSize();
  }

  /** Sends all queued rows, without waiting for full batches. */
  void sendAll() {
    synchronized (waiting) {
      due = waiting.size();
    }
    sendReady();
  }

  /** Refuses further rows, from any thread. */
  void close() {
    synchronized (waiting) {
      isClosed = true;
    }
  }

  /** Ends the queued rows and the messages in flight as given up. */
  void giveUpAll() {
    List<@Nullable Object[]> rows =
        take(Integer.MAX_VALUE); // first: an ended delivery starts the next one
    List.copyOf(inFlight).forEach(Delivery::giveUp);
    if (!rows.isEmpty()) {
      onEnd.accept(Optional.empty(), rows);
    }
  }

  private void sendReady() {
    while (inFlight.size() < channel.options().inFlight()) {
      List<@Nullable Object[]> rows = nextBatch();
      if (rows.isEmpty()) {
        return;
      }
      send(rows);
    }
  }

  private List<@Nullable Object[]> nextBatch() {
    synchronized (waiting) {
      boolean isReady = waiting.size() >= batchSize() || due > 0;
      List<@Nullable Object[]> batch = isReady ? take(batchSize()) : List.of();
      due = Math.max(0, due - batch.size());
      return batch;
    }
  }

  private List<@Nullable Object[]> take(int max) {
    List<@Nullable Object[]> rows = new ArrayList<>();
    synchronized (waiting) {
      while (rows.size() < max && !waiting.isEmpty()) {
        rows.add(waiting.remove());
      }
    }
    return rows;
  }

  private void send(List<@Nullable Object[]> rows) {
    Delivery delivery = new Delivery(channel, rows);
    inFlight.add(delivery);
    delivery
        .send()
        .onSuccess(
            reply -> {
              inFlight.remove(delivery);
              sendReady();
              onEnd.accept(reply, rows);
            });
  }
}
