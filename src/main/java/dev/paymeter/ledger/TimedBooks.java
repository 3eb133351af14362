package dev.paymeter.ledger;

import dev.paymeter.payments.Books;
import dev.paymeter.payments.Observations;
import dev.paymeter.payments.Observations.Operation;
import dev.paymeter.payments.Observations.Outcome;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.LongSupplier;

/** Decorates books: times what is done again and again. */
public final class TimedBooks implements Books {
  private final Books books;
  private final Observations observations;
  private final LongSupplier nanoTime;

  public TimedBooks(Books books, Observations observations, LongSupplier nanoTime) {
    this.books = books;
    this.observations = observations;
    this.nanoTime = nanoTime;
  }

  @Override
  public Future<Opening> open() {
    return books.open();
  }

  @Override
  public Future<Void> renew() {
    long start = nanoTime.getAsLong();
    return timed(Operation.BOOKS_RENEW, start, books.renew());
  }

  @Override
  public Future<List<Entry>> pages(int first, int last) {
    long start = nanoTime.getAsLong();
    return timed(Operation.BOOKS_READ, start, books.pages(first, last));
  }

  @Override
  public Future<List<Entry>> earlier() {
    long start = nanoTime.getAsLong();
    return timed(Operation.BOOKS_READ, start, books.earlier());
  }

  @Override
  public Future<List<EventEntry>> events(int first, int last) {
    long start = nanoTime.getAsLong();
    return timed(Operation.BOOKS_READ, start, books.events(first, last));
  }

  @Override
  public Future<List<EventEntry>> earlierEvents() {
    long start = nanoTime.getAsLong();
    return timed(Operation.BOOKS_READ, start, books.earlierEvents());
  }

  @Override
  public Future<Void> checkpoint(int page, String totals) {
    long start = nanoTime.getAsLong();
    return timed(Operation.BOOKS_CHECKPOINT, start, books.checkpoint(page, totals));
  }

  @Override
  public Future<Void> close() {
    return books.close();
  }

  private <T> Future<T> timed(Operation operation, long start, Future<T> result) {
    return result.onComplete(
        done ->
            observations.timed(
                operation,
                done.succeeded() ? Outcome.SUCCESS : Outcome.FAILURE,
                nanoTime.getAsLong() - start));
  }
}
