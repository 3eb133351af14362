package dev.paymeter.payment.query;

import dev.paymeter.payment.PaymentStatus;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Which payments a list is about; what is null asks for nothing.
 *
 * @param createdSince the earliest {@code created_at}, included
 * @param createdBefore the latest, not included
 */
public record PaymentFilter(
    @Nullable PaymentStatus status,
    @Nullable String gateway,
    @Nullable String tier,
    @Nullable String orderId,
    @Nullable String userId,
    @Nullable Instant createdSince,
    @Nullable Instant createdBefore) {
  /** All payments. */
  public static final PaymentFilter ALL =
      new PaymentFilter(null, null, null, null, null, null, null);
}
