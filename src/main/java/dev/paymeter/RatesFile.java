package dev.paymeter;

import dev.paymeter.payments.Rates;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.Currency;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads exchange rates: lines of {@code currency,usd,date}, such as {@code EUR,1.0321,2025-01-02}:
 * what one unit is worth in US dollars, and on which day. Lines that begin with {@code #} are
 * comments.
 */
final class RatesFile {
  private static final String SHIPPED = "/rates.csv";

  private RatesFile() {}

  /**
   * @throws IllegalArgumentException naming the line that is wrong
   */
  static Rates read(Path file) throws IOException {
    return parse(Files.readString(file));
  }

  /** The rates that come with the program: good enough to try it. */
  static Rates shipped() throws IOException {
    try (InputStream in = RatesFile.class.getResourceAsStream(SHIPPED)) {
      if (in == null) {
        throw new IOException(SHIPPED + " is missing from the program");
      }
      return parse(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    }
  }

  static Rates parse(String text) {
    Map<Currency, Rates.Rate> rates = new HashMap<>();
    List<String> lines = text.lines().map(String::strip).toList();
    for (int number = 1; number <= lines.size(); number++) {
      String line = lines.get(number - 1);
      if (!line.isEmpty() && !line.startsWith("#")) {
        parse(line, number, rates);
      }
    }
    return new Rates(rates);
  }

  private static void parse(String line, int number, Map<Currency, Rates.Rate> rates) {
    String[] parts = line.split("\\s*,\\s*", -1);
    try {
      if (parts.length != 3) {
        throw new IllegalArgumentException();
      }
      Currency currency = Currency.getInstance(parts[0]);
      Rates.Rate rate = new Rates.Rate(new BigDecimal(parts[1]), LocalDate.parse(parts[2]));
      boolean wrongDollar = Rates.isUsd(currency) && rate.usd().compareTo(BigDecimal.ONE) != 0;
      if (wrongDollar || rates.put(currency, rate) != null) {
        throw new IllegalArgumentException();
      }
    } catch (IllegalArgumentException | DateTimeException e) {
      throw new IllegalArgumentException(
          "line "
              + number
              + " (\""
              + line
              + "\") is not a currency of its own, its worth in US dollars above zero, a date");
    }
  }
}
