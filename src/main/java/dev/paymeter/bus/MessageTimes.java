package dev.paymeter.bus;

import dev.paymeter.payments.Observations;
import dev.paymeter.payments.Observations.Operation;
import dev.paymeter.payments.Observations.Outcome;
import io.vertx.core.Future;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** Times what is done for a message, until its answer is known. */
public record MessageTimes(Observations observations, LongSupplier nanoTime) {
  <T> Future<T> timed(Operation operation, Supplier<Future<T>> work) {
    long start = nanoTime.getAsLong();
    return work.get()
        .onComplete(
            done ->
                observations.timed(
                    operation,
                    done.succeeded() ? Outcome.SUCCESS : Outcome.FAILURE,
                    nanoTime.getAsLong() - start));
  }
}
