package dev.paymeter.bus;

import java.util.UUID;

/** A request for the events of one payment. */
public record FindHistory(UUID id) {}
