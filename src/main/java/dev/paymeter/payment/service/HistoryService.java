package dev.paymeter.payment.service;

import dev.paymeter.payment.PaymentEvent;
import dev.paymeter.payment.RequestRefusedException;
import dev.paymeter.payment.port.Futures;
import dev.paymeter.payment.port.PaymentEventLog;
import io.vertx.core.Future;
import java.util.List;
import java.util.UUID;

/** What became of payments, step by step, for clients. Safe from any thread. */
public final class HistoryService {
  private final PaymentEventLog paymentEventLog;

  public HistoryService(PaymentEventLog paymentEventLog) {
    this.paymentEventLog = paymentEventLog;
  }

  /**
   * The states that one payment has come into, in their order.
   *
   * @return fails with {@link RequestRefusedException} when there is no such payment, or the ledger
   *     is away
   */
  public Future<List<PaymentEvent>> of(UUID payment) {
    return Futures.attempt(() -> paymentEventLog.of(payment))
        .compose(
            found ->
                found.isEmpty()
                    ? Future.failedFuture(RequestRefusedException.noSuchPayment(payment))
                    : Future.succeededFuture(found))
        .recover(Futures::rejectWithoutLedger);
  }

  /**
   * The first changes behind a place, of all payments.
   *
   * @return fails with {@link RequestRefusedException} when the ledger is away
   */
  public Future<List<PaymentEvent>> after(PaymentEvent.Position place, int most) {
    return Futures.attempt(() -> paymentEventLog.after(place, most))
        .recover(Futures::rejectWithoutLedger);
  }

  /**
   * The place behind all changes that can be read now.
   *
   * @return fails with {@link RequestRefusedException} when the ledger is away
   */
  public Future<PaymentEvent.Position> end() {
    return Futures.attempt(paymentEventLog::end).recover(Futures::rejectWithoutLedger);
  }
}
