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
 * What one unit of each currency is worth in US dollars now. All rates are replaced at once; a rate
 * that was handed out stays as it is. Safe from any thread.
 */
public final class ExchangeRates {
  private static final Currency USD = Currency.getInstance("USD");

  private volatile Map<Currency, Rate> byCurrency;

  public ExchangeRates(Map<Currency, Rate> byCurrency) {
    this.byCurrency = Map.copyOf(byCurrency);
  }

  /**
   * The worth of one currency on one day.
   *
   * @param usd the worth of one major unit in US dollars, above zero
   * @param date the day the rate was fixed
   */
  public record Rate(BigDecimal usd, LocalDate date) {
    public Rate {
      if (usd.signum() <= 0) {
        throw new IllegalArgumentException("a rate is above zero, found " + usd);
      }
    }

    /** The amount in US dollars, rounded once, half-even, to the cent. */
    public BigDecimal convert(Money money) {
      return money.amount().multiply(usd).setScale(2, RoundingMode.HALF_EVEN);
    }
  }

  /** From now on these are those of {@code newer}, as they are now. */
  public void replaceBy(ExchangeRates newer) {
    byCurrency = newer.byCurrency;
  }

  /** Whether all rates are the same, and of the same days. */
  public boolean isAlike(ExchangeRates other) {
    return byCurrency.equals(other.byCurrency);
  }

  /**
   * The oldest day of the rates in use: of these currencies, but for the dollar.
   *
   * @return empty where nothing but dollars is in use
   */
  public Optional<LocalDate> oldest(Collection<Currency> inUse) {
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
   * @throws IllegalStateException when the currency has no rate; the start checks that every
   *     configured currency has one
   */
  public Rate of(Currency currency) {
    return find(currency)
        .orElseThrow(() -> new IllegalStateException("no rate for " + currency.getCurrencyCode()));
  }

  public Set<Currency> currencies() {
    return byCurrency.keySet();
  }

  /** A US dollar is worth one US dollar whatever the file says. */
  public static boolean isUsd(Currency currency) {
    return currency.equals(USD);
  }
}
