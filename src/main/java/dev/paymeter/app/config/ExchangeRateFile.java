package dev.paymeter.app.config;

import dev.paymeter.payment.ExchangeRates;
import dev.paymeter.security.EntryLines;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Currency;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Parser of exchange rates: lines of {@code currency,usd,date}, such as {@code
 * EUR,1.0321,2025-01-02}, with the value of one unit in US dollars and its day. Lines that begin
 * with {@code #} are comments.
 *
 * <p>Replace such a file by renaming a complete file into its place; otherwise it may be read while
 * it is incomplete.
 */
public final class ExchangeRateFile {
  private static final String SHIPPED = "/rates.csv";

  private static final BigDecimal MIN_USD = new BigDecimal("0.000000001");
  private static final BigDecimal MAX_USD = new BigDecimal("1000000000");
  private static final int MAX_DECIMALS = 18;

  private ExchangeRateFile() {}

  /**
   * Returns the errors of rates: missing ones and ones with a date in the future.
   *
   * @param inUse currencies that need a rate
   * @param today in UTC; tomorrow is accepted, as it has begun in other time zones
   */
  public static List<String> errors(
      ExchangeRates exchangeRates, Collection<Currency> inUse, LocalDate today) {
    List<String> errors = new ArrayList<>();
    for (Currency currency : inUse) {
      Optional<ExchangeRates.Rate> rate = exchangeRates.find(currency);
      if (rate.isEmpty()) {
        errors.add("none for " + currency);
      } else if (rate.get().date().isAfter(today.plusDays(1))) {
        errors.add("one for " + currency + " with a future date, " + rate.get().date());
      }
    }
    return errors;
  }

  /** Returns the rates that are included in the program, which are for trials only. */
  public static ExchangeRates shipped() throws IOException {
    try (InputStream in = ExchangeRateFile.class.getResourceAsStream(SHIPPED)) {
      if (in == null) {
        throw new IOException(SHIPPED + " is missing in the program");
      }
      return parse(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    }
  }

  /**
   * Parses the content of a file.
   *
   * @throws IllegalArgumentException naming the first invalid line
   */
  public static ExchangeRates parse(String text) {
    Map<Currency, ExchangeRates.Rate> rates = new HashMap<>();
    EntryLines.forEach(text, (line, number) -> parse(line, number, rates));
    return new ExchangeRates(rates);
  }

  private static void parse(String line, int number, Map<Currency, ExchangeRates.Rate> rates) {
    String[] parts = line.split("\\s*,\\s*", -1);
    try {
      ConfigSource.require(parts.length == 3);
      Currency currency = Currency.getInstance(parts[0]);
      ExchangeRates.Rate rate =
          new ExchangeRates.Rate(usdValue(parts[1]), LocalDate.parse(parts[2]));
      ConfigSource.require(
          !ExchangeRates.isUsd(currency) || rate.usd().compareTo(BigDecimal.ONE) == 0);
      ConfigSource.require(rates.put(currency, rate) == null);
    } catch (IllegalArgumentException | DateTimeException e) {
      throw new IllegalArgumentException(
          "line %s (\"%s\"): expected a currency, once in the file, its value in US dollars"
                  .formatted(number, line)
              + " from %s to %s, and a date"
                  .formatted(MIN_USD.toPlainString(), MAX_USD.toPlainString()));
    }
  }

  private static BigDecimal usdValue(String text) {
    BigDecimal value = new BigDecimal(text);
    ConfigSource.require(value.compareTo(MIN_USD) >= 0 && value.compareTo(MAX_USD) <= 0);
    ConfigSource.require(value.scale() <= MAX_DECIMALS);
    // PostgreSQL returns no negative scale.
    return value.scale() < 0 ? value.setScale(0, RoundingMode.UNNECESSARY) : value;
  }
}
