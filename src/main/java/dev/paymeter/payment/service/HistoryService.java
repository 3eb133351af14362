package dev.paymeter.payment.service;

import dev.paymeter.payment.EventBatch;
import dev.paymeter.payment.EventOffset;
import dev.paymeter.payment.PaymentEvent;
import dev.paymeter.payment.RequestRejectedException;
import dev.paymeter.payment.port.Futures;
import dev.paymeter.payment.port.PaymentEventLog;
import io.vertx.core.Future;
import java.util.List;
import java.util.UUID;

/** The use cases of payment events. Safe from any thread. */
public final class HistoryService {
  private final PaymentEventLog paymentEventLog;

  public HistoryService(PaymentEventLog paymentEventLog) {
    this.paymentEventLog = paymentEventLog;
  }

  /**
   * Returns the events of one payment, in order.
   *
   * @return fails with {@link RequestRejectedException} when the payment does not exist or the
   *     ledger is unavailable
   */
  public Future<List<PaymentEvent>> eventsOf(UUID payment) {
    return Futures.attemptOrReject(() -> paymentEventLog.readOf(payment))
        .compose(
            found ->
                found.isEmpty()
                    ? Future.failedFuture(RequestRejectedException.noSuchPayment(payment))
                    : Future.succeededFuture(found));
  }

  /**
   * Returns the first events of all payments after an offset.
   *
   * @return fails with {@link RequestRejectedException} when the ledger is unavailable
   */
  public Future<EventBatch> eventsAfter(EventOffset offset, int limit) {
    return Futures.attemptOrReject(() -> paymentEventLog.readAfter(offset, limit));
  }

  /**
   * Returns the position of the last event that can be read now.
   *
   * @return fails with {@link RequestRejectedException} when the ledger is unavailable
   */
  public Future<PaymentEvent.Position> lastPosition() {
    return Futures.attemptOrReject(paymentEventLog::lastPosition);
  }
}
