package dev.paymeter.payment.service;

import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.payment.RequestRejectedException;
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
   * @return fails with {@link RequestRejectedException} when the first request is in progress, or
   *     differs from this one
   */
  <T extends Transfer<T>> Future<T> replay(
      IdempotencyKey key, IdempotencyRecord<T> idempotencyRecord) {
    if (!idempotencyRecord.fingerprint().equals(key.fingerprint())) {
      paymentMetrics.keyUsed(KeyOutcome.MISMATCH);
      return Future.failedFuture(RequestRejectedException.keyMismatch());
    }
    if (idempotencyRecord.inFlight() || idempotencyRecord.transfer().isEmpty()) {
      paymentMetrics.keyUsed(KeyOutcome.IN_FLIGHT);
      return Future.failedFuture(RequestRejectedException.keyInFlight());
    }
    paymentMetrics.keyUsed(KeyOutcome.REPLAYED);
    T transfer = idempotencyRecord.transfer().get();
    TransferLog.identify(log.atInfo(), transfer)
        .log("{} replayed from its idempotency record", TransferLog.noun(transfer));
    return Future.succeededFuture(transfer);
  }
}
