package dev.paymeter.app.config;

import dev.paymeter.payment.ExchangeRates;
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
 * Reads exchange rates: lines of {@code currency,usd,date}, such as {@code EUR,1.0321,2025-01-02}:
 * what one unit is worth in US dollars, and on which day. Lines that begin with {@code #} are
 * comments.
 *
 * <p>Whoever writes such a file anew should rename the finished one into its place: what is read
 * while it is written may be half of it.
 */
public final class ExchangeRateFile {
  private static final String SHIPPED = "/rates.csv";

  private static final BigDecimal LEAST = new BigDecimal("0.000000001");
  private static final BigDecimal MOST = new BigDecimal("1000000000");
  private static final int MOST_DECIMALS = 18;

  private ExchangeRateFile() {}

  /**
   * What keeps rates from being used: those that are missing, and those of days to come.
   *
   * @param inUse the currencies that need a rate
   * @param today in UTC; somewhere it is tomorrow already
   */
  public static List<String> faults(
      ExchangeRates exchangeRates, Collection<Currency> inUse, LocalDate today) {
    List<String> faults = new ArrayList<>();
    for (Currency currency : inUse) {
      Optional<ExchangeRates.Rate> rate = exchangeRates.find(currency);
      if (rate.isEmpty()) {
        faults.add("none for " + currency);
      } else if (rate.get().date().isAfter(today.plusDays(1))) {
        faults.add("one for " + currency + " of " + rate.get().date() + ", which is to come");
      }
    }
    return faults;
  }

  /** The rates that come with the program: good enough to try it. */
  public static ExchangeRates shipped() throws IOException {
    try (InputStream in = ExchangeRateFile.class.getResourceAsStream(SHIPPED)) {
      if (in == null) {
        throw new IOException(SHIPPED + " is missing from the program");
      }
      return parse(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    }
  }

  public static ExchangeRates parse(String text) {
    Map<Currency, ExchangeRates.Rate> rates = new HashMap<>();
    List<String> lines = text.lines().map(String::strip).toList();
    for (int number = 1; number <= lines.size(); number++) {
      String line = lines.get(number - 1);
      if (!line.isEmpty() && !line.startsWith("#")) {
        parse(line, number, rates);
      }
    }
    return new ExchangeRates(rates);
  }

  private static void parse(String line, int number, Map<Currency, ExchangeRates.Rate> rates) {
    String[] parts = line.split("\\s*,\\s*", -1);
    try {
      if (parts.length != 3) {
        throw new IllegalArgumentException();
      }
      Currency currency = Currency.getInstance(parts[0]);
      ExchangeRates.Rate rate = new ExchangeRates.Rate(worth(parts[1]), LocalDate.parse(parts[2]));
      boolean wrongDollar =
          ExchangeRates.isUsd(currency) && rate.usd().compareTo(BigDecimal.ONE) != 0;
      if (wrongDollar || rates.put(currency, rate) != null) {
        throw new IllegalArgumentException();
      }
    } catch (IllegalArgumentException | DateTimeException e) {
      throw new IllegalArgumentException(
          "line "
              + number
              + " (\""
              + line
              + "\") is not a currency of its own, its worth in US dollars from "
              + LEAST.toPlainString()
              + " to "
              + MOST.toPlainString()
              + ", a date");
    }
  }

  private static BigDecimal worth(String text) {
    BigDecimal worth = new BigDecimal(text);
    if (worth.compareTo(LEAST) < 0 || worth.compareTo(MOST) > 0 || worth.scale() > MOST_DECIMALS) {
      throw new IllegalArgumentException();
    }
    // As the ledger gives it back, which keeps no exponent.
    return worth.scale() < 0 ? worth.setScale(0, RoundingMode.UNNECESSARY) : worth;
  }
}
