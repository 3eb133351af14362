package dev.paymeter.bus;

import dev.paymeter.payments.IdempotencyKey;
import dev.paymeter.payments.PaymentOrder;
import java.util.Optional;

/**
 * An order to pay.
 *
 * @param requestId names the request in the log
 * @param key under which it is carried out once
 */
public record CreatePayment(String requestId, PaymentOrder order, Optional<IdempotencyKey> key) {}
