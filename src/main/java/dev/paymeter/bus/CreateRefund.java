package dev.paymeter.bus;

import dev.paymeter.payments.IdempotencyKey;
import dev.paymeter.payments.RefundOrder;
import java.util.Optional;
import java.util.UUID;

/**
 * An order to give back all or a part of a payment.
 *
 * @param requestId names the request in the log
 * @param key under which it is carried out once
 */
public record CreateRefund(
    String requestId, UUID payment, RefundOrder order, Optional<IdempotencyKey> key) {}
