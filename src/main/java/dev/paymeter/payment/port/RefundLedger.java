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

/**
 * Port: the books of refunds. As the {@link PaymentLedger}'s, what its futures confirm is
 * committed, and all fail with {@link LedgerUnavailableException} when the books cannot be reached
 * in time.
 */
public interface RefundLedger {
  /**
   * A payment, and what of it can be given back.
   *
   * @param left the amount without what was refunded, and what is being refunded or may have been;
   *     zero where the payment has not succeeded
   */
  record Refundable(Payment payment, Money left) {}

  /** Empty where there is no such payment. */
  @Timed(Operation.REFUNDS_LOOKUP)
  Future<Optional<Refundable>> refundable(UUID payment);

  /**
   * Commits a pending refund, together with its idempotency key where there is one, and sets its
   * amount aside: in one step, so that all refunds of a payment together never exceed it.
   *
   * @return whether it is open now; not where something stands under the key, or the payment has no
   *     longer so much left. Fails with {@link SupersededException} when another process has taken
   *     over the identity.
   */
  @Timed(Operation.REFUNDS_INSERT)
  Future<Boolean> open(Refund pending, Optional<IdempotencyKey> key);

  /** What stands under an idempotency key, if anything. */
  @Timed(Operation.REFUNDS_LOOKUP)
  Future<Optional<IdempotencyRecord<Refund>>> kept(IdempotencyKey key);

  /** As {@link PaymentLedger#doubt}. */
  @Timed(Operation.REFUNDS_MARK_UNKNOWN)
  Future<Refund> doubt(Refund unknown);

  /**
   * As {@link PaymentLedger#settle}. In the same step the amount of a refund that failed is given
   * back to what is left of its payment, and what is counted of the refund is written on the page
   * of the books: a business event where it succeeded, else an error.
   */
  @Timed(Operation.REFUNDS_SETTLE)
  Future<Refund> settle(Refund settled);

  /** Empty where that payment has no such refund. */
  @Timed(Operation.REFUNDS_FIND)
  Future<Optional<Refund>> find(UUID payment, UUID id);

  /**
   * A payment's refunds as they stand now, newest first, as {@link PaymentLedger#list} orders
   * payments.
   *
   * @param after only those that come behind this place; null for all
   * @param most how many at most
   */
  @Timed(Operation.REFUNDS_LIST)
  Future<List<Refund>> list(UUID payment, PaymentPage.@Nullable Position after, int most);
}
