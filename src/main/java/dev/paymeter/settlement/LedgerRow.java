package dev.paymeter.settlement;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.Currency;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A payment, refund or dispute of the ledger, as a line of its type should have it.
 *
 * @param id of the payment, refund or dispute
 * @param reference the gateway's: the gateway key, or that of a dispute
 * @param status in the ledger
 * @param isSettled whether the ledger has what a line of the type states: a success, for example
 * @param amount with the sign of the type
 * @param usdRate US dollars for one major unit of the currency
 * @param settledAt null unless it is settled
 * @param unknownSince null if the outcome was always known
 */
public record LedgerRow(
    LineType type,
    UUID id,
    String reference,
    String gateway,
    String status,
    boolean isSettled,
    BigDecimal amount,
    Currency currency,
    BigDecimal usdRate,
    Instant createdAt,
    @Nullable Instant settledAt,
    @Nullable Instant unknownSince) {}
