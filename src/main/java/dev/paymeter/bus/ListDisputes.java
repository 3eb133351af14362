package dev.paymeter.bus;

import dev.paymeter.payment.Access;
import java.util.UUID;

/** A request for the disputes of one payment. */
public record ListDisputes(UUID payment, Access access) {}
