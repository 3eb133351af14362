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
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Delivery of one message, at least once: retries with exponential backoff until there is a reply
 * or the limits are reached. Paymeter deduplicates rows by their ids or sequence numbers.
 */
final class Delivery {
  private final Channel channel;
  private final List<@Nullable Object[]> rows;
  private final long start = System.nanoTime();
  private final Promise<Optional<BatchReply>> end = Promise.promise();
  private BatchEncoder.EncodedBatch encodedBatch;
  private boolean mayHaveArrived;
  private int attempts;

  /** The messages of one kind: their destination and how they are encoded and retried. */
  record Channel(Vertx vertx, PublisherOptions options, RowKind kind, BatchEncoder encoder) {}

  Delivery(Channel channel, List<@Nullable Object[]> rows) {
    this.channel = channel;
    this.rows = rows;
    this.encodedBatch = channel.encoder().encode(rows);
  }

  /**
   * Sends the message.
   *
   * @return the reply; empty if the delivery was given up. Never fails
   */
  Future<Optional<BatchReply>> send() {
    attempt(channel.options().firstPause());
    return end.future();
  }

  /** Ends the delivery without a reply. */
  void giveUp() {
    end.tryComplete(Optional.empty());
  }

  private void attempt(Duration pause) {
    attempts++;
    DeliveryOptions options =
        new DeliveryOptions().setSendTimeout(channel.options().replyTimeout().toMillis());
    channel
        .vertx()
        .eventBus()
        .request(channel.kind().address(), encodedBatch.body(), options)
        .map(Message::body)
        .onComplete(
            reply ->
                BatchReply.read(reply.result(), rows.size())
                    .ifPresentOrElse(valid -> replied(valid, pause), () -> failed(reply, pause)));
  }

  private void replied(BatchReply reply, Duration pause) {
    if (encodedBatch.isNumbered() && reply.rejectsSequence()) {
      channel.encoder().sessionLost(encodedBatch);
      if (mayHaveArrived) {
        giveUp();
        return;
      }
      if (canRetry()) {
        encodedBatch = channel.encoder().encode(rows);
        retry(pause);
        return;
      }
    }
    channel.encoder().acknowledged(encodedBatch);
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
        channel.encoder().sessionLost(encodedBatch); // the next instance does not have it
        giveUp();
        return;
      }
      if (!channel.encoder().mayReuseNumbers(encodedBatch)) {
        encodedBatch = channel.encoder().encode(rows);
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
    Vertx vertx = channel.vertx();
    vertx.setTimer(
        jittered(pause),
        timer -> {
          if (!end.future().isComplete()) {
            attempt(doubled(pause));
          }
        });
  }

  private boolean canRetry() {
    return attempts < channel.kind().maxAttempts(channel.options())
        && System.nanoTime() - start <= channel.options().giveUpAfter().toNanos();
  }

  /** Returns a random duration from half the pause, so that publishers do not retry all at once. */
  private static long jittered(Duration pause) {
    long millis = pause.toMillis();
    return millis - ThreadLocalRandom.current().nextLong(millis / 2 + 1);
  }

  private Duration doubled(Duration pause) {
    return Collections.min(List.of(pause.multipliedBy(2), channel.options().longestPause()));
  }
}
