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
 * Rows of one kind, waiting or on their way. Rows come from any thread; everything else happens on
 * the publisher's context.
 */
final class RowQueue {
  private final RowKind kind;
  private final BatchEncoder batchEncoder;
  private final Vertx vertx;
  private final Context context;
  private final PublisherOptions options;
  private final DeliveryCounters deliveryCounters;
  private final BiConsumer<Optional<BatchReply>, Sent> onEnd;
  private final Queue<@Nullable Object[]> waiting = new ArrayDeque<>(); // guarded by itself
  private boolean isClosed; // guarded by waiting

  // Of the context alone.
  private final Map<Delivery, Sent> onTheirWay = new HashMap<>();
  private int due;

  /** The rows of one message. */
  record Sent(RowKind kind, List<@Nullable Object[]> rows) {}

  /**
   * @param onEnd gets every message that was answered or, without an answer, given up; on the
   *     context
   */
  RowQueue(
      RowKind kind,
      BatchEncoder batchEncoder,
      Vertx vertx,
      Context context,
      PublisherOptions options,
      DeliveryCounters deliveryCounters,
      BiConsumer<Optional<BatchReply>, Sent> onEnd) {
    this.kind = kind;
    this.batchEncoder = batchEncoder;
    this.vertx = vertx;
    this.context = context;
    this.options = options;
    this.deliveryCounters = deliveryCounters;
    this.onEnd = onEnd;
  }

  /** Takes a row, from any thread, or refuses it. */
  boolean offer(@Nullable Object... row) {
    boolean isFull;
    synchronized (waiting) {
      if (isClosed) {
        deliveryCounters.refuse();
        return false;
      }
      if (!deliveryCounters.admit()) {
        return false;
      }
      waiting.add(row);
      isFull = waiting.size() % options.batchSize() == 0;
    }
    if (isFull) {
      context.runOnContext(now -> sendWhatMay());
    }
    return true;
  }

  /** What waits now need not wait for more. */
  void sendAll() {
    synchronized (waiting) {
      due = waiting.size();
    }
    sendWhatMay();
  }

  /** From then on no row is taken. From any thread. */
  void close() {
    synchronized (waiting) {
      isClosed = true;
    }
  }

  /** What waits, and what is on its way. */
  void giveUpAll() {
    List<@Nullable Object[]> rows = take(Integer.MAX_VALUE); // First: what ends makes way for them.
    List.copyOf(onTheirWay.keySet()).forEach(Delivery::giveUp);
    if (!rows.isEmpty()) {
      onEnd.accept(Optional.empty(), new Sent(kind, rows));
    }
  }

  private void sendWhatMay() {
    while (onTheirWay.size() < options.inFlight()) {
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

  private List<@Nullable Object[]> take(int most) {
    List<@Nullable Object[]> rows = new ArrayList<>();
    synchronized (waiting) {
      while (rows.size() < most && !waiting.isEmpty()) {
        rows.add(waiting.remove());
      }
    }
    return rows;
  }

  private void send(List<@Nullable Object[]> rows) {
    Delivery delivery = new Delivery(vertx, options, kind, batchEncoder, rows);
    Sent sent = new Sent(kind, rows);
    onTheirWay.put(delivery, sent);
    delivery
        .send()
        .onSuccess(
            reply -> {
              onTheirWay.remove(delivery);
              sendWhatMay();
              onEnd.accept(reply, sent);
            });
  }
}
