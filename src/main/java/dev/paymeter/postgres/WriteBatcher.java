package dev.paymeter.postgres;

import dev.paymeter.payment.port.Futures;
import dev.paymeter.payment.port.LedgerUnavailableException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Batches the writes of concurrent callers. Each row has its own outcome. Safe from any thread;
 * results come on the caller's context.
 *
 * @param <R> a row
 * @param <A> its outcome
 */
final class WriteBatcher<R, A> {
  // At a low rate, each row is sent at once, in its own statement. When maxSingle such statements
  // or a batch are in flight, further rows are queued. All queued rows are sent as one batch when a
  // statement completes. Normally one batch is in flight, so that the next one collects as many
  // rows as possible. There is no timer. PostgreSQL flushes its log once for a batch (group commit:
  // DeWitt et al., Implementation Techniques for Main Memory Database Systems, SIGMOD '84), and the
  // rows share the fixed cost of a statement, which is several times that of a row.
  //
  // By Little's law (A Proof for the Queuing Formula L = λW, Operations Research 9, 1961), the
  // number of statements in flight is the rate multiplied by the duration of one. While that is
  // well below maxSingle, rows are nearly never queued. Above it, batches grow until they keep up
  // with the rate: the larger the batch, the cheaper each row.

  /** Bounds the duration of a statement, and so the wait of callers for the rows in it. */
  static final int MAX_BATCH_SIZE = 500;

  /** About 20 MB. Rows beyond this bound are rejected at once. */
  static final int MAX_QUEUED_ROWS = 10_000;

  /** The time after which queued rows no longer wait for the statements in flight. */
  static final Duration SLOW_AFTER = Duration.ofMillis(250);

  /** A writer of several rows in one statement. */
  @FunctionalInterface
  interface BatchWriter<R, A> {
    /**
     * Writes all rows or none.
     *
     * @return the outcome of each row, in the same order; fails if nothing was written, or with
     *     {@link LedgerUnavailableException} if that is unknown
     */
    Future<List<Future<A>>> write(List<R> rows);
  }

  private record QueuedRow<R, A>(
      R row, Promise<A> outcome, @Nullable ContextInternal caller, long queuedAt) {}

  private final BatchWriter<R, A> writer;
  private final Comparator<R> order;
  private final int maxSingle;
  private final Duration timeout;
  private final LongSupplier nanoTime;

  // Guarded by this. Rows are queued only while a statement is in flight.
  private final Deque<QueuedRow<R, A>> queue = new ArrayDeque<>();
  private int single;
  private int batches;
  private long lastSent;

  /**
   * @param order the order in which rows are written, so that two statements cannot deadlock
   * @param maxSingle maximum number of statements in flight that write a single row; {@link
   *     Integer#MAX_VALUE} turns batching off
   * @param timeout longest wait of a queued row for its outcome
   */
  WriteBatcher(
      BatchWriter<R, A> writer,
      Comparator<R> order,
      int maxSingle,
      Duration timeout,
      LongSupplier nanoTime) {
    this.writer = writer;
    this.order = order;
    this.maxSingle = maxSingle;
    this.timeout = timeout;
    this.nanoTime = nanoTime;
  }

  /**
   * Writes a row.
   *
   * @return its outcome; fails with {@link LedgerUnavailableException} if the outcome is not known
   *     in time, or too many rows are queued
   */
  Future<A> write(R row) {
    QueuedRow<R, A> queued;
    List<QueuedRow<R, A>> batch;
    synchronized (this) {
      if (single < maxSingle && batches == 0 && queue.isEmpty()) {
        single++;
        lastSent = nanoTime.getAsLong();
        queued = null;
        batch = List.of();
      } else if (queue.size() < MAX_QUEUED_ROWS) {
        queued = queued(row);
        queue.add(queued);
        batch = isSlow() ? takeBatch() : List.of();
      } else {
        return Future.failedFuture(
            new LedgerUnavailableException(
                "the ledger is overloaded: " + MAX_QUEUED_ROWS + " rows are queued"));
      }
    }
    if (queued == null) {
      return Futures.attempt(() -> writer.write(List.of(row)))
          .compose(outcomes -> outcomes.get(0))
          .onComplete(done -> completed(() -> single--));
    }
    send(batch);
    return queued
        .outcome()
        .future()
        .timeout(timeout.toMillis(), TimeUnit.MILLISECONDS)
        .recover(failure -> Future.failedFuture(StatementExecutor.asLedgerFailure(failure)));
  }

  private QueuedRow<R, A> queued(R row) {
    ContextInternal caller = ContextInternal.current();
    Promise<A> outcome = caller == null ? Promise.promise() : caller.promise();
    return new QueuedRow<>(row, outcome, caller, nanoTime.getAsLong());
  }

  private void completed(Runnable decrement) {
    List<QueuedRow<R, A>> batch;
    synchronized (this) {
      decrement.run();
      batch = batches == 0 ? takeBatch() : List.of();
    }
    send(batch);
  }

  /**
   * Returns true if the last statement was sent long ago. All statements in flight are then slow,
   * because a completed one would have sent the queue. So a dead connection or a locked row does
   * not stop all writes.
   */
  private boolean isSlow() {
    return batches < maxSingle && nanoTime.getAsLong() - lastSent > SLOW_AFTER.toNanos();
  }

  private List<QueuedRow<R, A>> takeBatch() {
    List<QueuedRow<R, A>> batch = new ArrayList<>();
    while (batch.size() < MAX_BATCH_SIZE && !queue.isEmpty()) {
      batch.add(queue.remove());
    }
    if (!batch.isEmpty()) {
      batches++;
      lastSent = nanoTime.getAsLong();
    }
    return batch;
  }

  private void send(List<QueuedRow<R, A>> batch) {
    if (!batch.isEmpty()) {
      batch.sort(Comparator.comparing(QueuedRow::row, order));
      runOnCaller(
          batch.get(0), () -> writeBatch(batch).onComplete(done -> completed(() -> batches--)));
    }
  }

  /** Runs on the context of one of the callers, so that their threads share the work. */
  private static void runOnCaller(QueuedRow<?, ?> row, Runnable action) {
    if (row.caller() == null) {
      action.run();
    } else {
      row.caller().runOnContext(now -> action.run());
    }
  }

  /** Never fails: each row has its own outcome. Skips rows whose caller has timed out. */
  private Future<Void> writeBatch(List<QueuedRow<R, A>> batch) {
    long now = nanoTime.getAsLong();
    List<QueuedRow<R, A>> rows =
        batch.stream().filter(row -> now - row.queuedAt() < timeout.toNanos()).toList();
    if (rows.isEmpty()) {
      return Future.succeededFuture();
    }
    return Futures.attempt(() -> writer.write(rows.stream().map(QueuedRow::row).toList()))
        .compose(
            outcomes -> {
              for (int i = 0; i < outcomes.size(); i++) {
                outcomes.get(i).onComplete(rows.get(i).outcome());
              }
              return Future.succeededFuture();
            },
            failure -> {
              if (failure instanceof LedgerUnavailableException || rows.size() == 1) {
                rows.forEach(row -> row.outcome().fail(failure));
                return Future.succeededFuture();
              }
              return writeHalves(rows);
            });
  }

  /** Writes a rejected batch in ever smaller parts, until each invalid row is isolated. */
  private Future<Void> writeHalves(List<QueuedRow<R, A>> rows) {
    int half = rows.size() / 2;
    return writeBatch(rows.subList(0, half))
        .compose(written -> writeBatch(rows.subList(half, rows.size())));
  }
}
