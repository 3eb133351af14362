package dev.paymeter.bus;

import java.util.UUID;

/** Requests the events of one payment. */
public record FindHistory(UUID id) {}
