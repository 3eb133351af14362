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
 * Writes rows of one kind, those of concurrent callers together. Each row has its own outcome,
 * whoever's it is written with. Safe from any thread; results come on the caller's context.
 *
 * @param <R> a row
 * @param <A> what became of it
 */
final class WriteBatcher<R, A> {
  // Where few rows come, each goes at once, in a statement of its own. Where so many come that all
  // places for those are taken, or rows go together already, further ones wait, and all that wait
  // go together as soon as the statement before them is back: one at a time, so that each takes as
  // many as there are. There is no timer. The log is flushed once for all of a statement (group
  // commit: DeWitt et al., Implementation Techniques for Main Memory Database Systems, SIGMOD '84),
  // and what each statement costs by itself, several times what a row does, is shared, too.
  //
  // By Little's law (A Proof for the Queuing Formula L = λW, Operations Research 9, 1961) the
  // statements under way are the rate times the time that one takes. Where that is well below the
  // number of places there is nearly always a free one, as if nobody gathered. Above it, statements
  // grow until they take as many rows as come: the fuller, the cheaper each row.

  /** Rows of one statement, which stays short: it holds up whoever waits for a row of it. */
  static final int MOST_TOGETHER = 500;

  /** Some 20 MB. Who comes while so many wait is refused at once. */
  static final int MOST_WAITING = 10_000;

  /** After this a statement is slow: others do not wait for it any more. */
  static final Duration SLOW = Duration.ofMillis(250);

  /** Writes rows of one kind. */
  interface Work<R, A> {
    /**
     * Writes rows in one statement, all or none.
     *
     * @return the outcome of each row, in the same order; fails when nothing was written, or with
     *     {@link LedgerUnavailableException} when that is unknown
     */
    Future<List<Future<A>>> write(List<R> rows);

    /** The order in which rows are written, so that two statements cannot deadlock. */
    Comparator<R> order();
  }

  private record Waiting<R, A>(
      R row, Promise<A> answer, @Nullable ContextInternal caller, long since) {}

  private final Work<R, A> work;
  private final int places;
  private final Duration timeout;
  private final LongSupplier nanoTime;

  // Guarded by this. Rows wait only while there is a statement under way, which they follow.
  private final Deque<Waiting<R, A>> waiting = new ArrayDeque<>();
  private int alone;
  private int together;
  private long lastSent;

  /**
   * @param places how many rows may be under way each in a statement of its own; {@link
   *     Integer#MAX_VALUE} gathers nothing
   * @param timeout the longest that a row waits for its answer
   * @param nanoTime a monotonic clock in nanoseconds
   */
  WriteBatcher(Work<R, A> work, int places, Duration timeout, LongSupplier nanoTime) {
    this.work = work;
    this.places = places;
    this.timeout = timeout;
    this.nanoTime = nanoTime;
  }

  /**
   * Writes a row.
   *
   * @return what became of it; fails with {@link LedgerUnavailableException} when that is not known
   *     in time, or too many wait
   */
  Future<A> write(R row) {
    Waiting<R, A> waits;
    List<Waiting<R, A>> next;
    synchronized (this) {
      if (alone < places && together == 0 && waiting.isEmpty()) {
        alone++;
        lastSent = nanoTime.getAsLong();
        waits = null;
        next = List.of();
      } else if (waiting.size() < MOST_WAITING) {
        waits = waits(row);
        waiting.add(waits);
        next = areSlow() ? take() : List.of();
      } else {
        return Future.failedFuture(
            new LedgerUnavailableException("the ledger is overloaded: " + MOST_WAITING + " wait"));
      }
    }
    if (waits == null) {
      return Futures.attempt(() -> work.write(List.of(row)))
          .compose(outcomes -> outcomes.get(0))
          .onComplete(done -> ended(() -> alone--));
    }
    send(next);
    return inTime(waits.answer().future());
  }

  private Waiting<R, A> waits(R row) {
    ContextInternal caller = ContextInternal.current();
    Promise<A> answer = caller == null ? Promise.promise() : caller.promise();
    return new Waiting<>(row, answer, caller, nanoTime.getAsLong());
  }

  private Future<A> inTime(Future<A> answer) {
    return answer
        .timeout(timeout.toMillis(), TimeUnit.MILLISECONDS)
        .recover(failure -> Future.failedFuture(StatementExecutor.away(failure)));
  }

  private void ended(Runnable decrement) {
    List<Waiting<R, A>> next;
    synchronized (this) {
      decrement.run();
      next = together == 0 ? take() : List.of();
    }
    send(next);
  }

  /**
   * Whether all that are under way are: one that came back would have been followed. A connection
   * that has gone deaf, or a row that somebody holds, is not to stop everybody.
   */
  private boolean areSlow() {
    return together < places && nanoTime.getAsLong() - lastSent > SLOW.toNanos();
  }

  /** What is to go together now. */
  private List<Waiting<R, A>> take() {
    List<Waiting<R, A>> taken = new ArrayList<>();
    while (taken.size() < MOST_TOGETHER && !waiting.isEmpty()) {
      taken.add(waiting.remove());
    }
    if (!taken.isEmpty()) {
      together++;
      lastSent = nanoTime.getAsLong();
    }
    return taken;
  }

  private void send(List<Waiting<R, A>> rows) {
    if (!rows.isEmpty()) {
      rows.sort(Comparator.comparing(Waiting::row, work.order()));
      onContextOf(rows.get(0), () -> write(rows).onComplete(done -> ended(() -> together--)));
    }
  }

  /** One of those that wait does the work of all, so that callers' threads share it. */
  private static void onContextOf(Waiting<?, ?> one, Runnable work) {
    if (one.caller() == null) {
      work.run();
    } else {
      one.caller().runOnContext(now -> work.run());
    }
  }

  /** Never fails: each row has its own outcome. */
  private Future<Void> write(List<Waiting<R, A>> rows) {
    List<Waiting<R, A>> wanted = rows.stream().filter(this::isWanted).toList();
    if (wanted.isEmpty()) {
      return Future.succeededFuture();
    }
    return Futures.attempt(() -> work.write(wanted.stream().map(Waiting::row).toList()))
        .compose(
            outcomes -> {
              for (int i = 0; i < outcomes.size(); i++) {
                outcomes.get(i).onComplete(wanted.get(i).answer());
              }
              return Future.succeededFuture();
            },
            failure -> {
              if (failure instanceof LedgerUnavailableException || wanted.size() == 1) {
                wanted.forEach(row -> row.answer().fail(failure));
                return Future.succeededFuture();
              }
              return writeHalves(wanted);
            });
  }

  /** What was refused is written in ever smaller parts, until those at fault are alone. */
  private Future<Void> writeHalves(List<Waiting<R, A>> rows) {
    int half = rows.size() / 2;
    return write(rows.subList(0, half)).compose(then -> write(rows.subList(half, rows.size())));
  }

  /** Whose caller has been told already that nobody knows is not written any more. */
  private boolean isWanted(Waiting<R, A> waits) {
    return nanoTime.getAsLong() - waits.since() < timeout.toNanos();
  }
}
