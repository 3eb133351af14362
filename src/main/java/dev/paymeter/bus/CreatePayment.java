package dev.paymeter.bus;

import dev.paymeter.payment.Access;
import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.payment.PaymentOrder;
import java.util.Optional;

/**
 * A request for a payment.
 *
 * @param access of the client; the payment belongs to its merchant, if it has one
 */
public record CreatePayment(PaymentOrder order, Optional<IdempotencyKey> key, Access access) {}
