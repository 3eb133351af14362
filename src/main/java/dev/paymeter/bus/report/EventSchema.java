package dev.paymeter.bus.report;

import static java.util.Objects.requireNonNull;

import dev.paymeter.json.AmountRules;
import dev.paymeter.json.JsonFieldReader;
import dev.paymeter.payment.ExchangeRates;
import dev.paymeter.payment.Money;
import dev.paymeter.report.EventReport;
import java.math.BigDecimal;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;

/** Schema of business events: the type of the event and its amount. */
public final class EventSchema implements ReportReader.Schema<EventReport> {
  /** The type of an event, used as a label value. {@code other} is reserved. */
  public static final Pattern EVENT = Pattern.compile("(?!other$)[a-z][a-z0-9_]{0,31}");

  private static final String MINOR_UNITS = "amount_minor";

  private final List<String> currencies;
  private final String defaultCurrency;
  private final AmountRules amounts;

  /**
   * @param maxUsd maximum amount of an event in US dollars
   */
  EventSchema(
      List<String> currencies,
      String defaultCurrency,
      ExchangeRates exchangeRates,
      BigDecimal maxUsd) {
    this.currencies = List.copyOf(currencies);
    this.defaultCurrency = defaultCurrency;
    this.amounts = new AmountRules(exchangeRates, maxUsd);
  }

  @Override
  public Set<String> fields() {
    return Set.of("event", "amount", "currency");
  }

  @Override
  public Set<String> requiredColumns() {
    return new LinkedHashSet<>(List.of("event", MINOR_UNITS));
  }

  @Override
  public Set<String> optionalColumns() {
    return Set.of("currency");
  }

  @Override
  public Function<ReportReader.ReportKey, EventReport> read(
      JsonFieldReader fields, boolean inColumns) {
    String event =
        fields.matching(
            "event",
            EVENT,
            "a lower-case word of 1 to 32 characters, such as a_word; reserved: other");
    String currency = fields.choice("currency", currencies, defaultCurrency);
    Money amount =
        inColumns
            ? fields.minorUnits(MINOR_UNITS, currency, amounts)
            : fields.amount("amount", currency, amounts);
    return reportKey ->
        new EventReport(
            reportKey.publisher(), reportKey.id(), requireNonNull(event), requireNonNull(amount));
  }
}
