package dev.paymeter.payment.query;

import dev.paymeter.payment.PaymentStatus;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A filter for a list of payments; null fields match all payments.
 *
 * @param createdSince the earliest {@code created_at}, inclusive
 * @param createdBefore the latest {@code created_at}, exclusive
 */
public record PaymentFilter(
    @Nullable PaymentStatus status,
    @Nullable String gateway,
    @Nullable String tier,
    @Nullable String orderId,
    @Nullable String userId,
    @Nullable Instant createdSince,
    @Nullable Instant createdBefore,
    @Nullable String merchant) {
  public static final PaymentFilter ALL =
      new PaymentFilter(null, null, null, null, null, null, null, null);
}
