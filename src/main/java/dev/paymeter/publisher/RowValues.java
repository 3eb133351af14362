package dev.paymeter.publisher;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Currency;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/** Conversions of values for rows. */
final class RowValues {
  private RowValues() {}

  static String named(String value, String name) {
    return Objects.requireNonNull(value, name);
  }

  static long minorUnits(BigDecimal amount, Currency currency) {
    try {
      return amount.movePointRight(currency.getDefaultFractionDigits()).longValueExact();
    } catch (ArithmeticException fraction) {
      throw new IllegalArgumentException(
          "amount: expected at most "
              + currency.getDefaultFractionDigits()
              + " decimals for "
              + currency
              + ", found "
              + amount,
          fraction);
    }
  }

  static long micros(Duration duration) {
    return TimeUnit.SECONDS.toMicros(duration.getSeconds()) + duration.getNano() / 1000;
  }
}
