package dev.paymeter.bus;

import dev.paymeter.payment.Access;
import java.util.UUID;

/** A request for one refund of one payment. */
public record FindRefund(UUID payment, UUID id, Access access) {}
