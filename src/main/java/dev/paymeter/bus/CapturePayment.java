package dev.paymeter.bus;

import dev.paymeter.payment.Access;
import dev.paymeter.payment.IdempotencyKey;
import java.math.BigDecimal;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A request to capture all or part of an authorized payment.
 *
 * @param amount in major units of the payment's currency; null for the whole amount
 * @param access the payments that the client may capture
 */
public record CapturePayment(
    UUID payment, @Nullable BigDecimal amount, Optional<IdempotencyKey> key, Access access) {}
