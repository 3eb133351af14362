package dev.paymeter.payments;

import io.vertx.core.Future;
import java.util.Optional;
import java.util.UUID;

/**
 * Port: the books. What its futures confirm is committed and survives a crash. Every operation
 * fails with {@link LedgerUnavailableException} when the books cannot be reached in time; the
 * operation may then have happened or not.
 */
public interface Ledger {
  /** Commits a pending payment. */
  Future<Void> open(Payment pending);

  /**
   * Commits how a payment ended. Safe to repeat: a payment that is settled just so already is left
   * as it is, and the future succeeds.
   *
   * @return fails with {@link IllegalStateException} when the payment does not exist or was settled
   *     in another way
   */
  Future<Void> settle(Payment settled);

  Future<Optional<Payment>> find(UUID id);

  /** Succeeds when the books can be written now. */
  Future<Void> check();
}
