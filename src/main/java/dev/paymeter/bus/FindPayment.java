package dev.paymeter.bus;

import java.util.UUID;

/** Requests one payment. */
public record FindPayment(UUID id) {}
