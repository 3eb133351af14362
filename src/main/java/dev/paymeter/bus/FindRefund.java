package dev.paymeter.bus;

import java.util.UUID;

/**
 * Asks for one refund of one payment.
 *
 * @param requestId names the request in the log
 */
public record FindRefund(String requestId, UUID payment, UUID id) {}
