package dev.paymeter.report;

import dev.paymeter.payment.ExchangeRates;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.UUID;

/**
 * One business event, as it stands in the ledger.
 *
 * @param label what it is counted as: its own word, or {@code other} where there are too many
 * @param amountUsd the amount in US dollars at {@code rate}, two decimals
 * @param recordedAt to the microsecond
 * @param receipt tells this writing from another report of the same event
 * @param page the page of the instance's books that it is written on
 */
public record BusinessEvent(
    EventReport report,
    String label,
    BigDecimal amountUsd,
    ExchangeRates.Rate rate,
    Instant recordedAt,
    UUID receipt,
    int page) {}
