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
 * What was told last of each pool of connections: sent when it is new, until it is answered, and
 * then again and again, since Paymeter forgets it after a minute. Pools are told of from any
 * thread; everything else happens on the publisher's context.
 */
final class PoolReporter {
  static final int MOST_POOLS = 100;

  private final Vertx vertx;
  private final String publisher;
  private final Duration replyTimeout;
  private final Duration betweenRepeats;
  private final Handler<UnpublishedRow> onRejected;
  private final Map<String, Pool> pools = new ConcurrentHashMap<>();
  private volatile boolean isClosed;

  /** One pool. All but what is to be told belongs to the context. */
  private static final class Pool {
    volatile JsonObject told; // Never changed.
    JsonObject answered = new JsonObject();
    long answeredNanos;
    boolean isAsked;

    Pool(JsonObject told) {
      this.told = told;
    }
  }

  /**
   * @param onRejected is told on the context, each time that one is rejected
   */
  PoolReporter(
      Vertx vertx,
      String publisher,
      Duration replyTimeout,
      Duration betweenRepeats,
      Handler<UnpublishedRow> onRejected) {
    this.vertx = vertx;
    this.publisher = publisher;
    this.replyTimeout = replyTimeout;
    this.betweenRepeats = betweenRepeats;
    this.onRejected = onRejected;
  }

  /** Takes what is to be told, in place of what was before; or refuses it. */
  boolean tell(String database, String pool, int active, int max) {
    JsonObject told =
        new JsonObject()
            .put("kind", "connections")
            .put("publisher", publisher)
            .put("database", database)
            .put("pool", pool)
            .put("active", active)
            .put("max", max);
    String key = database + '/' + pool;
    if (isClosed || (pools.size() >= MOST_POOLS && !pools.containsKey(key))) {
      return false;
    }
    pools.computeIfAbsent(key, first -> new Pool(told)).told = told;
    return true;
  }

  /** Sends what is due. To be called often. */
  void sendDue() {
    pools.values().stream().filter(this::isDue).forEach(this::send);
  }

  /** From then on nothing is told. From any thread. */
  void close() {
    isClosed = true;
    pools.clear();
  }

  private boolean isDue(Pool pool) {
    return !pool.isAsked
        && (!pool.answered.equals(pool.told)
            || System.nanoTime() - pool.answeredNanos >= betweenRepeats.toNanos());
  }

  private void send(Pool pool) {
    JsonObject told = pool.told;
    pool.isAsked = true;
    vertx
        .eventBus()
        .request(
            RowKind.OPERATION.address(),
            told,
            new DeliveryOptions().setSendTimeout(replyTimeout.toMillis()))
        .onComplete(
            reply -> {
              pool.isAsked = false;
              if (reply.succeeded() && reply.result().body() instanceof JsonObject answer) {
                answered(pool, told, answer);
              }
            });
  }

  /** Without an answer that makes sense it is due at once. */
  private void answered(Pool pool, JsonObject told, JsonObject answer) {
    Object outcome = answer.getValue("outcome");
    if (!"accepted".equals(outcome) && !"rejected".equals(outcome)) {
      return;
    }
    pool.answered = told;
    pool.answeredNanos = System.nanoTime();
    if ("rejected".equals(outcome)) {
      JsonArray errors =
          answer.getValue("errors") instanceof JsonArray named ? named : new JsonArray();
      JsonObject row = told.copy();
      row.remove("kind");
      row.remove("publisher");
      onRejected.handle(new UnpublishedRow("connections", row, errors));
    }
  }
}
