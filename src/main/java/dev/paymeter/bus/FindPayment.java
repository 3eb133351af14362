package dev.paymeter.bus;

import dev.paymeter.payment.Access;
import java.util.UUID;

/** A request for one payment. */
public record FindPayment(UUID id, Access access) {}
