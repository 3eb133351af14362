package dev.paymeter.webhook;

import java.time.Instant;

/**
 * A webhook that was not delivered, and that is not sent again unless an operator resends it.
 *
 * @param number orders the webhooks of an endpoint
 * @param dueAt when its event was read
 * @param error of the last attempt
 */
public record DeadLetter(
    long number,
    Webhook.Content content,
    Instant dueAt,
    Instant deadAt,
    int attempts,
    String error) {}
