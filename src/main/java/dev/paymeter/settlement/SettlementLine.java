package dev.paymeter.settlement;

import java.math.BigDecimal;
import java.util.Currency;
import org.jspecify.annotations.Nullable;

/**
 * A line of a settlement file. Amounts are in major units, from the merchant's view.
 *
 * @param number of the line in the file, from 1, which is the header of a CSV file
 * @param reference of the payment, refund or dispute; may be empty if the ledger has no rows of the
 *     type
 * @param payment the reference of the payment of a refund or dispute; empty if it is not stated
 * @param amount gross, with at most the decimals of the currency
 * @param fee what the gateway kept; negative if it gave a fee back; null if it is not stated
 * @param net what remained; null if it is not stated
 * @param payout that the line belongs to; empty if it is not stated
 */
public record SettlementLine(
    long number,
    LineType type,
    String reference,
    String payment,
    BigDecimal amount,
    @Nullable BigDecimal fee,
    @Nullable BigDecimal net,
    Currency currency,
    BookingTime booked,
    String payout) {}
