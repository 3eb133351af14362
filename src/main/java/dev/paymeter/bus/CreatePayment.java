package dev.paymeter.bus;

import dev.paymeter.payments.IdempotencyKey;
import dev.paymeter.payments.PaymentOrder;
import java.util.Optional;

/**
 * Requests a payment.
 *
 * @param key under which it is made once
 */
public record CreatePayment(PaymentOrder order, Optional<IdempotencyKey> key) {}
