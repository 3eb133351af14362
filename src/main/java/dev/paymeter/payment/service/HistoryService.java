package dev.paymeter.payment.service;

import dev.paymeter.payment.Access;
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
   * @return fails with {@link RequestRejectedException} when the payment does not exist, or not for
   *     the client, or the ledger is unavailable
   */
  public Future<List<PaymentEvent>> eventsOf(UUID payment, Access access) {
    return Futures.attemptOrReject(() -> paymentEventLog.readOf(payment))
        .map(found -> found.stream().filter(access::includes).toList())
        .compose(
            found ->
                found.isEmpty()
                    ? Future.failedFuture(RequestRejectedException.noSuchPayment(payment))
                    : Future.succeededFuture(found));
  }

  /**
   * Returns the first events after an offset. With fewer than the limit, a merchant's batch ends at
   * the last event of any payment, so that the next one does not begin to search where this one
   * did.
   *
   * @return fails with {@link RequestRejectedException} when the ledger is unavailable
   */
  public Future<EventBatch> eventsAfter(EventOffset offset, int limit, Access access) {
    String merchant = access.merchant();
    return merchant == null
        ? Futures.attemptOrReject(() -> paymentEventLog.readAfter(offset, limit))
        : lastPosition()
            .compose(
                last ->
                    Futures.attemptOrReject(
                            () -> paymentEventLog.readAfter(offset, limit, merchant))
                        .map(
                            batch -> batch.events().size() < limit ? batch.endingAt(last) : batch));
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
