package dev.paymeter.bus;

import dev.paymeter.payments.PaymentPage;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Asks for a part of the list of a payment's refunds.
 *
 * @param requestId names the request in the log
 * @param after where the part before ended; null for the first
 * @param limit 1 to 100
 */
public record ListRefunds(
    String requestId, UUID payment, PaymentPage.@Nullable Position after, int limit) {}
