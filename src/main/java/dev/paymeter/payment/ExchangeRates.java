package dev.paymeter.payment;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.LocalDate;
import java.util.Collection;
import java.util.Comparator;
import java.util.Currency;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * The current rates of all currencies to the US dollar. Replaced atomically, all at once; rates are
 * immutable. Safe from any thread.
 */
public final class ExchangeRates {
  private static final Currency USD = Currency.getInstance("USD");

  private volatile Map<Currency, Rate> byCurrency;

  public ExchangeRates(Map<Currency, Rate> byCurrency) {
    this.byCurrency = Map.copyOf(byCurrency);
  }

  /**
   * The rate of one currency on one day.
   *
   * @param usd the value of one major unit in US dollars, above zero
   * @param date the day the rate was fixed
   */
  public record Rate(BigDecimal usd, LocalDate date) {
    public Rate {
      if (usd.signum() <= 0) {
        throw new IllegalArgumentException("expected a rate above zero, found " + usd);
      }
    }

    /** Converts an amount to US dollars, rounded once, half-even, to the cent. */
    public BigDecimal convert(Money money) {
      return money.amount().multiply(usd).setScale(2, RoundingMode.HALF_EVEN);
    }
  }

  /** Replaces all rates by the current rates of {@code newer}. */
  public void replaceWith(ExchangeRates newer) {
    byCurrency = newer.byCurrency;
  }

  /** Returns whether all rates and their dates are equal. */
  public boolean hasSameRates(ExchangeRates other) {
    return byCurrency.equals(other.byCurrency);
  }

  /**
   * Returns the oldest date of the rates of these currencies, except the US dollar.
   *
   * @return empty if no other currency is in use
   */
  public Optional<LocalDate> oldestDate(Collection<Currency> inUse) {
    Map<Currency, Rate> now = byCurrency;
    return inUse.stream()
        .filter(currency -> !isUsd(currency))
        .map(now::get)
        .filter(Objects::nonNull)
        .map(Rate::date)
        .min(Comparator.naturalOrder());
  }

  public Optional<Rate> find(Currency currency) {
    return Optional.ofNullable(byCurrency.get(currency));
  }

  /**
   * Returns the rate of a configured currency. The settings are checked for missing rates at
   * startup.
   *
   * @throws IllegalStateException if the currency has no rate
   */
  public Rate of(Currency currency) {
    return find(currency)
        .orElseThrow(() -> new IllegalStateException("no rate for " + currency.getCurrencyCode()));
  }

  public Set<Currency> currencies() {
    return byCurrency.keySet();
  }

  /** Returns whether the currency is the US dollar, whose rate is always 1. */
  public static boolean isUsd(Currency currency) {
    return currency.equals(USD);
  }
}
