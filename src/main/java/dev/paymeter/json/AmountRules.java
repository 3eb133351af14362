package dev.paymeter.json;

import dev.paymeter.payment.ExchangeRates;
import dev.paymeter.payment.Money;
import java.math.BigDecimal;
import java.util.Currency;
import org.jspecify.annotations.Nullable;

/** Limits of an amount. */
public record AmountRules(ExchangeRates exchangeRates, BigDecimal maxUsd) {
  static final String ABOVE_ZERO = "an amount above zero";

  /**
   * Returns the rule that an amount violates, or null if it is valid.
   *
   * @param currency null if its own field is invalid; then only the number is checked
   */
  @Nullable String findViolation(BigDecimal amount, @Nullable String currency) {
    if (amount.signum() <= 0) {
      return ABOVE_ZERO;
    }
    if (Money.isTooLarge(amount)) {
      return maximum();
    }
    if (currency == null) {
      return null;
    }
    Currency known = Currency.getInstance(currency);
    if (Money.hasTooManyDecimals(amount, known)) {
      return "at most " + known.getDefaultFractionDigits() + " decimals for " + known;
    }
    Money money = Money.of(amount, known);
    return exchangeRates
        .find(known)
        .filter(rate -> rate.convert(money).compareTo(maxUsd) > 0)
        .map(rate -> maximum())
        .orElse(null);
  }

  private String maximum() {
    return "at most " + maxUsd.toPlainString() + " USD or the equivalent in its currency";
  }
}
