package dev.paymeter.support.settlement;

import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * A line of a settlement file.
 *
 * @param payment empty if it is not stated
 * @param amount signed, in major units; its scale may be less than that of the currency
 * @param fee null if it is not stated
 * @param net null if it is not stated
 * @param date an RFC 3339 instant, or a date
 * @param payout empty if it is not stated
 */
public record FileLine(
    String reference,
    String type,
    String payment,
    BigDecimal amount,
    @Nullable BigDecimal fee,
    @Nullable BigDecimal net,
    String currency,
    String date,
    String payout) {

  FileLine withReference(String other) {
    return new FileLine(other, type, payment, amount, fee, net, currency, date, payout);
  }

  /** Replaces all amounts. */
  FileLine withAmounts(
      BigDecimal newAmount, @Nullable BigDecimal newFee, @Nullable BigDecimal newNet) {
    return new FileLine(
        reference, type, payment, newAmount, newFee, newNet, currency, date, payout);
  }

  FileLine withCurrency(String other) {
    return new FileLine(reference, type, payment, amount, fee, net, other, date, payout);
  }

  FileLine withBooking(String otherDate, String otherPayout) {
    return new FileLine(
        reference, type, payment, amount, fee, net, currency, otherDate, otherPayout);
  }
}
