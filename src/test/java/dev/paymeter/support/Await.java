package dev.paymeter.support;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;

/** Waits, up to a deadline, for futures and conditions, on threads that are not Vert.x's own. */
public final class Await {
  /** The deadline of runs that last for minutes and inject faults. */
  public static final Duration LONG_RUN = Duration.ofMinutes(3);

  private static final Duration DEADLINE = Duration.ofSeconds(60);
  private static final Duration MIN_PAUSE = Duration.ofMillis(20);
  private static final Duration MAX_PAUSE = Duration.ofMillis(500);

  /** Pauses are at most this part of the time waited: what is awaited is found as much later. */
  private static final int PAUSES = 10;

  private Await() {}

  /** Waits for up to 60 seconds; otherwise as {@link #await(Future, Duration)}. */
  public static <T> T await(Future<T> future) {
    return await(future, DEADLINE);
  }

  /**
   * Returns the result, or throws the future's own failure, even if it is a checked exception.
   *
   * @throws AssertionError if the future is not complete by the deadline
   * @throws IllegalStateException on an event loop, and on a worker thread
   */
  public static <T> T await(Future<T> future, Duration deadline) {
    try {
      return future.await(deadline.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      if (future.isComplete()) {
        return future
            .await(); // It completed just now, or failed with a TimeoutException of its own.
      }
      throw new AssertionError("not complete within " + deadline, e);
    }
  }

  /** A check that throws if it does not hold. */
  @FunctionalInterface
  public interface Assertion {
    void check() throws Exception;
  }

  /** Polls for up to 60 seconds; otherwise as {@link #eventually(Duration, Assertion)}. */
  public static void eventually(Assertion assertion) {
    eventually(DEADLINE, assertion);
  }

  /** Polls until the assertion holds. At the deadline, throws the last failure. */
  public static void eventually(Duration deadline, Assertion assertion) {
    first(
        deadline,
        () -> {
          assertion.check();
          return Optional.of(true);
        });
  }

  /** Polls for up to 60 seconds; otherwise as {@link #first(Duration, Callable)}. */
  public static <T> T first(Callable<Optional<T>> attempt) {
    return first(DEADLINE, attempt);
  }

  /** Polls until there is a value. An attempt that throws counts as one without a value. */
  public static <T> T first(Duration deadline, Callable<Optional<T>> attempt) {
    long start = System.nanoTime();
    while (true) {
      Throwable failure;
      try {
        Optional<T> value = attempt.call();
        if (value.isPresent()) {
          return value.get();
        }
        failure = new AssertionError("no value");
      } catch (Exception | AssertionError e) {
        failure = e;
      }
      Duration waited = Duration.ofNanos(System.nanoTime() - start);
      if (waited.compareTo(deadline) > 0) {
        throw new AssertionError("not within " + deadline + ": " + failure.getMessage(), failure);
      }
      LockSupport.parkNanos(pause(waited).toNanos());
    }
  }

  /**
   * Returns the pause until the next attempt. It grows, because an attempt may be a scrape or a
   * connection to a database, which slow down the processes that are waited for.
   */
  static Duration pause(Duration waited) {
    Duration share = waited.dividedBy(PAUSES);
    return share.compareTo(MIN_PAUSE) < 0
        ? MIN_PAUSE
        : share.compareTo(MAX_PAUSE) > 0 ? MAX_PAUSE : share;
  }
}
