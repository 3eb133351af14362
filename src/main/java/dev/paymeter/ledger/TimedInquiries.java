package dev.paymeter.ledger;

import dev.paymeter.payments.Inquiries;
import dev.paymeter.payments.Observations.Operation;
import dev.paymeter.payments.OperationTimes;
import dev.paymeter.payments.Transfer;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/** Decorates inquiries: times each of their operations. */
public final class TimedInquiries<T extends Transfer<T>> implements Inquiries<T> {
  private final Inquiries<T> inquiries;
  private final OperationTimes times;

  public TimedInquiries(Inquiries<T> inquiries, OperationTimes times) {
    this.inquiries = inquiries;
    this.times = times;
  }

  @Override
  public Future<List<Inquiry<T>>> take(int most, Duration lease, Set<String> without) {
    return times.timed(Operation.INQUIRIES_TAKE, () -> inquiries.take(most, lease, without));
  }

  @Override
  public Future<Void> postpone(UUID id, Duration pause) {
    return times.timed(Operation.INQUIRIES_POSTPONE, () -> inquiries.postpone(id, pause));
  }

  @Override
  public Future<List<Unknown>> unknown() {
    return times.timed(Operation.INQUIRIES_READ, inquiries::unknown);
  }
}
