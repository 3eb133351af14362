package dev.paymeter.payment.query;

import org.jspecify.annotations.Nullable;

/**
 * A query for one page of a list of payments.
 *
 * @param after the end of the previous page; null for the first page
 * @param limit the maximum number of payments
 */
public record PaymentQuery(PaymentFilter filter, PaymentPage.@Nullable Position after, int limit) {}
