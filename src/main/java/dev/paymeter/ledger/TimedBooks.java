package dev.paymeter.ledger;

import dev.paymeter.payments.Books;
import dev.paymeter.payments.Observations.Operation;
import dev.paymeter.payments.OperationTimes;
import io.vertx.core.Future;

/** Decorates books: times what is done again and again. */
public final class TimedBooks implements Books {
  private final Books books;
  private final OperationTimes times;

  public TimedBooks(Books books, OperationTimes times) {
    this.books = books;
    this.times = times;
  }

  @Override
  public Future<Opening> open() {
    return books.open();
  }

  @Override
  public Future<Void> renew() {
    return times.timed(Operation.BOOKS_RENEW, () -> books.renew());
  }

  @Override
  public Future<Entries> pages(int first, int last) {
    return times.timed(Operation.BOOKS_READ, () -> books.pages(first, last));
  }

  @Override
  public Future<Entries> earlier() {
    return times.timed(Operation.BOOKS_READ, () -> books.earlier());
  }

  @Override
  public Future<Void> checkpoint(int page, String totals) {
    return times.timed(Operation.BOOKS_CHECKPOINT, () -> books.checkpoint(page, totals));
  }

  @Override
  public Future<Void> close() {
    return books.close();
  }
}
