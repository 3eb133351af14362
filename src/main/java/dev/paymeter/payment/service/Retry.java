package dev.paymeter.payment.service;

import dev.paymeter.payment.port.Scheduler;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** Retries of a step, with exponential backoff, until it succeeds or fails permanently. */
public final class Retry {
  private static final Duration MIN_DELAY = Duration.ofMillis(100);
  private static final Duration MAX_DELAY = Duration.ofSeconds(2);

  private Retry() {}

  /**
   * Starts the retries, with a pause before the first one.
   *
   * @param isFinal tests for failures that are not retried
   */
  public static <T> Future<T> of(
      Scheduler scheduler, Supplier<Future<T>> step, Predicate<Throwable> isFinal) {
    Promise<T> done = Promise.promise();
    attempt(1, scheduler, step, isFinal, done);
    return done.future();
  }

  private static <T> void attempt(
      int number,
      Scheduler scheduler,
      Supplier<Future<T>> step,
      Predicate<Throwable> isFinal,
      Promise<T> done) {
    scheduler
        .pause(delay(number, MIN_DELAY, MAX_DELAY))
        .compose(passed -> step.get())
        .onComplete(
            done::complete,
            failure -> {
              if (isFinal.test(failure)) {
                done.fail(failure);
              } else {
                attempt(number + 1, scheduler, step, isFinal, done);
              }
            });
  }

  /**
   * Returns the delay before a retry: it doubles from {@code min} up to {@code max}.
   *
   * @param retry from 1
   */
  public static Duration delay(int retry, Duration min, Duration max) {
    Duration delay = min.multipliedBy(1L << Math.min(retry - 1, 20));
    return delay.compareTo(max) < 0 ? delay : max;
  }
}
