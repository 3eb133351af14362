package dev.paymeter.http.management;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Tracker of the last scrape; waits for a scrape that begins later. */
final class ScrapeTracker {
  private final LongSupplier nanoTime;
  private final AtomicLong scrapesBegun = new AtomicLong();
  private volatile @Nullable Long lastEndNanos;
  private volatile @Nullable Waiter waiter;

  private record Waiter(long after, Promise<Void> scraped) {}

  ScrapeTracker(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** Begins a scrape and returns its number. Must be called before the snapshot is taken. */
  long begin() {
    return scrapesBegun.incrementAndGet();
  }

  /**
   * Ends a scrape whose response was sent completely.
   *
   * @param values false if the response had no values (HEAD)
   */
  void ended(long scrape, boolean values) {
    if (!values) {
      return;
    }
    lastEndNanos = nanoTime.getAsLong();
    Waiter waiting = waiter;
    if (waiting != null && scrape > waiting.after()) {
      waiting.scraped().tryComplete();
    }
  }

  /** Succeeds after the next scrape to begin; at once if the last is older than {@code maxAge}. */
  Future<Void> next(Duration maxAge) {
    Long last = lastEndNanos;
    if (last == null || nanoTime.getAsLong() - last > maxAge.toNanos()) {
      return Future.succeededFuture();
    }
    return next();
  }

  /** Succeeds after the next scrape to begin. Supports one waiting caller. */
  Future<Void> next() {
    Waiter waiting = new Waiter(scrapesBegun.get(), Promise.promise());
    waiter = waiting;
    return waiting.scraped().future();
  }
}
