package dev.paymeter.payment.port;

import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.payment.port.PaymentMetrics.Operation;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Collection;
import java.util.Optional;
import java.util.UUID;

/**
 * Port: what is to be cleared away in the ledger. Every operation fails with {@link
 * LedgerUnavailableException} when the ledger cannot be reached in time.
 */
public interface CleanupStore {
  /**
   * A payment, or refund, whose client was told that it is not carried out, and that may be in the
   * ledger all the same.
   */
  record Refused(UUID id, Optional<IdempotencyKey> key) {}

  /**
   * Removes what was never sent to a gateway, with its keys, and sees to it that it is not opened
   * later either. What is not pending stays. To be repeated for as long as a statement takes: what
   * is being opened meanwhile is found then.
   *
   * @return how many payments were removed
   */
  @Timed(Operation.CLEANUP_CANCEL)
  Future<Integer> withdraw(Collection<Refused> refused);

  /** The same of refunds: what was set aside of their payments is left again. */
  @Timed(Operation.CLEANUP_CANCEL)
  Future<Integer> withdrawRefunds(Collection<Refused> refused);

  /**
   * Removes idempotency keys of payments and refunds that have ended.
   *
   * @param age the least age of a key that is removed
   * @param most how many at once
   * @return how many were removed
   */
  @Timed(Operation.CLEANUP_EXPIRE_KEYS)
  Future<Integer> forgetKeys(Duration age, int most);
}
