package dev.paymeter.publisher;

import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Delivery of one message, at least once: retries with exponential backoff until there is a reply
 * or the limits are reached. Paymeter deduplicates rows by their ids or sequence numbers.
 */
final class Delivery {
  private final Vertx vertx;
  private final PublisherOptions options;
  private final RowKind kind;
  private final BatchEncoder batchEncoder;
  private final List<@Nullable Object[]> rows;
  private final long start = System.nanoTime();
  private final Promise<Optional<BatchReply>> end = Promise.promise();
  private BatchEncoder.EncodedBatch encodedBatch;
  private boolean mayHaveArrived;
  private int attempts;

  Delivery(
      Vertx vertx,
      PublisherOptions options,
      RowKind kind,
      BatchEncoder batchEncoder,
      List<@Nullable Object[]> rows) {
    this.vertx = vertx;
    this.options = options;
    this.kind = kind;
    this.batchEncoder = batchEncoder;
    this.rows = rows;
    this.encodedBatch = batchEncoder.encode(rows);
  }

  /**
   * Sends the message.
   *
   * @return the reply; empty if the delivery was given up. Never fails
   */
  Future<Optional<BatchReply>> send() {
    attempt(options.firstPause());
    return end.future();
  }

  /** Ends the delivery without a reply. */
  void giveUp() {
    end.tryComplete(Optional.empty());
  }

  private void attempt(Duration pause) {
    attempts++;
    vertx
        .eventBus()
        .request(
            kind.address(),
            encodedBatch.body(),
            new DeliveryOptions().setSendTimeout(options.replyTimeout().toMillis()))
        .map(Message::body)
        .onComplete(
            reply ->
                BatchReply.read(reply.result(), rows.size())
                    .ifPresentOrElse(valid -> replied(valid, pause), () -> failed(reply, pause)));
  }

  private void replied(BatchReply reply, Duration pause) {
    if (encodedBatch.isNumbered() && reply.rejectsSequence()) {
      batchEncoder.sessionLost(encodedBatch);
      if (mayHaveArrived) {
        giveUp();
        return;
      }
      if (canRetry()) {
        encodedBatch = batchEncoder.encode(rows);
        retry(pause);
        return;
      }
    }
    batchEncoder.acknowledged(encodedBatch);
    end.tryComplete(Optional.of(reply));
  }

  /** Retries. Numbered rows may not be sent again under other numbers if they may have arrived. */
  private void failed(AsyncResult<?> reply, Duration pause) {
    boolean isNoConsumer =
        reply.cause() instanceof ReplyException failure
            && failure.failureType() == ReplyFailure.NO_HANDLERS;
    mayHaveArrived |= !isNoConsumer;
    if (isNoConsumer && encodedBatch.isNumbered()) {
      if (mayHaveArrived) {
        batchEncoder.sessionLost(encodedBatch); // the next instance does not have it
        giveUp();
        return;
      }
      if (!batchEncoder.mayReuseNumbers(encodedBatch)) {
        encodedBatch = batchEncoder.encode(rows);
      }
    }
    retry(pause);
  }

  private void retry(Duration pause) {
    if (!canRetry()) {
      giveUp();
    }
    if (end.future().isComplete()) {
      return;
    }
    vertx.setTimer(
        jittered(pause),
        timer -> {
          if (!end.future().isComplete()) {
            attempt(doubled(pause));
          }
        });
  }

  private boolean canRetry() {
    return attempts < kind.maxAttempts(options)
        && System.nanoTime() - start <= options.giveUpAfter().toNanos();
  }

  /** Returns a random duration from half the pause, so that publishers do not retry all at once. */
  private static long jittered(Duration pause) {
    long millis = pause.toMillis();
    return millis - ThreadLocalRandom.current().nextLong(millis / 2 + 1);
  }

  private Duration doubled(Duration pause) {
    Duration next = pause.multipliedBy(2);
    return next.compareTo(options.longestPause()) < 0 ? next : options.longestPause();
  }
}
