package dev.paymeter.security;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * How many requests each key may send: a bucket of tokens for each, which holds {@code burst} and
 * gets {@code rate} a second. A bucket is one number, the time at which it will be full again (the
 * generic cell rate algorithm of ITU-T I.371). Of this instance: behind several, a key may send as
 * many times as much. Safe from any thread.
 */
public final class RateLimiter {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private final int burst;
  private final long nanosForOne;
  private final LongSupplier nanoTime;
  private final ConcurrentMap<String, AtomicLong> fullAt = new ConcurrentHashMap<>();

  /**
   * @param rate tokens a second, from 1
   * @param burst tokens that a bucket holds, from 1
   * @param nanoTime a monotonic clock in nanoseconds
   */
  public RateLimiter(int rate, int burst, LongSupplier nanoTime) {
    this.burst = burst;
    this.nanosForOne = SECOND / rate;
    this.nanoTime = nanoTime;
  }

  /**
   * What a key has left.
   *
   * @param taken whether there was a token for this request
   * @param remaining tokens
   * @param secondsUntilOne 0 where there is one
   * @param secondsUntilFull whole ones, rounded up, as the other is
   */
  public record Quota(boolean taken, long remaining, long secondsUntilOne, long secondsUntilFull) {}

  public int burst() {
    return burst;
  }

  /** Seconds in which an empty bucket becomes full, rounded up. */
  public long window() {
    return seconds(burst * nanosForOne);
  }

  /** Takes a token where there is one. */
  public Quota take(Credential credential) {
    long now = nanoTime.getAsLong();
    AtomicLong full = fullAt.computeIfAbsent(credential.id(), first -> new AtomicLong(now));
    while (true) {
      long before = full.get();
      long missing = Math.max(0, before - now);
      boolean taken = missing <= (burst - 1) * nanosForOne;
      if (!taken) {
        return quota(false, missing);
      }
      if (full.compareAndSet(before, now + missing + nanosForOne)) {
        return quota(true, missing + nanosForOne);
      }
    }
  }

  /**
   * @param missing nanoseconds until the bucket is full
   */
  private Quota quota(boolean taken, long missing) {
    long remaining = (burst * nanosForOne - missing) / nanosForOne;
    return new Quota(
        taken,
        remaining,
        remaining > 0 ? 0 : seconds(missing - (burst - 1) * nanosForOne),
        seconds(missing));
  }

  private static long seconds(long nanos) {
    return Math.floorDiv(nanos + SECOND - 1, SECOND);
  }
}
