package dev.paymeter.ledger;

import dev.paymeter.payments.Books;
import dev.paymeter.payments.Pauses;
import dev.paymeter.payments.SupersededException;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * Keeps an instance's identity: renews its lease again and again, whatever else waits for the
 * ledger, and gives it back at the end. Safe from any thread.
 */
public final class LeaseKeeper {
  /** From the end of one renewal, failed or not, to the next: several fit into the lease. */
  static final Duration INTERVAL = PostgresBooks.LEASE.dividedBy(5);

  private final Books books;
  private final Pauses pauses;
  private final Consumer<SupersededException> onSuperseded;
  private Future<Void> renewal = Future.succeededFuture();
  private boolean ended;
  private volatile boolean answered = true;

  /**
   * @param onSuperseded is told once, when another process has taken over the identity
   */
  public LeaseKeeper(Books books, Pauses pauses, Consumer<SupersededException> onSuperseded) {
    this.books = books;
    this.pauses = pauses;
    this.onSuperseded = onSuperseded;
  }

  /** Begins to renew. To be called once, when the books have just been opened. */
  public void start() {
    pauses.pause(INTERVAL).onComplete(passed -> renew());
  }

  private synchronized void renew() {
    if (!ended) {
      renewal = books.renew();
      renewal.onComplete(renewed -> goOn(), this::goOn);
    }
  }

  private void goOn() {
    answered = true;
    start();
  }

  private void goOn(Throwable failure) {
    if (failure instanceof SupersededException superseded) {
      onSuperseded.accept(superseded);
    } else {
      answered = false;
      start();
    }
  }

  /** Whether the ledger answered the last time that it was asked. */
  public boolean isAnswered() {
    return answered;
  }

  /** Gives the identity back, after the renewal that is under way: it would take it again. */
  public Future<Void> end() {
    synchronized (this) {
      ended = true;
    }
    return renewal.transform(done -> books.close());
  }
}
