package dev.paymeter.bus.report;

import static java.util.Objects.requireNonNull;

import dev.paymeter.json.AmountRules;
import dev.paymeter.json.JsonFieldReader;
import dev.paymeter.payment.Money;
import dev.paymeter.report.EventReport;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;

/** Schema of business events: the type of the event and its amount. */
public record EventSchema(List<String> currencies, String defaultCurrency, AmountRules amounts) {
  /** The type of an event, used as a label value. {@code other} is reserved. */
  public static final Pattern EVENT = Pattern.compile("(?!other$)[a-z][a-z0-9_]{0,31}");

  private static final String MINOR_UNITS = "amount_minor";

  ReportReader.Schema<EventReport> schema() {
    return new ReportReader.Schema<>(
        List.of("event", MINOR_UNITS), Set.of("currency"), Set.of(), this::read);
  }

  private Function<ReportReader.ReportKey, EventReport> read(
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
