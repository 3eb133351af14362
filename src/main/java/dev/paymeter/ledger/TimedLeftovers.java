package dev.paymeter.ledger;

import dev.paymeter.payments.Leftovers;
import dev.paymeter.payments.Observations.Operation;
import dev.paymeter.payments.OperationTimes;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Collection;

/** Decorates what clears away: times each of its operations. */
public final class TimedLeftovers implements Leftovers {
  private final Leftovers leftovers;
  private final OperationTimes times;

  public TimedLeftovers(Leftovers leftovers, OperationTimes times) {
    this.leftovers = leftovers;
    this.times = times;
  }

  @Override
  public Future<Integer> withdraw(Collection<Refused> refused) {
    return times.timed(Operation.LEFTOVERS_WITHDRAW, () -> leftovers.withdraw(refused));
  }

  @Override
  public Future<Integer> withdrawRefunds(Collection<Refused> refused) {
    return times.timed(Operation.LEFTOVERS_WITHDRAW, () -> leftovers.withdrawRefunds(refused));
  }

  @Override
  public Future<Integer> forgetKeys(Duration age, int most) {
    return times.timed(Operation.LEFTOVERS_FORGET_KEYS, () -> leftovers.forgetKeys(age, most));
  }
}
