package dev.paymeter.publisher;

import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Reports the last known size of each connection pool: when it changes, until there is a reply, and
 * then periodically, because Paymeter discards it after a minute. Sizes are set from any thread;
 * everything else runs on the publisher's context.
 */
final class PoolReporter {
  static final int MAX_POOLS = 100;

  private final Vertx vertx;
  private final String publisher;
  private final Duration replyTimeout;
  private final Duration repeatInterval;
  private final Handler<UnpublishedRow> onRejected;
  private final Map<String, Pool> pools = new ConcurrentHashMap<>();
  private volatile boolean isClosed;

  /** State of a pool. All fields but {@code latest} are confined to the context. */
  private static final class Pool {
    volatile JsonObject latest; // never modified
    JsonObject acknowledged = new JsonObject();
    long acknowledgedNanos;
    boolean isInFlight;

    Pool(JsonObject latest) {
      this.latest = latest;
    }
  }

  /**
   * @param onRejected called on the context for each rejected report
   */
  PoolReporter(
      Vertx vertx,
      String publisher,
      Duration replyTimeout,
      Duration repeatInterval,
      Handler<UnpublishedRow> onRejected) {
    this.vertx = vertx;
    this.publisher = publisher;
    this.replyTimeout = replyTimeout;
    this.repeatInterval = repeatInterval;
    this.onRejected = onRejected;
  }

  /** Sets a pool's size to be reported; returns false if closed, or there are too many pools. */
  boolean report(String database, String pool, int active, int max) {
    JsonObject latest =
        new JsonObject()
            .put("kind", "connections")
            .put("publisher", publisher)
            .put("database", database)
            .put("pool", pool)
            .put("active", active)
            .put("max", max);
    String key = database + '/' + pool;
    if (isClosed || (pools.size() >= MAX_POOLS && !pools.containsKey(key))) {
      return false;
    }
    pools.computeIfAbsent(key, first -> new Pool(latest)).latest = latest;
    return true;
  }

  /** Sends the reports that are due; called periodically. */
  void sendDue() {
    pools.values().stream().filter(this::isDue).forEach(this::send);
  }

  /** Stops reporting, from any thread. */
  void close() {
    isClosed = true;
    pools.clear();
  }

  private boolean isDue(Pool pool) {
    return !pool.isInFlight
        && (!pool.acknowledged.equals(pool.latest)
            || System.nanoTime() - pool.acknowledgedNanos >= repeatInterval.toNanos());
  }

  private void send(Pool pool) {
    JsonObject sent = pool.latest;
    pool.isInFlight = true;
    vertx
        .eventBus()
        .request(
            RowKind.OPERATION.address(),
            sent,
            new DeliveryOptions().setSendTimeout(replyTimeout.toMillis()))
        .onComplete(
            reply -> {
              pool.isInFlight = false;
              if (reply.succeeded() && reply.result().body() instanceof JsonObject body) {
                acknowledge(pool, sent, body);
              }
            });
  }

  /** Records a valid reply; after any other reply the report is due again. */
  private void acknowledge(Pool pool, JsonObject sent, JsonObject reply) {
    Object outcome = reply.getValue("outcome");
    if (!"accepted".equals(outcome) && !"rejected".equals(outcome)) {
      return;
    }
    pool.acknowledged = sent;
    pool.acknowledgedNanos = System.nanoTime();
    if ("rejected".equals(outcome)) {
      JsonArray errors =
          reply.getValue("errors") instanceof JsonArray array ? array : new JsonArray();
      JsonObject row = sent.copy();
      row.remove("kind");
      row.remove("publisher");
      onRejected.handle(new UnpublishedRow("connections", row, errors));
    }
  }
}
