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
  private final AtomicLong begun = new AtomicLong();
  private volatile @Nullable Long endedAt;
  private volatile @Nullable Wanted wanted;

  /** The number of a scrape, in the order in which they begin. */
  record Scrape(long number) {}

  private record Wanted(long after, Promise<Void> came) {}

  ScrapeTracker(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** Begins a scrape. Must be called before the snapshot is taken. */
  Scrape begin() {
    return new Scrape(begun.incrementAndGet());
  }

  /**
   * Ends a scrape whose response was sent completely.
   *
   * @param values false if the response had no values (HEAD)
   */
  void ended(Scrape scrape, boolean values) {
    if (!values) {
      return;
    }
    endedAt = nanoTime.getAsLong();
    Wanted waiting = wanted;
    if (waiting != null && scrape.number() > waiting.after()) {
      waiting.came().tryComplete();
    }
  }

  /** Succeeds after the next scrape to begin; at once if the last is older than {@code maxAge}. */
  Future<Void> next(Duration maxAge) {
    Long last = endedAt;
    if (last == null || nanoTime.getAsLong() - last > maxAge.toNanos()) {
      return Future.succeededFuture();
    }
    return next();
  }

  /** Succeeds after the next scrape to begin. Supports one waiting caller. */
  Future<Void> next() {
    Wanted waiting = new Wanted(begun.get(), Promise.promise());
    wanted = waiting;
    return waiting.came().future();
  }
}
