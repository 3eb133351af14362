package dev.paymeter.bus;

import dev.paymeter.payments.PaymentFilter;
import dev.paymeter.payments.PaymentPage;
import org.jspecify.annotations.Nullable;

/**
 * Asks for a part of a list of payments.
 *
 * @param requestId names the request in the log
 * @param after where the part before ended; null for the first
 * @param limit the most payments
 */
public record ListPayments(
    String requestId, PaymentFilter filter, PaymentPage.@Nullable Position after, int limit) {}
