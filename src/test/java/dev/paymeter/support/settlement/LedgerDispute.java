package dev.paymeter.support.settlement;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A row of the table {@code disputes}, as far as a settlement file depends on it. Times are in
 * whole milliseconds.
 *
 * @param reference the gateway's id of the dispute
 * @param amount above zero, in major units of the dispute's currency, which may not be that of the
 *     payment
 * @param fee in the dispute's currency; null if none was charged
 * @param createdAt when the gateway opened it
 * @param changedAt when the ledger stored its status
 */
public record LedgerDispute(
    UUID id,
    UUID paymentId,
    String reference,
    String status,
    BigDecimal amount,
    String currency,
    @Nullable BigDecimal fee,
    Instant createdAt,
    Instant changedAt) {

  /** Returns whether money was withdrawn, which is not so of a warning. */
  public boolean hasWithdrawn() {
    return !status.startsWith("warning");
  }
}
