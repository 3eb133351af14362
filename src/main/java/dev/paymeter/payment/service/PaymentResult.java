package dev.paymeter.payment.service;

import dev.paymeter.payment.Payment;

/**
 * The result of an order to pay.
 *
 * @param replayed whether the payment was carried out before, under the same idempotency key
 */
public record PaymentResult(Payment payment, boolean replayed) {}
