package dev.paymeter.settlement;

import java.math.BigDecimal;
import java.util.Currency;
import org.jspecify.annotations.Nullable;

/**
 * An exception that was found.
 *
 * @param line null if a row has no line
 * @param row null if a line has no row
 * @param occurrence distinguishes equal lines of one file, from 1
 * @param atStake the amount that is in question, not negative
 * @param explanation a sentence
 */
public record Discrepancy(
    ExceptionKind kind,
    @Nullable SettlementLine line,
    @Nullable LedgerRow row,
    int occurrence,
    BigDecimal atStake,
    Currency currency,
    String explanation) {}
