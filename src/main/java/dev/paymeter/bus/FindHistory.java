package dev.paymeter.bus;

import dev.paymeter.payment.Access;
import java.util.UUID;

/** A request for the events of one payment. */
public record FindHistory(UUID id, Access access) {}
