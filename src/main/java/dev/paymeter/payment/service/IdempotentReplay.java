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

/** The response to a request whose idempotency key has a record. */
record IdempotentReplay(PaymentMetrics paymentMetrics) {
  private static final Logger log = LoggerFactory.getLogger(IdempotentReplay.class);

  /**
   * Returns the recorded transfer.
   *
   * @return fails with {@link RequestRefusedException} when the first request is in progress, or
   *     differs from this one
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
        .log("{} replayed from its idempotency record", TransferLog.noun(transfer));
    return Future.succeededFuture(transfer);
  }
}
