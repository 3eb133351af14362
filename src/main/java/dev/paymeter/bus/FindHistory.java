package dev.paymeter.bus;

import java.util.UUID;

/**
 * Asks for the states that one payment has come into.
 *
 * @param requestId names the request in the log
 */
public record FindHistory(String requestId, UUID id) {}
