package dev.paymeter.bus;

import java.util.UUID;

/** A request for one payment. */
public record FindPayment(UUID id) {}
