package dev.paymeter;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waits for futures, on threads that are not Vert.x's own, and no longer than is generous. */
public final class Await {
  private static final Duration LONGEST = Duration.ofSeconds(60);

  private Await() {}

  /** Waits for up to 60 seconds; else as {@link #await(Future, Duration)}. */
  public static <T> T await(Future<T> future) {
    return await(future, LONGEST);
  }

  /**
   * Gives the result, or throws the failure itself, be it a checked one.
   *
   * @throws AssertionError where there is neither within that time
   * @throws IllegalStateException on an event loop, and on a worker thread
   */
  public static <T> T await(Future<T> future, Duration longest) {
    try {
      return future.await(longest.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      if (future.isComplete()) {
        return future.await(); // It came just now, or it is the future's own failure.
      }
      throw new AssertionError("not complete within " + longest, e);
    }
  }
}
