package dev.paymeter.bus;

import java.util.UUID;

/** Requests one refund of one payment. */
public record FindRefund(UUID payment, UUID id) {}
