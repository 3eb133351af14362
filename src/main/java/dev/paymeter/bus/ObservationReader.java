package dev.paymeter.bus;

import static java.util.Objects.requireNonNull;

import dev.paymeter.payments.EventReport;
import dev.paymeter.payments.Money;
import dev.paymeter.payments.Rates;
import dev.paymeter.payments.RequestRefusedException;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Reads what others report as observations, field by field, and names every fault at once.
 * Immutable; safe from any thread.
 */
public final class ObservationReader {
  /** What happened, as a word: it becomes a label's value. {@code other} is taken. */
  public static final Pattern EVENT = Pattern.compile("(?!other$)[a-z][a-z0-9_]{0,31}");

  private static final Pattern PUBLISHER = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");
  private static final Set<String> FIELDS =
      Set.of("kind", "publisher", "id", "event", "amount", "currency");

  private final List<String> currencies;
  private final String defaultCurrency;
  private final Fields.AmountRules amounts;

  /**
   * @param maxUsd the most that one event may be worth, in US dollars
   */
  public ObservationReader(
      List<String> currencies, String defaultCurrency, Rates rates, BigDecimal maxUsd) {
    this.currencies = List.copyOf(currencies);
    this.defaultCurrency = defaultCurrency;
    this.amounts = new Fields.AmountRules(rates, maxUsd);
  }

  /**
   * Reads one business event.
   *
   * @throws RequestRefusedException naming every fault
   */
  public EventReport read(JsonObject json) {
    Fields fields = new Fields(json);
    fields.choice("kind", List.of("event"));
    String publisher =
        fields.matching(
            "publisher", PUBLISHER, "1 to 128 letters, digits, dots, hyphens, underscores");
    String id = fields.reference("id");
    String event =
        fields.matching(
            "event",
            EVENT,
            "a lower-case word of 1 to 32 characters, such as a_word, and not other");
    String currency = fields.choice("currency", currencies, defaultCurrency);
    Money amount = fields.amount("amount", currency, amounts);
    fields.check(FIELDS);
    return new EventReport(
        requireNonNull(publisher),
        requireNonNull(id),
        requireNonNull(event),
        requireNonNull(amount));
  }
}
