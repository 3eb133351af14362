package dev.paymeter.settlement;

import java.math.BigDecimal;
import java.util.Currency;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The agreed fee of a payment.
 *
 * @param currency that it applies to; null for all without a tariff of their own
 * @param percent of the amount
 * @param fixed part, in major units of the payment's currency
 */
public record Tariff(@Nullable String currency, BigDecimal percent, BigDecimal fixed) {
  private static final Pattern TEXT =
      Pattern.compile(
          "(?:([A-Z]{3})=)?(\\d{1,2}(?:\\.\\d{1,6})?)%(?:\\+(\\d{1,9}(?:\\.\\d{1,6})?))?");

  private static final BigDecimal HALF = new BigDecimal("0.5");

  /**
   * Parses a tariff such as {@code 2.9%+0.30}, or {@code EUR=1.5%+0.25} for one currency.
   *
   * @throws IllegalArgumentException if it is none
   */
  public static Tariff parse(String text) {
    Matcher parts = TEXT.matcher(text);
    if (!parts.matches()) {
      throw new IllegalArgumentException(
          "expected a tariff such as 2.9%+0.30 or EUR=1.5%+0.25, found " + text);
    }
    String fixed = parts.group(3);
    return new Tariff(
        parts.group(1),
        new BigDecimal(parts.group(2)),
        fixed == null ? BigDecimal.ZERO : new BigDecimal(fixed));
  }

  /** Returns the fee of an amount, before it is rounded to the minor unit. */
  BigDecimal exactFee(BigDecimal amount) {
    return amount.abs().multiply(percent).movePointLeft(2).add(fixed);
  }

  /** Returns whether a fee is that of an amount, rounded to the nearest minor unit. */
  boolean isFee(BigDecimal fee, BigDecimal amount, Currency ofBoth) {
    return fee.subtract(exactFee(amount)).abs().compareTo(tolerance(ofBoth)) <= 0;
  }

  /** Returns by how much rounding to the nearest minor unit may change a fee. */
  public static BigDecimal tolerance(Currency currency) {
    return HALF.movePointLeft(currency.getDefaultFractionDigits());
  }

  @Override
  public String toString() {
    return percent.toPlainString() + "%" + (fixed.signum() == 0 ? "" : "+" + fixed.toPlainString());
  }
}
