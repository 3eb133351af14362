package dev.paymeter.payment.query;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Conditions of a list of recorded actions. Null means any value.
 *
 * @param name of the API key
 * @param keyId of the API key
 * @param kind its label
 * @param subject exactly as it was recorded, for example the id of a payment
 * @param since earliest time, inclusive
 * @param before latest time, exclusive
 */
public record ActionFilter(
    @Nullable String name,
    @Nullable String keyId,
    @Nullable String merchant,
    @Nullable String kind,
    @Nullable String subject,
    @Nullable Instant since,
    @Nullable Instant before) {}
