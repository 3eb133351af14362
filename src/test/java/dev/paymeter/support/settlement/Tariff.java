package dev.paymeter.support.settlement;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Currency;

/** The agreed fees of payments: {@value #OPTION} in major units of the payment's currency. */
final class Tariff {
  static final String OPTION = "2.9%+0.30";

  private static final BigDecimal RATE = new BigDecimal("0.029");
  private static final BigDecimal FIXED = new BigDecimal("0.30");

  /** Distance of a fee in minor units from the next one, at which all roundings to it agree. */
  private static final BigDecimal CLEAR = new BigDecimal("0.1");

  private static final BigDecimal HALF = new BigDecimal("0.5");

  private Tariff() {}

  /** Returns the fee, rounded to the nearest minor unit. */
  static BigDecimal fee(BigDecimal amount, String currency) {
    return fee(amount, currency, RATE, FIXED);
  }

  static BigDecimal fee(BigDecimal amount, String currency, BigDecimal rate, BigDecimal fixed) {
    return round(amount.multiply(rate).add(fixed), currency);
  }

  /** Returns the part of the fee that depends on the amount. */
  static BigDecimal variableFee(BigDecimal amount, String currency) {
    return round(amount.multiply(RATE), currency);
  }

  /**
   * Returns whether the fee is the same with any rounding to the nearest, and if the amount is up
   * to two minor units more or less.
   */
  static boolean isClear(BigDecimal amount, String currency) {
    BigDecimal minor = amount.multiply(RATE).add(FIXED).movePointRight(digits(currency));
    BigDecimal fraction = minor.subtract(minor.setScale(0, RoundingMode.FLOOR));
    return fraction.subtract(HALF).abs().compareTo(CLEAR) > 0;
  }

  static BigDecimal round(BigDecimal amount, String currency) {
    return amount.setScale(digits(currency), RoundingMode.HALF_EVEN);
  }

  static BigDecimal minorUnit(String currency) {
    return BigDecimal.ONE.movePointLeft(digits(currency));
  }

  static int digits(String currency) {
    return Currency.getInstance(currency).getDefaultFractionDigits();
  }
}
