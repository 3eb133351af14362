package dev.paymeter.payment;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A dispute, a warning or a reversal of a payment, as stored in the ledger. All values but the id
 * are those that the gateway stated last.
 *
 * @param payment the id of the payment
 * @param reference the gateway's id of the dispute
 * @param reason the gateway's word for it; null if it states none
 * @param amountUsd the amount in US dollars at {@code rate}, two decimals
 * @param rate the payment's own; the current one if the dispute has another currency
 * @param respondBy the deadline of a response; null if none is possible, or none is stated
 * @param fee what the gateway has charged for the dispute, in a currency of its own; null if it
 *     states none
 * @param createdAt when it began, by the gateway's clock
 * @param changedAt when the ledger stored its state
 * @param version the number of its changes, from 1
 */
public record Dispute(
    UUID id,
    UUID payment,
    String reference,
    DisputeStatus status,
    @Nullable String reason,
    Money amount,
    BigDecimal amountUsd,
    ExchangeRates.Rate rate,
    @Nullable Instant respondBy,
    @Nullable Money fee,
    Instant createdAt,
    Instant changedAt,
    int version) {}
