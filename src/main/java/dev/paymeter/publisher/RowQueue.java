package dev.paymeter.publisher;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Queue of rows of one kind, and their messages in flight. Rows are added from any thread;
 * everything else runs on the publisher's context.
 */
final class RowQueue {
  private final RowKind kind;
  private final BatchEncoder batchEncoder;
  private final Vertx vertx;
  private final Context context;
  private final PublisherOptions options;
  private final DeliveryCounters deliveryCounters;
  private final BiConsumer<Optional<BatchReply>, SentBatch> onEnd;
  private final Queue<@Nullable Object[]> waiting = new ArrayDeque<>(); // guarded by itself
  private boolean isClosed; // guarded by waiting

  // Confined to the context.
  private final Map<Delivery, SentBatch> inFlight = new HashMap<>();
  private int due;

  /** The rows of one message. */
  record SentBatch(RowKind kind, List<@Nullable Object[]> rows) {}

  /**
   * @param onEnd called on the context for each message with a reply, or given up without one
   */
  RowQueue(
      RowKind kind,
      BatchEncoder batchEncoder,
      Vertx vertx,
      Context context,
      PublisherOptions options,
      DeliveryCounters deliveryCounters,
      BiConsumer<Optional<BatchReply>, SentBatch> onEnd) {
    this.kind = kind;
    this.batchEncoder = batchEncoder;
    this.vertx = vertx;
    this.context = context;
    this.options = options;
    this.deliveryCounters = deliveryCounters;
    this.onEnd = onEnd;
  }

  /** Adds a row, from any thread; returns false if there is no capacity, or the queue is closed. */
  boolean offer(@Nullable Object... row) {
    boolean isFull;
    synchronized (waiting) {
      if (isClosed) {
        deliveryCounters.recordRefused();
        return false;
      }
      if (!deliveryCounters.tryReserve()) {
        return false;
      }
      waiting.add(row);
      isFull = waiting.size() % options.batchSize() == 0;
    }
    if (isFull) {
      context.runOnContext(now -> sendReady());
    }
    return true;
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
    List.copyOf(inFlight.keySet()).forEach(Delivery::giveUp);
    if (!rows.isEmpty()) {
      onEnd.accept(Optional.empty(), new SentBatch(kind, rows));
    }
  }

  private void sendReady() {
    while (inFlight.size() < options.inFlight()) {
      List<@Nullable Object[]> rows = nextBatch();
      if (rows.isEmpty()) {
        return;
      }
      send(rows);
    }
  }

  private List<@Nullable Object[]> nextBatch() {
    int size;
    synchronized (waiting) {
      size = waiting.size();
    }
    List<@Nullable Object[]> batch =
        size >= options.batchSize() || due > 0 ? take(options.batchSize()) : List.of();
    due = Math.max(0, due - batch.size());
    return batch;
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
    Delivery delivery = new Delivery(vertx, options, kind, batchEncoder, rows);
    SentBatch sentBatch = new SentBatch(kind, rows);
    inFlight.put(delivery, sentBatch);
    delivery
        .send()
        .onSuccess(
            reply -> {
              inFlight.remove(delivery);
              sendReady();
              onEnd.accept(reply, sentBatch);
            });
  }
}
