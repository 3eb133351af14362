package dev.paymeter.publisher;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * One message on its way: sent again, the same, with growing pauses, until it is answered or given
 * up. Whoever answers, and however often it arrived, its rows count once: their ids tell.
 */
final class Delivery {
  private final Vertx vertx;
  private final PublisherOptions options;
  private final String address;
  private final JsonObject message;
  private final int rows;
  private final long start = System.nanoTime();
  private final Promise<Optional<BatchReply>> end = Promise.promise();

  Delivery(Vertx vertx, PublisherOptions options, String address, JsonObject message, int rows) {
    this.vertx = vertx;
    this.options = options;
    this.address = address;
    this.message = message;
    this.rows = rows;
  }

  /**
   * Sends it.
   *
   * @return what it came to; nothing where it was given up. Never fails
   */
  Future<Optional<BatchReply>> send() {
    attempt(options.firstPause());
    return end.future();
  }

  /** To be called where nobody can wait any longer. */
  void giveUp() {
    end.tryComplete(Optional.empty());
  }

  private void attempt(Duration pause) {
    vertx
        .eventBus()
        .request(
            address,
            message,
            new DeliveryOptions().setSendTimeout(options.replyTimeout().toMillis()))
        .map(Message::body)
        .otherwiseEmpty() // Nobody there, nobody who answers, nobody who can: all the same to us.
        .onSuccess(
            body ->
                BatchReply.read(body, rows)
                    .ifPresentOrElse(
                        reply -> end.tryComplete(Optional.of(reply)), () -> again(pause)));
  }

  private void again(Duration pause) {
    if (end.future().isComplete()) {
      return;
    }
    if (System.nanoTime() - start > options.giveUpAfter().toNanos()) {
      giveUp();
      return;
    }
    vertx.setTimer(
        jittered(pause),
        passed -> {
          if (!end.future().isComplete()) {
            attempt(longer(pause));
          }
        });
  }

  /** So that publishers who lost the same instance do not all come back at once. */
  private static long jittered(Duration pause) {
    long millis = pause.toMillis();
    return millis - ThreadLocalRandom.current().nextLong(millis / 2 + 1);
  }

  private Duration longer(Duration pause) {
    Duration doubled = pause.multipliedBy(2);
    return doubled.compareTo(options.longestPause()) < 0 ? doubled : options.longestPause();
  }
}
