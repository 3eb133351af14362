package dev.paymeter.settlement;

import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The sums of lines, by currency. For one thread. */
public final class LineTotals {
  private final Map<String, Total> byCurrency = new TreeMap<>();
  private long lines;
  private @Nullable LocalDate first;
  private @Nullable LocalDate last;

  /**
   * The sums of a currency.
   *
   * @param refunds less those that failed later
   * @param disputes less those that were won
   * @param fees of all lines, and lines that are fees
   * @param net what the file states, otherwise what follows from amounts and fees
   */
  public record Total(
      String currency,
      long lines,
      BigDecimal payments,
      BigDecimal refunds,
      BigDecimal disputes,
      BigDecimal adjustments,
      BigDecimal fees,
      BigDecimal net) {
    static Total none(String currency, int decimals) {
      BigDecimal zero = BigDecimal.ZERO.setScale(decimals);
      return new Total(currency, 0, zero, zero, zero, zero, zero, zero);
    }

    Total plus(SettlementLine line) {
      BigDecimal amount = line.amount();
      BigDecimal fee = line.fee() == null ? BigDecimal.ZERO : line.fee();
      LineType type = line.type();
      boolean isRefund = type == LineType.REFUND || type == LineType.REFUND_FAILED;
      boolean isDispute = type == LineType.DISPUTE || type == LineType.DISPUTE_WON;
      return new Total(
          currency,
          lines + 1,
          type == LineType.PAYMENT ? payments.add(amount) : payments,
          isRefund ? refunds.add(amount) : refunds,
          isDispute ? disputes.add(amount) : disputes,
          type == LineType.ADJUSTMENT ? adjustments.add(amount) : adjustments,
          type == LineType.FEE ? fees.add(fee).subtract(amount) : fees.add(fee),
          net.add(line.net() == null ? amount.subtract(fee) : line.net()));
    }
  }

  /** Adds a line. */
  public void add(SettlementLine line) {
    lines++;
    LocalDate day = line.booked().day();
    if (first == null || day.isBefore(first)) {
      first = day;
    }
    if (last == null || day.isAfter(last)) {
      last = day;
    }
    String currency = line.currency().getCurrencyCode();
    byCurrency.merge(
        currency,
        Total.none(currency, line.currency().getDefaultFractionDigits()).plus(line),
        (sum, added) -> sum.plus(line));
  }

  /** Returns the number of lines. */
  public long lines() {
    return lines;
  }

  /** Returns the earliest day of a line; null without lines. */
  public @Nullable LocalDate first() {
    return first;
  }

  /** Returns the latest day of a line; null without lines. */
  public @Nullable LocalDate last() {
    return last;
  }

  /** Returns the sums, by currency. */
  public Collection<Total> totals() {
    return byCurrency.values();
  }
}
