package dev.paymeter.http.management;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class LastScrapeTest {
  private static final Duration LATELY = Duration.ofSeconds(30);

  private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - 5); // Any number; it wraps.
  private final LastScrape lastScrape = new LastScrape(clock::get);

  @Test
  void next_nobodyEverScraped_isAtOnce() {
    assertThat(lastScrape.next(LATELY).succeeded()).isTrue();
  }

  @Test
  void next_nobodyScrapedLately_isAtOnce() {
    scrape();
    clock.addAndGet(LATELY.toNanos() + 1);

    assertThat(lastScrape.next(LATELY).succeeded()).isTrue();
  }

  @Test
  void next_scrapedLately_isTheNextScrape() {
    scrape();
    clock.addAndGet(LATELY.toNanos());
    Future<Void> next = lastScrape.next(LATELY);
    assertThat(next.isComplete()).isFalse();

    scrape();

    assertThat(next.succeeded()).isTrue();
  }

  /** Its snapshot may have been taken before the last values. Broken once: it counted. */
  @Test
  void next_scrapeThatHadBegunBefore_doesNotCount() {
    scrape();
    LastScrape.Scrape underWay = lastScrape.begin();
    Future<Void> next = lastScrape.next(LATELY);

    lastScrape.ended(underWay, true);

    assertThat(next.isComplete()).isFalse();
    scrape();
    assertThat(next.succeeded()).isTrue();
  }

  @Test
  void next_scrapeThatBeganAndNeverEnded_doesNotCount() {
    scrape();
    Future<Void> next = lastScrape.next(LATELY);

    lastScrape.begin();

    assertThat(next.isComplete()).isFalse();
  }

  @Test
  void next_answerWithoutValues_doesNotCount() {
    scrape();
    Future<Void> next = lastScrape.next(LATELY);

    lastScrape.ended(lastScrape.begin(), false);

    assertThat(next.isComplete()).isFalse();
  }

  @Test
  void next_onlyAnswersWithoutValuesBefore_isAtOnce() {
    lastScrape.ended(lastScrape.begin(), false);

    assertThat(lastScrape.next(LATELY).succeeded()).isTrue();
  }

  private void scrape() {
    lastScrape.ended(lastScrape.begin(), true);
  }
}
