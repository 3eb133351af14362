package dev.paymeter.bus;

import dev.paymeter.payment.Access;
import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.payment.RefundOrder;
import java.util.Optional;
import java.util.UUID;

/**
 * A request for a refund of all or part of a payment.
 *
 * @param access the payments that the client may refund
 */
public record CreateRefund(
    UUID payment, RefundOrder order, Optional<IdempotencyKey> key, Access access) {}
