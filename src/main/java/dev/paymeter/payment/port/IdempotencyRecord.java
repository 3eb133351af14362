package dev.paymeter.payment.port;

import dev.paymeter.payment.Transfer;
import java.util.Optional;

/**
 * The record stored under an idempotency key.
 *
 * @param transfer the current transfer; empty while it is being inserted or deleted
 * @param fingerprint fingerprint of the request that created the record
 * @param inFlight whether a live process is carrying out the request
 */
public record IdempotencyRecord<T extends Transfer<T>>(
    Optional<T> transfer, String fingerprint, boolean inFlight) {}
