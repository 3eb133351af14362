package dev.paymeter.bus;

import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.payment.RefundOrder;
import java.util.Optional;
import java.util.UUID;

/** A request for a refund of all or part of a payment. */
public record CreateRefund(UUID payment, RefundOrder order, Optional<IdempotencyKey> key) {}
