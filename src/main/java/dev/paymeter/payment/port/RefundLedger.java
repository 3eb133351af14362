package dev.paymeter.payment.port;

import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.payment.Money;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.port.PaymentMetrics.Operation;
import dev.paymeter.payment.query.PaymentPage;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Port: the ledger of refunds, with the guarantees of {@link PaymentLedger}. */
public interface RefundLedger {
  /**
   * A payment and its refundable amount.
   *
   * @param remaining the amount of the payment without successful, pending and unknown refunds;
   *     zero if the payment has not succeeded
   */
  record Refundable(Payment payment, Money remaining) {}

  /** Returns empty if the payment does not exist. */
  @Timed(Operation.REFUNDS_LOOKUP)
  Future<Optional<Refundable>> findRefundable(UUID payment);

  /**
   * Commits a pending refund with its idempotency record, if it has one, and reserves its amount,
   * in one transaction: the refunds of a payment never exceed it together.
   *
   * @return whether the refund was inserted: not if a record with the key exists, or the amount
   *     exceeds the remaining one. Fails with {@link SupersededException} when another process has
   *     taken over the identity.
   */
  @Timed(Operation.REFUNDS_INSERT)
  Future<Boolean> insert(Refund pending, Optional<IdempotencyKey> key);

  /** Returns the idempotency record with a key, if it exists. */
  @Timed(Operation.REFUNDS_LOOKUP)
  Future<Optional<IdempotencyRecord<Refund>>> findRecord(IdempotencyKey key);

  /** Commits an unknown outcome, as {@link PaymentLedger#markUnknown}. */
  @Timed(Operation.REFUNDS_MARK_UNKNOWN)
  Future<Refund> markUnknown(Refund unknown);

  /**
   * Commits an outcome, as {@link PaymentLedger#settle}. The same transaction releases the reserved
   * amount of a failed refund, and inserts the row that is counted for the refund in its segment: a
   * business event for a success, otherwise an error.
   *
   * <p>Likewise, commits that a successful refund has failed later: its amount can be refunded
   * again, and the row that is counted is a business event that balances the first one.
   */
  @Timed(Operation.REFUNDS_SETTLE)
  Future<Refund> settle(Refund settled);

  /** Returns empty if the payment has no such refund. */
  @Timed(Operation.REFUNDS_FIND)
  Future<Optional<Refund>> find(UUID payment, UUID id);

  /**
   * Returns a payment's refunds, in the order of {@link PaymentLedger#list}.
   *
   * @param after the position after which the list starts; null for its beginning
   * @param limit the maximum number of refunds
   */
  @Timed(Operation.REFUNDS_LIST)
  Future<List<Refund>> list(UUID payment, PaymentPage.@Nullable Position after, int limit);

  /**
   * Returns refunds that failed after a success, those that failed last first.
   *
   * @param limit the maximum number of refunds
   */
  @Timed(Operation.REFUNDS_LIST)
  Future<List<Refund>> listFailedLater(int limit);
}
