package dev.paymeter.payments;

/**
 * What became of an order to pay.
 *
 * @param payment as it stands
 * @param replayed whether it was carried out before, under the same idempotency key
 */
public record Paid(Payment payment, boolean replayed) {}
