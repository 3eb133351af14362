package dev.paymeter.support.settlement;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A row of the table {@code payments}, as far as a settlement file depends on it. Times are in
 * whole milliseconds.
 *
 * @param gatewayKey null if the reference at the gateway is the id
 * @param amount in major units, with the scale of the currency; of a captured payment, what was
 *     captured
 * @param authorizedAmount null unless the payment was authorized first
 */
public record LedgerPayment(
    UUID id,
    @Nullable UUID gatewayKey,
    String gateway,
    String status,
    BigDecimal amount,
    String currency,
    @Nullable BigDecimal authorizedAmount,
    Instant createdAt,
    @Nullable Instant unknownSince,
    @Nullable Instant settledAt) {

  /** Returns the column {@code gateway_key} of the view {@code payments_ledger}. */
  public String gatewayReference() {
    return (gatewayKey == null ? id : gatewayKey).toString();
  }

  /** Returns the column {@code transaction_id} of the view {@code payments_ledger}. */
  public String transactionId() {
    return "txn_" + id;
  }
}
