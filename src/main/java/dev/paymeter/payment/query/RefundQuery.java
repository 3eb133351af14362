package dev.paymeter.payment.query;

import dev.paymeter.payment.Access;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A query for one page of the list of a payment's refunds.
 *
 * @param after the end of the previous page; null for the first page
 * @param limit the maximum number of refunds
 * @param access the payments of which the client may see refunds
 */
public record RefundQuery(
    UUID payment, PaymentPage.@Nullable Position after, int limit, Access access) {}
