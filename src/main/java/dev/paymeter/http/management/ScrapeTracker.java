package dev.paymeter.http.management;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Tracker of the scrapers and their last scrapes; waits for scrapes that begin later. */
final class ScrapeTracker {
  /** More are not remembered: those whose last scrape is the oldest are forgotten. */
  static final int MAX_SCRAPERS = 100;

  private final LongSupplier nanoTime;
  private final Map<Scraper, Long> lastEnds = new LinkedHashMap<>();
  private long scrapesBegun;
  private @Nullable Waiter waiter;

  /** A client that reads the metrics. Its port differs from one connection to the next. */
  record Scraper(String address, String userAgent) {
    @Override
    public String toString() {
      return userAgent.isEmpty() ? address : userAgent + " at " + address;
    }
  }

  /**
   * A wait for scrapes that begin after a number.
   *
   * @param awaited those that have not scraped yet; if it was empty from the start, any scrape ends
   *     the wait
   */
  private record Waiter(long after, Set<Scraper> awaited, Promise<Void> scraped) {}

  ScrapeTracker(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** Begins a scrape and returns its number. Must be called before the snapshot is taken. */
  synchronized long begin() {
    return ++scrapesBegun;
  }

  /** Ends a scrape whose values were sent completely. */
  synchronized void ended(long scrape, Scraper scraper) {
    lastEnds.remove(scraper);
    lastEnds.put(scraper, nanoTime.getAsLong());
    if (lastEnds.size() > MAX_SCRAPERS) {
      lastEnds.remove(lastEnds.keySet().iterator().next());
    }
    if (waiter != null && scrape > waiter.after()) {
      waiter.awaited().remove(scraper);
      if (waiter.awaited().isEmpty()) {
        waiter.scraped().tryComplete();
      }
    }
  }

  /**
   * Succeeds after the next scrape of each scraper whose last scrape is at most {@code maxAge} old;
   * at once if there is none.
   */
  synchronized Future<Void> nextOfEach(Duration maxAge) {
    long now = nanoTime.getAsLong();
    Set<Scraper> recent = new HashSet<>();
    lastEnds.forEach(
        (scraper, end) -> {
          if (now - end <= maxAge.toNanos()) {
            recent.add(scraper);
          }
        });
    return recent.isEmpty() ? Future.succeededFuture() : await(recent);
  }

  /** Succeeds after the next scrape to begin, of any scraper. */
  synchronized Future<Void> next() {
    return await(new HashSet<>());
  }

  /** Supports one waiting caller. */
  private Future<Void> await(Set<Scraper> awaited) {
    Waiter waiting = new Waiter(scrapesBegun, awaited, Promise.promise());
    waiter = waiting;
    return waiting.scraped().future();
  }

  /** Returns the scrapers that a caller of {@link #nextOfEach} still waits for. */
  synchronized Set<Scraper> awaited() {
    return waiter == null ? Set.of() : Set.copyOf(waiter.awaited());
  }
}
