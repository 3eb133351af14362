package dev.paymeter.http.management;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ScrapeTrackerTest {
  private static final Duration LATELY = Duration.ofSeconds(30);

  private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - 5); // Any number; it wraps.
  private final ScrapeTracker scrapeTracker = new ScrapeTracker(clock::get);

  @Test
  void next_nobodyEverScraped_isAtOnce() {
    assertThat(scrapeTracker.next(LATELY).succeeded()).isTrue();
  }

  @Test
  void next_nobodyScrapedLately_isAtOnce() {
    scrape();
    clock.addAndGet(LATELY.toNanos() + 1);

    assertThat(scrapeTracker.next(LATELY).succeeded()).isTrue();
  }

  @Test
  void next_scrapedLately_isTheNextScrape() {
    scrape();
    clock.addAndGet(LATELY.toNanos());
    Future<Void> next = scrapeTracker.next(LATELY);
    assertThat(next.isComplete()).isFalse();

    scrape();

    assertThat(next.succeeded()).isTrue();
  }

  /** Its snapshot may have been taken before the last values. Broken once: it counted. */
  @Test
  void next_scrapeThatHadBegunBefore_doesNotCount() {
    scrape();
    long underWay = scrapeTracker.begin();
    Future<Void> next = scrapeTracker.next(LATELY);

    scrapeTracker.ended(underWay, true);

    assertThat(next.isComplete()).isFalse();
    scrape();
    assertThat(next.succeeded()).isTrue();
  }

  @Test
  void next_scrapeThatBeganAndNeverEnded_doesNotCount() {
    scrape();
    Future<Void> next = scrapeTracker.next(LATELY);

    scrapeTracker.begin();

    assertThat(next.isComplete()).isFalse();
  }

  @Test
  void next_answerWithoutValues_doesNotCount() {
    scrape();
    Future<Void> next = scrapeTracker.next(LATELY);

    scrapeTracker.ended(scrapeTracker.begin(), false);

    assertThat(next.isComplete()).isFalse();
  }

  @Test
  void next_onlyAnswersWithoutValuesBefore_isAtOnce() {
    scrapeTracker.ended(scrapeTracker.begin(), false);

    assertThat(scrapeTracker.next(LATELY).succeeded()).isTrue();
  }

  private void scrape() {
    scrapeTracker.ended(scrapeTracker.begin(), true);
  }
}
