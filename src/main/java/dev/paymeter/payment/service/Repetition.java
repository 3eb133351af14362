package dev.paymeter.payment.service;

import dev.paymeter.payment.port.Pauses;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** Retries of a step, with exponential backoff, until it succeeds or fails for good. */
public final class Repetition<T> {
  private static final Duration MIN_DELAY = Duration.ofMillis(100);
  private static final Duration MAX_DELAY = Duration.ofSeconds(2);

  private final Pauses pauses;
  private final Supplier<Future<T>> step;
  private final Predicate<Throwable> isFinal;
  private final Promise<T> done = Promise.promise();

  private Repetition(Pauses pauses, Supplier<Future<T>> step, Predicate<Throwable> isFinal) {
    this.pauses = pauses;
    this.step = step;
    this.isFinal = isFinal;
  }

  /**
   * Begins with a pause.
   *
   * @param isFinal which failures end it
   */
  public static <T> Future<T> of(
      Pauses pauses, Supplier<Future<T>> step, Predicate<Throwable> isFinal) {
    Repetition<T> repetition = new Repetition<>(pauses, step, isFinal);
    repetition.attempt(1);
    return repetition.done.future();
  }

  private void attempt(int number) {
    pauses
        .pause(delay(number, MIN_DELAY, MAX_DELAY))
        .compose(passed -> step.get())
        .onComplete(
            done::complete,
            failure -> {
              if (isFinal.test(failure)) {
                done.fail(failure);
              } else {
                attempt(number + 1);
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
