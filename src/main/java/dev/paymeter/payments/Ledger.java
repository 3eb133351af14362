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
  /**
   * Commits a pending payment.
   *
   * @return fails with {@link SupersededException} when another process has taken over the identity
   */
  Future<Void> open(Payment pending);

  /**
   * Commits how a payment ended. Safe to repeat: a payment that is settled just so already is left
   * as it is, and the future succeeds.
   *
   * @return fails with {@link SettlementConflictException} when the payment does not exist or was
   *     settled in another way, and with {@link SupersededException} when another process has taken
   *     over the identity
   */
  Future<Void> settle(Payment settled);

  Future<Optional<Payment>> find(UUID id);

  /**
   * Commits a business event, unless its publisher's id is there already. Safe to repeat: what was
   * committed with the same receipt is as new as it was at first.
   *
   * @return whether it is new; fails with {@link SupersededException} when another process has
   *     taken over the identity
   */
  Future<Boolean> record(BusinessEvent event);

  /** Succeeds when the books can be written now. */
  Future<Void> check();
}
