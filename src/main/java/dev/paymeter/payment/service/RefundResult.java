package dev.paymeter.payment.service;

import dev.paymeter.payment.Refund;

/**
 * The result of an order to refund.
 *
 * @param replayed whether the refund was carried out before, under the same idempotency key
 */
public record RefundResult(Refund refund, boolean replayed) {}
