package dev.paymeter.report;

import dev.paymeter.payment.ExchangeRates;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.UUID;

/**
 * A business event, as stored in the ledger.
 *
 * @param label the label under which it is counted: the event, or {@code other} above the limit of
 *     labels
 * @param amountUsd the amount in US dollars at {@code rate}, two decimals
 * @param recordedAt when it was recorded, to the microsecond
 * @param receipt distinguishes this record from other reports of the same event
 * @param segment the segment of the instance in which it is recorded
 */
public record BusinessEvent(
    EventReport report,
    String label,
    BigDecimal amountUsd,
    ExchangeRates.Rate rate,
    Instant recordedAt,
    UUID receipt,
    int segment) {
  /** Returns this event in another segment. */
  public BusinessEvent inSegment(int other) {
    return new BusinessEvent(report, label, amountUsd, rate, recordedAt, receipt, other);
  }
}
