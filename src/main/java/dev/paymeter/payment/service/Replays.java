package dev.paymeter.payment.service;

import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.payment.RequestRefusedException;
import dev.paymeter.payment.Transfer;
import dev.paymeter.payment.port.Kept;
import dev.paymeter.payment.port.Observations;
import dev.paymeter.payment.port.Observations.KeyOutcome;
import io.vertx.core.Future;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a request gets where something stands under its idempotency key already. */
record Replays(Observations observations) {
  private static final Logger log = LoggerFactory.getLogger(Replays.class);

  /**
   * @return what was done before; fails with {@link RequestRefusedException} where it is being
   *     done, or was another request's
   */
  <T extends Transfer<T>> Future<T> answer(IdempotencyKey key, Kept<T> kept) {
    if (!kept.fingerprint().equals(key.fingerprint())) {
      observations.keyed(KeyOutcome.MISMATCH);
      return Future.failedFuture(RequestRefusedException.keyMismatch());
    }
    if (kept.inFlight() || kept.transfer().isEmpty()) {
      observations.keyed(KeyOutcome.IN_FLIGHT);
      return Future.failedFuture(RequestRefusedException.keyInFlight());
    }
    observations.keyed(KeyOutcome.REPLAYED);
    T transfer = kept.transfer().get();
    TransferLog.name(log.atInfo(), transfer)
        .log("{} was carried out before", TransferLog.noun(transfer));
    return Future.succeededFuture(transfer);
  }
}
