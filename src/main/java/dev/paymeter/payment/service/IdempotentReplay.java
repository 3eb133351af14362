package dev.paymeter.payment.service;

import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.payment.RequestRefusedException;
import dev.paymeter.payment.Transfer;
import dev.paymeter.payment.port.IdempotencyRecord;
import dev.paymeter.payment.port.PaymentMetrics;
import dev.paymeter.payment.port.PaymentMetrics.KeyOutcome;
import io.vertx.core.Future;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a request gets where something stands under its idempotency key already. */
record IdempotentReplay(PaymentMetrics paymentMetrics) {
  private static final Logger log = LoggerFactory.getLogger(IdempotentReplay.class);

  /**
   * @return what was done before; fails with {@link RequestRefusedException} where it is being
   *     done, or was another request's
   */
  <T extends Transfer<T>> Future<T> answer(
      IdempotencyKey key, IdempotencyRecord<T> idempotencyRecord) {
    if (!idempotencyRecord.fingerprint().equals(key.fingerprint())) {
      paymentMetrics.keyed(KeyOutcome.MISMATCH);
      return Future.failedFuture(RequestRefusedException.keyMismatch());
    }
    if (idempotencyRecord.inFlight() || idempotencyRecord.transfer().isEmpty()) {
      paymentMetrics.keyed(KeyOutcome.IN_FLIGHT);
      return Future.failedFuture(RequestRefusedException.keyInFlight());
    }
    paymentMetrics.keyed(KeyOutcome.REPLAYED);
    T transfer = idempotencyRecord.transfer().get();
    TransferLog.name(log.atInfo(), transfer)
        .log("{} was carried out before", TransferLog.noun(transfer));
    return Future.succeededFuture(transfer);
  }
}
