package dev.paymeter;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Waits for what becomes true in its own time, and no longer than a generous deadline. */
public final class Eventually {
  private static final Duration DEADLINE = Duration.ofMinutes(3);
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private Eventually() {}

  /** Holds, or throws. */
  @FunctionalInterface
  public interface Assertion {
    void check() throws Exception;
  }

  /** Tries until the assertion holds; at the deadline, it fails as the assertion did last. */
  public static void eventually(Assertion assertion) {
    first(
        () -> {
          assertion.check();
          return Optional.of(true);
        });
  }

  /** Tries until there is a value; an attempt that throws is one without a value. */
  public static <T> T first(Callable<Optional<T>> attempt) {
    long start = System.nanoTime();
    while (true) {
      Throwable failure;
      try {
        Optional<T> value = attempt.call();
        if (value.isPresent()) {
          return value.get();
        }
        failure = new AssertionError("there was no value");
      } catch (Exception | AssertionError e) {
        failure = e;
      }
      if (System.nanoTime() - start > DEADLINE.toNanos()) {
        throw new AssertionError("not within " + DEADLINE + ": " + failure.getMessage(), failure);
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }
}
