package dev.paymeter.bus;

import java.util.UUID;

/**
 * Asks for one payment.
 *
 * @param requestId names the request in the log
 */
public record FindPayment(String requestId, UUID id) {}
