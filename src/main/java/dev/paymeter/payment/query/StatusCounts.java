package dev.paymeter.payment.query;

/**
 * Numbers of payments, each counted up to a maximum.
 *
 * @param all payments of any status
 * @param waiting payments that require an action of the payer
 * @param refunded payments that are refunded, wholly or in part
 */
public record StatusCounts(
    long all, long unknown, long waiting, long authorized, long failed, long refunded) {}
