package dev.paymeter.security;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.security.RateLimiter.Quota;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RateLimiterTest {
  private static final Credential SHOP = new Credential("1", "shop", "shop", null, Set.of());
  private static final Credential DESK = new Credential("2", "desk", "desk", null, Set.of());

  /** Near the overflow of a nanosecond clock, because its origin is arbitrary. */
  private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - 1000);

  private final RateLimiter limiter = new RateLimiter(2, 3, clock::get);

  private void pass(long millis) {
    clock.addAndGet(TimeUnit.MILLISECONDS.toNanos(millis));
  }

  @Test
  void take_burst_isAllowed_thenLimitedByTheRate() {
    assertThat(limiter.take(SHOP)).isEqualTo(new Quota(true, 2, 0, 1));
    assertThat(limiter.take(SHOP)).isEqualTo(new Quota(true, 1, 0, 1));
    assertThat(limiter.take(SHOP)).isEqualTo(new Quota(true, 0, 1, 2));
    assertThat(limiter.take(SHOP)).isEqualTo(new Quota(false, 0, 1, 2));

    pass(499);
    assertThat(limiter.take(SHOP).isAllowed()).isFalse();
    pass(1);
    assertThat(limiter.take(SHOP).isAllowed()).isTrue();
    assertThat(limiter.take(SHOP).isAllowed()).isFalse();
    pass(3_600_000);
    assertThat(limiter.take(SHOP)).isEqualTo(new Quota(true, 2, 0, 1));
  }

  @Test
  void take_otherKey_hasItsOwnBucket() {
    IntStream.range(0, 10).forEach(i -> limiter.take(SHOP));

    assertThat(limiter.take(DESK).remaining()).isEqualTo(2);
  }

  /** A merchant has one limit, whatever the number of its keys. */
  @Test
  void take_otherKeyOfTheMerchant_hasTheSameBucket() {
    Credential acme = new Credential("3", "acme", "merchant=acme", "acme", Set.of());
    Credential rotated = new Credential("4", "acme-2027", "merchant=acme", "acme", Set.of());
    Credential other = new Credential("5", "other", "merchant=other", "other", Set.of());
    Credential sameOwner = new Credential("6", "shop-2027", "shop", null, Set.of());
    IntStream.range(0, 10).forEach(i -> limiter.take(acme));
    IntStream.range(0, 10).forEach(i -> limiter.take(SHOP));

    assertThat(limiter.take(rotated).isAllowed()).isFalse();
    assertThat(limiter.take(other).remaining()).isEqualTo(2);
    assertThat(limiter.take(sameOwner).remaining()).as("no merchant").isEqualTo(2);
  }

  @Test
  void take_fromManyThreads_neverExceedsTheBurst() {
    RateLimiter large = new RateLimiter(1, 1000, clock::get);

    long taken =
        IntStream.range(0, 5000).parallel().filter(i -> large.take(SHOP).isAllowed()).count();

    assertThat(taken).isEqualTo(1000);
  }

  @Test
  void secondsToFill_isTheTimeOfAnEmptyBucket() {
    assertThat(limiter.secondsToFill()).isEqualTo(2);
    assertThat(new RateLimiter(50, 100, clock::get).secondsToFill()).isEqualTo(2);
    assertThat(new RateLimiter(1_000_000, 1, clock::get).secondsToFill()).isEqualTo(1);
  }
}
