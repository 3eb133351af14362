package dev.paymeter.settlement;

import dev.paymeter.payment.Money;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.util.Currency;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reader of the values of a CSV record. For one thread. */
public final class LineFields {
  private static final int MAX_TEXT = 255;
  private static final int MAX_DECIMALS = 10;
  private static final Pattern DECIMAL = Pattern.compile("[+-]?(\\d{1,40})(\\.\\d{0,40})?");
  private static final Instant EARLIEST = Instant.parse("1970-01-01T00:00:00Z");
  private static final Instant LATEST = Instant.parse("9999-01-01T00:00:00Z");

  private final CsvReader csv;
  private final ZoneId zone;
  private final Map<String, Optional<Currency>> currencies = new HashMap<>();

  /**
   * @param zone of dates without a zone
   */
  public LineFields(CsvReader csv, ZoneId zone) {
    this.csv = csv;
    this.zone = zone;
  }

  /**
   * Returns a text, which may be empty.
   *
   * @throws InvalidFileException if it is too long, or contains control characters
   */
  public String text(String column) throws InvalidFileException {
    String value = csv.get(column);
    if (value.length() > MAX_TEXT || value.chars().anyMatch(Character::isISOControl)) {
      throw invalid(column, "at most 255 characters, none of them a control character");
    }
    return value;
  }

  /**
   * Returns a currency, in upper or lower case.
   *
   * @throws InvalidFileException if there is no such currency
   */
  public Currency currency(String column) throws InvalidFileException {
    Optional<Currency> known =
        currencies.computeIfAbsent(
            csv.get(column), code -> Money.findCurrency(code.toUpperCase(Locale.ROOT)));
    if (known.isEmpty()) {
      throw invalid(column, "a currency of ISO 4217 such as EUR");
    }
    return known.get();
  }

  /**
   * Returns an amount of a currency.
   *
   * @throws InvalidFileException if it is no decimal, or has more decimals than the currency
   */
  public BigDecimal amount(String column, Currency currency) throws InvalidFileException {
    BigDecimal amount = decimal(column);
    if (amount == null) {
      throw invalid(column, "a decimal such as 12.50");
    }
    if (Money.hasTooManyDecimals(amount, currency)) {
      throw invalid(
          column,
          "at most %d decimals, as %s has"
              .formatted(currency.getDefaultFractionDigits(), currency.getCurrencyCode()));
    }
    return amount.setScale(currency.getDefaultFractionDigits());
  }

  /**
   * Returns a decimal; null if the field is empty.
   *
   * @throws InvalidFileException if it is something else
   */
  public @Nullable BigDecimal decimal(String column) throws InvalidFileException {
    String value = csv.get(column);
    if (value.isEmpty()) {
      return null;
    }
    if (!DECIMAL.matcher(value).matches()) {
      throw invalid(column, "a decimal such as 12.50");
    }
    BigDecimal decimal = new BigDecimal(value);
    if (Money.isTooLarge(decimal) || decimal.stripTrailingZeros().scale() > MAX_DECIMALS) {
      throw invalid(
          column,
          "a decimal with at most %d digits and %d decimals"
              .formatted(Money.MAX_INTEGER_DIGITS, MAX_DECIMALS));
    }
    return decimal;
  }

  /**
   * Returns when a line was booked: an instant of RFC 3339, a local time, or a day.
   *
   * @param ofLocalTimes the zone of local times; null if they are not allowed
   * @throws InvalidFileException if it is neither
   */
  public BookingTime booked(String column, @Nullable ZoneId ofLocalTimes)
      throws InvalidFileException {
    String value = csv.get(column);
    try {
      if (value.length() <= "2026-11-27".length()) {
        return booked(BookingTime.on(LocalDate.parse(value)));
      }
      String time = value.charAt(10) == ' ' ? value.replaceFirst(" ", "T") : value;
      return booked(
          BookingTime.at(
              ofLocalTimes == null || isWithOffset(time)
                  ? OffsetDateTime.parse(time).toInstant()
                  : LocalDateTime.parse(time).atZone(ofLocalTimes).toInstant(),
              zone));
    } catch (DateTimeException e) {
      throw invalid(
          column,
          ofLocalTimes == null
              ? "a time such as 2026-11-27T12:00:00Z, or a day such as 2026-11-27"
              : "a time such as 2026-11-27 12:00:00, or a day such as 2026-11-27");
    }
  }

  private static boolean isWithOffset(String time) {
    return time.toUpperCase(Locale.ROOT).endsWith("Z")
        || time.indexOf('+') > 0
        || time.lastIndexOf('-') > 10;
  }

  private BookingTime booked(BookingTime time) {
    Instant earliest = time.earliest(zone);
    if (earliest.isBefore(EARLIEST) || earliest.isAfter(LATEST)) {
      throw new DateTimeException("not in the years 1970 to 9998");
    }
    return time;
  }

  /** Returns the error of a column of the current record. */
  public InvalidFileException invalid(String column, String expected) {
    return new InvalidFileException(csv.line(), column, expected, csv.get(column));
  }
}
