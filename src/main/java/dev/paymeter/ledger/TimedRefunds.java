package dev.paymeter.ledger;

import dev.paymeter.payments.IdempotencyKey;
import dev.paymeter.payments.Kept;
import dev.paymeter.payments.Observations.Operation;
import dev.paymeter.payments.OperationTimes;
import dev.paymeter.payments.PaymentPage;
import dev.paymeter.payments.Refund;
import dev.paymeter.payments.RefundLedger;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Decorates the books of refunds: times each of their operations. */
public final class TimedRefunds implements RefundLedger {
  private final RefundLedger refunds;
  private final OperationTimes times;

  public TimedRefunds(RefundLedger refunds, OperationTimes times) {
    this.refunds = refunds;
    this.times = times;
  }

  @Override
  public Future<Optional<Refundable>> refundable(UUID payment) {
    return times.timed(Operation.REFUNDS_LOOK, () -> refunds.refundable(payment));
  }

  @Override
  public Future<Boolean> open(Refund pending, Optional<IdempotencyKey> key) {
    return times.timed(Operation.REFUNDS_OPEN, () -> refunds.open(pending, key));
  }

  @Override
  public Future<Optional<Kept<Refund>>> kept(IdempotencyKey key) {
    return times.timed(Operation.REFUNDS_LOOK, () -> refunds.kept(key));
  }

  @Override
  public Future<Refund> doubt(Refund unknown) {
    return times.timed(Operation.REFUNDS_DOUBT, () -> refunds.doubt(unknown));
  }

  @Override
  public Future<Refund> settle(Refund settled) {
    return times.timed(Operation.REFUNDS_SETTLE, () -> refunds.settle(settled));
  }

  @Override
  public Future<Optional<Refund>> find(UUID payment, UUID id) {
    return times.timed(Operation.REFUNDS_FIND, () -> refunds.find(payment, id));
  }

  @Override
  public Future<List<Refund>> list(UUID payment, PaymentPage.@Nullable Position after, int most) {
    return times.timed(Operation.REFUNDS_LIST, () -> refunds.list(payment, after, most));
  }
}
