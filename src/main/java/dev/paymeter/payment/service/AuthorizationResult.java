package dev.paymeter.payment.service;

import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentException;
import org.jspecify.annotations.Nullable;

/**
 * The result of a capture or void.
 *
 * @param replayed whether it was carried out before, under the same idempotency key
 * @param rejection why the gateway did not carry it out, so that the payment is still authorized;
 *     null if it did, or if that is unknown
 */
public record AuthorizationResult(
    Payment payment, boolean replayed, @Nullable PaymentException rejection) {}
