package dev.paymeter.security;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Rate limits of requests, by key, or by merchant for keys that are bound to one. Each key or
 * merchant has a token bucket with {@code burst} tokens that is refilled with {@code rate} tokens
 * per second. A bucket is stored as the time at which it will be full again (generic cell rate
 * algorithm of ITU-T I.371). Each instance has its own limits. Safe from any thread.
 */
public final class RateLimiter {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private final int burst;
  private final long nanosPerToken;
  private final LongSupplier nanoTime;
  private final ConcurrentMap<String, AtomicLong> fullAt = new ConcurrentHashMap<>();

  /**
   * @param rate tokens per second, at least 1
   * @param burst capacity of a bucket in tokens, at least 1
   */
  public RateLimiter(int rate, int burst, LongSupplier nanoTime) {
    this.burst = burst;
    this.nanosPerToken = SECOND / rate;
    this.nanoTime = nanoTime;
  }

  /**
   * The state of a bucket after a request. Seconds are rounded up.
   *
   * @param isAllowed true if the request got a token
   * @param remaining the number of tokens left
   * @param secondsUntilOne 0 if there is a token
   */
  public record Quota(
      boolean isAllowed, long remaining, long secondsUntilOne, long secondsUntilFull) {}

  public int burst() {
    return burst;
  }

  /** Returns the seconds in which an empty bucket is filled, rounded up. */
  public long secondsToFill() {
    return seconds(burst * nanosPerToken);
  }

  /** Takes a token if there is one. */
  public Quota take(Credential credential) {
    long now = nanoTime.getAsLong();
    AtomicLong full =
        fullAt.computeIfAbsent(credential.rateLimitOwner(), id -> new AtomicLong(now));
    while (true) {
      long before = full.get();
      long missing = Math.max(0, before - now);
      boolean taken = missing <= (burst - 1) * nanosPerToken;
      if (!taken) {
        return quota(false, missing);
      }
      if (full.compareAndSet(before, now + missing + nanosPerToken)) {
        return quota(true, missing + nanosPerToken);
      }
    }
  }

  /**
   * @param missing nanoseconds until the bucket is full
   */
  private Quota quota(boolean taken, long missing) {
    long remaining = (burst * nanosPerToken - missing) / nanosPerToken;
    return new Quota(
        taken,
        remaining,
        remaining > 0 ? 0 : seconds(missing - (burst - 1) * nanosPerToken),
        seconds(missing));
  }

  private static long seconds(long nanos) {
    return Math.floorDiv(nanos + SECOND - 1, SECOND);
  }
}
