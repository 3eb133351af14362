package dev.paymeter.bus;

import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.payment.PaymentOrder;
import java.util.Optional;

/** A request for a payment. */
public record CreatePayment(PaymentOrder order, Optional<IdempotencyKey> key) {}
