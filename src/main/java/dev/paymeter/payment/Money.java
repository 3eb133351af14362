package dev.paymeter.payment;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Currency;
import java.util.Optional;

/**
 * An exact amount of one currency.
 *
 * @param amount in major units; its scale equals the currency's number of fraction digits (ISO 4217
 *     exponent: 2 for USD, 0 for JPY, 3 for KWD, 4 for CLF)
 */
public record Money(BigDecimal amount, Currency currency) {
  /** Amounts with more integer digits are rejected before any costly arithmetic. */
  public static final int MAX_INTEGER_DIGITS = 18;

  public Money {
    if (currency.getDefaultFractionDigits() < 0) {
      throw new IllegalArgumentException(currency + " has no minor unit");
    }
    if (amount.scale() != currency.getDefaultFractionDigits()) {
      throw new IllegalArgumentException(
          "scale " + amount.scale() + " is not that of " + currency.getCurrencyCode());
    }
  }

  /**
   * Returns an amount in a currency.
   *
   * @throws IllegalArgumentException if {@code amount} has more fraction digits than the currency
   *     (trailing zeros do not count) or too many integer digits
   */
  public static Money of(BigDecimal amount, Currency currency) {
    if (isTooLarge(amount)) {
      throw new IllegalArgumentException("more than " + MAX_INTEGER_DIGITS + " integer digits");
    }
    if (hasTooManyDecimals(amount, currency)) {
      throw new IllegalArgumentException(
          currency.getCurrencyCode() + " has " + currency.getDefaultFractionDigits() + " decimals");
    }
    return new Money(
        amount.setScale(currency.getDefaultFractionDigits(), RoundingMode.UNNECESSARY), currency);
  }

  public static Money zero(Currency currency) {
    return of(BigDecimal.ZERO, currency);
  }

  /**
   * Returns the currency with an ISO 4217 code.
   *
   * @return empty if Java does not know the code, or the currency has no minor unit, such as gold
   */
  public static Optional<Currency> findCurrency(String code) {
    return Currency.getAvailableCurrencies().stream()
        .filter(known -> known.getCurrencyCode().equals(code))
        .filter(known -> known.getDefaultFractionDigits() >= 0)
        .findFirst();
  }

  /** Returns whether the amount has non-zero digits below the currency's minor unit. */
  public static boolean hasTooManyDecimals(BigDecimal amount, Currency currency) {
    return amount.stripTrailingZeros().scale() > currency.getDefaultFractionDigits();
  }

  /** Returns whether an amount has too many integer digits. Cheap for any exponent. */
  public static boolean isTooLarge(BigDecimal amount) {
    return amount.signum() != 0 && (long) amount.precision() - amount.scale() > MAX_INTEGER_DIGITS;
  }

  @Override
  public String toString() {
    return amount.toPlainString() + " " + currency.getCurrencyCode();
  }
}
