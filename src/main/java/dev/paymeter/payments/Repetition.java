package dev.paymeter.payments;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** Repeats a step, with growing pauses before each attempt, until it is done or never can be. */
final class Repetition<T> {
  static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

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
  static <T> Future<T> of(Pauses pauses, Supplier<Future<T>> step, Predicate<Throwable> isFinal) {
    Repetition<T> repetition = new Repetition<>(pauses, step, isFinal);
    repetition.next(FIRST_PAUSE);
    return repetition.done.future();
  }

  private void next(Duration pause) {
    pauses
        .pause(pause)
        .compose(passed -> step.get())
        .onComplete(
            done::complete,
            failure -> {
              if (isFinal.test(failure)) {
                done.fail(failure);
              } else {
                next(longer(pause));
              }
            });
  }

  private static Duration longer(Duration pause) {
    Duration doubled = pause.multipliedBy(2);
    return doubled.compareTo(LONGEST_PAUSE) < 0 ? doubled : LONGEST_PAUSE;
  }
}
