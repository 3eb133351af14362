package dev.paymeter.ledger;

import dev.paymeter.payments.BusinessEvent;
import dev.paymeter.payments.Ledger;
import dev.paymeter.payments.Observations;
import dev.paymeter.payments.Observations.Operation;
import dev.paymeter.payments.Observations.Outcome;
import dev.paymeter.payments.Payment;
import io.vertx.core.Future;
import java.util.Optional;
import java.util.UUID;
import java.util.function.LongSupplier;

/** Decorates a ledger: times each of its operations. */
public final class TimedLedger implements Ledger {
  private final Ledger ledger;
  private final Observations observations;
  private final LongSupplier nanoTime;

  public TimedLedger(Ledger ledger, Observations observations, LongSupplier nanoTime) {
    this.ledger = ledger;
    this.observations = observations;
    this.nanoTime = nanoTime;
  }

  @Override
  public Future<Void> open(Payment pending) {
    long start = nanoTime.getAsLong();
    return timed(Operation.LEDGER_OPEN, start, ledger.open(pending));
  }

  @Override
  public Future<Void> settle(Payment settled) {
    long start = nanoTime.getAsLong();
    return timed(Operation.LEDGER_SETTLE, start, ledger.settle(settled));
  }

  @Override
  public Future<Optional<Payment>> find(UUID id) {
    long start = nanoTime.getAsLong();
    return timed(Operation.LEDGER_FIND, start, ledger.find(id));
  }

  @Override
  public Future<Boolean> record(BusinessEvent event) {
    long start = nanoTime.getAsLong();
    return timed(Operation.LEDGER_RECORD, start, ledger.record(event));
  }

  @Override
  public Future<Void> check() {
    long start = nanoTime.getAsLong();
    return timed(Operation.LEDGER_CHECK, start, ledger.check());
  }

  private <T> Future<T> timed(Operation operation, long start, Future<T> result) {
    return result.onComplete(
        done ->
            observations.timed(
                operation,
                done.succeeded() ? Outcome.SUCCESS : Outcome.FAILURE,
                nanoTime.getAsLong() - start));
  }
}
