package dev.paymeter.http.management;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Knows when somebody scraped last, and waits for a scrape that began after now. */
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

  /** To be called before the snapshot is taken. */
  Scrape begin() {
    return new Scrape(begun.incrementAndGet());
  }

  /**
   * The scraper has the whole answer.
   *
   * @param values false when it was not given the values
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

  /**
   * Succeeds after a scrape that begins from now on; at once where none came for {@code lately}.
   */
  Future<Void> next(Duration lately) {
    Long last = endedAt;
    if (last == null || nanoTime.getAsLong() - last > lately.toNanos()) {
      return Future.succeededFuture();
    }
    return next();
  }

  /** Succeeds after a scrape that begins from now on. To be asked for by one at a time. */
  Future<Void> next() {
    Wanted waiting = new Wanted(begun.get(), Promise.promise());
    wanted = waiting;
    return waiting.came().future();
  }
}
