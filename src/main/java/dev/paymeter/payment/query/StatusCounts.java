package dev.paymeter.payment.query;

/**
 * Numbers of payments, each counted up to a maximum.
 *
 * @param all payments of any status
 * @param waiting payments that require an action of the payer
 * @param refunded payments that are refunded, wholly or in part, or have a refund that failed later
 * @param disputed payments that are disputed or taken back, or have an open warning
 * @param proposed unknown payments with a manual settlement that waits
 * @param laterEvents open disputes and warnings, and refunds that failed later
 */
public record StatusCounts(
    long all,
    long unknown,
    long waiting,
    long authorized,
    long failed,
    long refunded,
    long disputed,
    long proposed,
    long laterEvents) {}
