package dev.paymeter.support.settlement;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A settled row of the table {@code refunds}, as far as a settlement file depends on it. Times are
 * in whole milliseconds.
 *
 * @param gatewayKey null if the reference at the gateway is the id
 * @param status {@code success} or {@code failed}
 * @param amount above zero, in major units of the payment's currency
 * @param failedAt when a refund failed that had succeeded; null otherwise
 */
public record LedgerRefund(
    UUID id,
    UUID paymentId,
    @Nullable UUID gatewayKey,
    String status,
    BigDecimal amount,
    Instant createdAt,
    Instant settledAt,
    @Nullable Instant failedAt) {

  /** Returns the column {@code gateway_key} of the view {@code refunds_ledger}. */
  public String gatewayReference() {
    return (gatewayKey == null ? id : gatewayKey).toString();
  }

  /** Returns the column {@code reference} of the view {@code refunds_ledger}. */
  public String reference() {
    return "rfn_" + id;
  }
}
