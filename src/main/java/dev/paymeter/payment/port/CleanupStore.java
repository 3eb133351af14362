package dev.paymeter.payment.port;

import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.payment.port.PaymentMetrics.Operation;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Collection;
import java.util.Optional;
import java.util.UUID;

/**
 * Port: removal of expired and unconfirmed records from the ledger. Every operation fails with
 * {@link LedgerUnavailableException} when the ledger does not respond in time.
 */
public interface CleanupStore {
  /**
   * The insert of a payment, refund or step that was rejected, but may be committed nevertheless.
   */
  record UnconfirmedInsert(UUID id, Optional<IdempotencyKey> key) {}

  /**
   * Removes these payments and their idempotency records, and prevents a later insert. They were
   * never submitted to a gateway; payments that are not pending are kept. Repeat this until the
   * longest statement has ended, to find inserts that are still running.
   *
   * @return the number of removed payments
   */
  @Timed(Operation.CLEANUP_CANCEL)
  Future<Integer> cancelInserts(Collection<UnconfirmedInsert> rejected);

  /** Does the same for refunds, and releases the amounts that they reserved. */
  @Timed(Operation.CLEANUP_CANCEL)
  Future<Integer> cancelRefundInserts(Collection<UnconfirmedInsert> rejected);

  /**
   * Does the same for captures and voids, whose ids are those of their steps: their payments are
   * authorized again.
   */
  @Timed(Operation.CLEANUP_CANCEL)
  Future<Integer> cancelSteps(Collection<UnconfirmedInsert> rejected);

  /**
   * Removes idempotency records of settled payments and refunds.
   *
   * @param age the minimum age of removed records
   * @param limit the maximum number of removed records
   * @return the number of removed records
   */
  @Timed(Operation.CLEANUP_EXPIRE_KEYS)
  Future<Integer> deleteExpiredKeys(Duration age, int limit);

  /**
   * Erases personal values of settled payments, and of their refunds, in the order in which they
   * were accepted.
   *
   * @param age the minimum age of the payments
   * @param limit the maximum number of payments
   * @return the number of payments
   */
  @Timed(Operation.CLEANUP_ERASE)
  Future<Integer> erasePersonalValues(Duration age, int limit);
}
