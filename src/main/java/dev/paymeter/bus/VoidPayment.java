package dev.paymeter.bus;

import dev.paymeter.payment.Access;
import dev.paymeter.payment.IdempotencyKey;
import java.util.Optional;
import java.util.UUID;

/**
 * A request to void an authorized payment.
 *
 * @param access the payments that the client may void
 */
public record VoidPayment(UUID payment, Optional<IdempotencyKey> key, Access access) {}
