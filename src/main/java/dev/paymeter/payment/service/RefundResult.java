package dev.paymeter.payment.service;

import dev.paymeter.payment.Refund;

/**
 * What became of an order to refund.
 *
 * @param refund as it stands
 * @param replayed whether it was carried out before, under the same idempotency key
 */
public record RefundResult(Refund refund, boolean replayed) {}
