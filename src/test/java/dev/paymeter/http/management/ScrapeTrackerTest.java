package dev.paymeter.http.management;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.http.management.ScrapeTracker.Scraper;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ScrapeTrackerTest {
  private static final Duration LATELY = Duration.ofSeconds(30);
  private static final Scraper PROMETHEUS = new Scraper("10.0.0.1", "Prometheus/2.42.0");
  private static final Scraper SECOND = new Scraper("10.0.0.2", "Prometheus/2.42.0");
  private static final Scraper CURL = new Scraper("10.0.0.1", "curl/7.88.1");

  private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - 5); // Any number; it wraps.
  private final ScrapeTracker scrapeTracker = new ScrapeTracker(clock::get);

  @Test
  void nextOfEach_nobodyEverScraped_isAtOnce() {
    assertThat(scrapeTracker.nextOfEach(LATELY).succeeded()).isTrue();
  }

  @Test
  void nextOfEach_nobodyScrapedLately_isAtOnce() {
    scrape(PROMETHEUS);
    clock.addAndGet(LATELY.toNanos() + 1);

    assertThat(scrapeTracker.nextOfEach(LATELY).succeeded()).isTrue();
  }

  @Test
  void nextOfEach_scrapedLately_isTheNextScrape() {
    scrape(PROMETHEUS);
    clock.addAndGet(LATELY.toNanos());
    Future<Void> next = scrapeTracker.nextOfEach(LATELY);
    assertThat(next.isComplete()).isFalse();

    scrape(PROMETHEUS);

    assertThat(next.succeeded()).isTrue();
  }

  /** Regression: the first scrape of any client ended the wait. */
  @Test
  void nextOfEach_severalScrapers_waitsForEach() {
    scrape(PROMETHEUS);
    scrape(SECOND);
    Future<Void> next = scrapeTracker.nextOfEach(LATELY);

    scrape(CURL);
    scrape(SECOND);
    scrape(SECOND);

    assertThat(next.isComplete()).isFalse();
    assertThat(scrapeTracker.awaited()).containsExactly(PROMETHEUS);
    scrape(PROMETHEUS);
    assertThat(next.succeeded()).isTrue();
  }

  @Test
  void nextOfEach_scraperThatCeased_isNotAwaited() {
    scrape(SECOND);
    clock.addAndGet(LATELY.toNanos());
    scrape(PROMETHEUS);
    clock.incrementAndGet();

    Future<Void> next = scrapeTracker.nextOfEach(LATELY);

    assertThat(scrapeTracker.awaited()).containsExactly(PROMETHEUS);
    scrape(PROMETHEUS);
    assertThat(next.succeeded()).isTrue();
  }

  @Test
  void nextOfEach_floodOfClients_remembersTheLatest() {
    scrape(PROMETHEUS);
    scrape(SECOND);
    for (int i = 0; i < ScrapeTracker.MAX_SCRAPERS - 1; i++) {
      scrape(new Scraper("10.0.0.3", "agent " + i));
    }

    scrapeTracker.nextOfEach(LATELY);

    assertThat(scrapeTracker.awaited())
        .hasSize(ScrapeTracker.MAX_SCRAPERS)
        .contains(SECOND)
        .doesNotContain(PROMETHEUS);
  }

  /** Its snapshot may have been taken before the last values. Broken once: it counted. */
  @Test
  void nextOfEach_scrapeThatHadBegunBefore_doesNotCount() {
    scrape(PROMETHEUS);
    long underWay = scrapeTracker.begin();
    Future<Void> next = scrapeTracker.nextOfEach(LATELY);

    scrapeTracker.ended(underWay, PROMETHEUS);

    assertThat(next.isComplete()).isFalse();
    scrape(PROMETHEUS);
    assertThat(next.succeeded()).isTrue();
  }

  @Test
  void nextOfEach_scrapeThatBeganAndNeverEnded_doesNotCount() {
    scrape(PROMETHEUS);
    Future<Void> next = scrapeTracker.nextOfEach(LATELY);

    scrapeTracker.begin();

    assertThat(next.isComplete()).isFalse();
  }

  @Test
  void next_anyScraper_ends() {
    Future<Void> next = scrapeTracker.next();
    assertThat(next.isComplete()).isFalse();

    scrape(CURL);

    assertThat(next.succeeded()).isTrue();
  }

  private void scrape(Scraper scraper) {
    scrapeTracker.ended(scrapeTracker.begin(), scraper);
  }
}
