package dev.paymeter.payment;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Currency;
import java.util.Optional;

/**
 * An exact amount of one currency.
 *
 * @param amount in major units, its scale exactly the currency's number of fraction digits (ISO
 *     4217 exponent: 2 for USD, 0 for JPY, 3 for KWD, 4 for CLF)
 */
public record Money(BigDecimal amount, Currency currency) {
  /** Longer integers than this are refused before any arithmetic can make them costly. */
  public static final int MOST_INTEGER_DIGITS = 18;

  public Money {
    if (currency.getDefaultFractionDigits() < 0) {
      throw new IllegalArgumentException(currency + " has no units to count an amount in");
    }
    if (amount.scale() != currency.getDefaultFractionDigits()) {
      throw new IllegalArgumentException(
          "scale " + amount.scale() + " is not that of " + currency.getCurrencyCode());
    }
  }

  /**
   * Money of any decimal that the currency can express.
   *
   * @throws IllegalArgumentException when {@code amount} has more fraction digits than the currency
   *     (trailing zeros do not count) or is absurdly large
   */
  public static Money of(BigDecimal amount, Currency currency) {
    if (isHuge(amount)) {
      throw new IllegalArgumentException("more than " + MOST_INTEGER_DIGITS + " integer digits");
    }
    if (isFinerThan(amount, currency)) {
      throw new IllegalArgumentException(
          currency.getCurrencyCode() + " has " + currency.getDefaultFractionDigits() + " decimals");
    }
    return new Money(
        amount.setScale(currency.getDefaultFractionDigits(), RoundingMode.UNNECESSARY), currency);
  }

  /** Nothing, in a currency's digits. */
  public static Money zero(Currency currency) {
    return of(BigDecimal.ZERO, currency);
  }

  /**
   * The currency of an ISO 4217 code.
   *
   * @return empty where Java knows no such code, or ISO gives it no smallest unit, as gold has none
   */
  public static Optional<Currency> currency(String code) {
    return Currency.getAvailableCurrencies().stream()
        .filter(known -> known.getCurrencyCode().equals(code))
        .filter(known -> known.getDefaultFractionDigits() >= 0)
        .findFirst();
  }

  /** Whether the amount has non-zero digits beyond the currency's smallest unit. */
  public static boolean isFinerThan(BigDecimal amount, Currency currency) {
    return amount.stripTrailingZeros().scale() > currency.getDefaultFractionDigits();
  }

  /** Whether an amount's integer part is too long for any currency; cheap for any exponent. */
  public static boolean isHuge(BigDecimal amount) {
    return amount.signum() != 0 && (long) amount.precision() - amount.scale() > MOST_INTEGER_DIGITS;
  }

  @Override
  public String toString() {
    return amount.toPlainString() + " " + currency.getCurrencyCode();
  }
}
