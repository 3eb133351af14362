package dev.paymeter.payment.service;

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
   * Returns the first events of all payments after a position.
   *
   * @return fails with {@link RequestRejectedException} when the ledger is unavailable
   */
  public Future<List<PaymentEvent>> eventsAfter(PaymentEvent.Position position, int limit) {
    return Futures.attemptOrReject(() -> paymentEventLog.readAfter(position, limit));
  }

  /**
   * Returns the position after all events that can be read now.
   *
   * @return fails with {@link RequestRejectedException} when the ledger is unavailable
   */
  public Future<PaymentEvent.Position> lastPosition() {
    return Futures.attemptOrReject(paymentEventLog::lastPosition);
  }
}
