package dev.paymeter.bus;

import java.util.UUID;

/** Requests the states that one payment has had. */
public record FindHistory(UUID id) {}
