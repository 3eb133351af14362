package dev.paymeter.payment.service;

import dev.paymeter.payment.Payment;

/**
 * What became of an order to pay.
 *
 * @param payment as it stands
 * @param replayed whether it was carried out before, under the same idempotency key
 */
public record PaymentResult(Payment payment, boolean replayed) {}
