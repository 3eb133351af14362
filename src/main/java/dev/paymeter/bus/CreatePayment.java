package dev.paymeter.bus;

import dev.paymeter.payments.PaymentOrder;

/**
 * An order to pay.
 *
 * @param requestId names the request in the log
 */
public record CreatePayment(String requestId, PaymentOrder order) {}
