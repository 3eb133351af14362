package dev.paymeter.security;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.security.RateLimiter.Quota;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RateLimiterTest {
  private static final Credential SHOP = new Credential("1", "shop", Set.of());
  private static final Credential DESK = new Credential("2", "desk", Set.of());

  /** Near where a clock of nanoseconds turns over, for it may begin anywhere. */
  private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - 1000);

  private final RateLimiter limits = new RateLimiter(2, 3, clock::get);

  private void pass(long millis) {
    clock.addAndGet(TimeUnit.MILLISECONDS.toNanos(millis));
  }

  @Test
  void take_burst_isThere_andThenAsManyAsTheRateGives() {
    assertThat(limits.take(SHOP)).isEqualTo(new Quota(true, 2, 0, 1));
    assertThat(limits.take(SHOP)).isEqualTo(new Quota(true, 1, 0, 1));
    assertThat(limits.take(SHOP)).isEqualTo(new Quota(true, 0, 1, 2));
    assertThat(limits.take(SHOP)).isEqualTo(new Quota(false, 0, 1, 2));

    pass(499);
    assertThat(limits.take(SHOP).taken()).isFalse();
    pass(1);
    assertThat(limits.take(SHOP).taken()).isTrue();
    assertThat(limits.take(SHOP).taken()).isFalse();
    pass(3_600_000);
    assertThat(limits.take(SHOP)).isEqualTo(new Quota(true, 2, 0, 1));
  }

  @Test
  void take_othersBuckets_areTheirOwn() {
    IntStream.range(0, 10).forEach(i -> limits.take(SHOP));

    assertThat(limits.take(DESK).remaining()).isEqualTo(2);
  }

  @Test
  void take_fromManyThreads_isNoMoreThanThereIs() {
    RateLimiter large = new RateLimiter(1, 1000, clock::get);

    long taken = IntStream.range(0, 5000).parallel().filter(i -> large.take(SHOP).taken()).count();

    assertThat(taken).isEqualTo(1000);
  }

  @Test
  void window_isHowLongAnEmptyBucketTakes() {
    assertThat(limits.window()).isEqualTo(2);
    assertThat(new RateLimiter(50, 100, clock::get).window()).isEqualTo(2);
    assertThat(new RateLimiter(1_000_000, 1, clock::get).window()).isEqualTo(1);
  }
}
