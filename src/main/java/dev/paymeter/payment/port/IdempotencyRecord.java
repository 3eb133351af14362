package dev.paymeter.payment.port;

import dev.paymeter.payment.Transfer;
import java.util.Optional;

/**
 * What stands under an idempotency key.
 *
 * @param transfer as it is now; absent where it has just gone, or just comes
 * @param fingerprint of the request that brought it
 * @param inFlight whether a process that lives is at work on it
 */
public record IdempotencyRecord<T extends Transfer<T>>(
    Optional<T> transfer, String fingerprint, boolean inFlight) {}
