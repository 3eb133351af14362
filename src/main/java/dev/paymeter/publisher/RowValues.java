package dev.paymeter.publisher;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Currency;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/** Values as rows have them. */
final class RowValues {
  private RowValues() {}

  static String named(String value, String name) {
    return Objects.requireNonNull(value, name);
  }

  static long minorUnits(BigDecimal amount, Currency currency) {
    try {
      return amount.movePointRight(currency.getDefaultFractionDigits()).longValueExact();
    } catch (ArithmeticException notWhole) {
      throw new IllegalArgumentException(
          "amount: wanted at most "
              + currency.getDefaultFractionDigits()
              + " decimals, as "
              + currency
              + " has, found "
              + amount,
          notWhole);
    }
  }

  static long micros(Duration duration) {
    return TimeUnit.SECONDS.toMicros(duration.getSeconds()) + duration.getNano() / 1000;
  }
}
