package dev.paymeter.ledger;

import dev.paymeter.payments.IdempotencyKey;
import dev.paymeter.payments.Kept;
import dev.paymeter.payments.Ledger;
import dev.paymeter.payments.Observations.Operation;
import dev.paymeter.payments.OperationTimes;
import dev.paymeter.payments.Payment;
import dev.paymeter.payments.PaymentFilter;
import dev.paymeter.payments.PaymentPage;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Decorates a ledger: times each of its operations. */
public final class TimedLedger implements Ledger {
  private final Ledger ledger;
  private final OperationTimes times;

  public TimedLedger(Ledger ledger, OperationTimes times) {
    this.ledger = ledger;
    this.times = times;
  }

  @Override
  public Future<Void> open(Payment pending) {
    return times.timed(Operation.LEDGER_OPEN, () -> ledger.open(pending));
  }

  @Override
  public Future<Optional<Kept<Payment>>> open(Payment pending, IdempotencyKey key) {
    return times.timed(Operation.LEDGER_OPEN, () -> ledger.open(pending, key));
  }

  @Override
  public Future<Boolean> reroute(Payment pending, String from) {
    return times.timed(Operation.LEDGER_REROUTE, () -> ledger.reroute(pending, from));
  }

  @Override
  public Future<Payment> doubt(Payment unknown) {
    return times.timed(Operation.LEDGER_DOUBT, () -> ledger.doubt(unknown));
  }

  @Override
  public Future<Payment> settle(Payment settled) {
    return times.timed(Operation.LEDGER_SETTLE, () -> ledger.settle(settled));
  }

  @Override
  public Future<Optional<Payment>> find(UUID id) {
    return times.timed(Operation.LEDGER_FIND, () -> ledger.find(id));
  }

  @Override
  public Future<List<Payment>> list(
      PaymentFilter filter, PaymentPage.@Nullable Position after, int most) {
    return times.timed(Operation.LEDGER_LIST, () -> ledger.list(filter, after, most));
  }

  @Override
  public Future<Void> check() {
    return times.timed(Operation.LEDGER_CHECK, () -> ledger.check());
  }
}
