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
 * One message on its way: sent again, the same, with growing pauses, until it is answered or given
 * up. Whoever answers, and however often it arrived, its rows count once: their ids or numbers
 * tell.
 */
final class Delivery {
  private final Vertx vertx;
  private final PublisherOptions options;
  private final RowKind kind;
  private final BatchEncoder batchEncoder;
  private final List<@Nullable Object[]> rows;
  private final long start = System.nanoTime();
  private final Promise<Optional<BatchReply>> end = Promise.promise();
  private BatchEncoder.Parcel parcel;
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
    this.parcel = batchEncoder.pack(rows);
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
    attempts++;
    vertx
        .eventBus()
        .request(
            kind.address(),
            parcel.body(),
            new DeliveryOptions().setSendTimeout(options.replyTimeout().toMillis()))
        .map(Message::body)
        .onComplete(
            answer ->
                BatchReply.read(answer.result(), rows.size())
                    .ifPresentOrElse(reply -> answered(reply, pause), () -> failed(answer, pause)));
  }

  private void answered(BatchReply reply, Duration pause) {
    if (parcel.isNumbered() && reply.refusesNumbers()) {
      batchEncoder.forgotten(parcel);
      if (mayHaveArrived) {
        giveUp();
        return;
      }
      if (mayBeSentAgain()) {
        parcel = batchEncoder.pack(rows);
        again(pause);
        return;
      }
    }
    batchEncoder.answered(parcel);
    end.tryComplete(Optional.of(reply));
  }

  /** Nobody there, nobody who answers, nobody who can: all the same to rows that have ids. */
  private void failed(AsyncResult<?> answer, Duration pause) {
    boolean isNobodyThere =
        answer.cause() instanceof ReplyException failure
            && failure.failureType() == ReplyFailure.NO_HANDLERS;
    mayHaveArrived |= !isNobodyThere;
    if (isNobodyThere && parcel.isNumbered()) {
      if (mayHaveArrived) {
        batchEncoder.forgotten(parcel); // By whoever comes next.
        giveUp();
        return;
      }
      if (!batchEncoder.mayGoOn(parcel)) {
        parcel = batchEncoder.pack(rows);
      }
    }
    again(pause);
  }

  private void again(Duration pause) {
    if (!mayBeSentAgain()) {
      giveUp();
    }
    if (end.future().isComplete()) {
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

  private boolean mayBeSentAgain() {
    return attempts < kind.mostAttempts(options)
        && System.nanoTime() - start <= options.giveUpAfter().toNanos();
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
