package dev.paymeter.payment.query;

/**
 * Numbers of payments, each counted up to a maximum.
 *
 * @param all payments of any status
 * @param refunded payments that are refunded, wholly or in part
 */
public record StatusCounts(long all, long unknown, long authorized, long failed, long refunded) {}
