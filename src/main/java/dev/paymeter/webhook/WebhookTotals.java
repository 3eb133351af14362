package dev.paymeter.webhook;

import java.time.Duration;

/**
 * The numbers of an endpoint's webhooks at one moment: {@code due} equals the sum of the others.
 *
 * @param due all that were ever queued
 * @param delivered those that the endpoint accepted
 * @param waiting those of which another attempt follows
 * @param dead dead letters
 * @param oldestWaiting age of the oldest that waits; zero if none does
 * @param unqueued age of the first event after those that were read for the endpoint; zero if all
 *     were read
 * @param isDisabled whether the endpoint has answered that it wants no webhooks any more
 */
public record WebhookTotals(
    String endpoint,
    long due,
    long delivered,
    long waiting,
    long dead,
    Duration oldestWaiting,
    Duration unqueued,
    boolean isDisabled) {}
