package dev.paymeter.payments;

import dev.paymeter.payments.Observations.Operation;
import dev.paymeter.payments.Observations.Outcome;
import io.vertx.core.Future;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Times internal steps, from their beginning to their future's end.
 *
 * @param nanoTime a monotonic clock in nanoseconds
 */
public record OperationTimes(Observations observations, LongSupplier nanoTime) {
  /** Does one step. */
  public <T> Future<T> timed(Operation operation, Supplier<Future<T>> step) {
    long start = nanoTime.getAsLong();
    return step.get()
        .onSuccess(done -> ended(operation, Outcome.SUCCESS, start))
        .onFailure(why -> ended(operation, Outcome.FAILURE, start));
  }

  private void ended(Operation operation, Outcome outcome, long start) {
    observations.timed(operation, outcome, nanoTime.getAsLong() - start);
  }
}
