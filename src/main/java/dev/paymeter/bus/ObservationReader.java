package dev.paymeter.bus;

import static java.util.Objects.requireNonNull;

import dev.paymeter.payments.EventReport;
import dev.paymeter.payments.Money;
import dev.paymeter.payments.Rates;
import dev.paymeter.payments.RequestRefusedException;
import dev.paymeter.payments.RequestRefusedException.Fault;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

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
  private static final Set<String> BATCH_FIELDS = Set.of("kind", "publisher", Columns.FIELD);
  private static final String MINOR_UNITS = "amount_minor";
  private static final Set<String> REQUIRED_COLUMNS =
      new LinkedHashSet<>(List.of("id", "event", MINOR_UNITS));
  private static final Set<String> OPTIONAL_COLUMNS = Set.of("currency");
  private static final Set<String> COLUMNS = Set.of("id", "event", MINOR_UNITS, "currency");

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
   * What a batch reports.
   *
   * @param rows how many there are
   * @param reports by row, those that are right
   * @param faults by row, of the others
   */
  record Batch(
      int rows, SortedMap<Integer, EventReport> reports, SortedMap<Integer, List<Fault>> faults) {}

  /** Whether a message is a batch, not a single observation. */
  boolean isBatch(JsonObject json) {
    return json.containsKey(Columns.FIELD);
  }

  /**
   * Reads one business event.
   *
   * @throws RequestRefusedException naming every fault
   */
  EventReport read(JsonObject json) {
    Fields fields = new Fields(json);
    String publisher = publisher(fields);
    String id = id(fields);
    String event = event(fields);
    String currency = currency(fields);
    Money amount = fields.amount("amount", currency, amounts);
    fields.check(FIELDS);
    return new EventReport(
        requireNonNull(publisher),
        requireNonNull(id),
        requireNonNull(event),
        requireNonNull(amount));
  }

  /**
   * Reads a batch of business events, row by row.
   *
   * @throws RequestRefusedException naming every fault that concerns more than a row
   */
  Batch readBatch(JsonObject json) {
    Fields fields = new Fields(json);
    String publisher = publisher(fields);
    fields.check(BATCH_FIELDS);
    Columns columns = Columns.of(json.getValue(Columns.FIELD), REQUIRED_COLUMNS, OPTIONAL_COLUMNS);
    SortedMap<Integer, EventReport> reports = new TreeMap<>();
    SortedMap<Integer, List<Fault>> faults = new TreeMap<>();
    for (int row = 0; row < columns.rows(); row++) {
      try {
        reports.put(row, readRow(requireNonNull(publisher), new Fields(columns.row(row))));
      } catch (RequestRefusedException refused) {
        faults.put(row, refused.faults());
      }
    }
    return new Batch(columns.rows(), reports, faults);
  }

  private EventReport readRow(String publisher, Fields fields) {
    String id = id(fields);
    String event = event(fields);
    String currency = currency(fields);
    Money amount = fields.minorUnits(MINOR_UNITS, currency, amounts);
    fields.check(COLUMNS);
    return new EventReport(
        publisher, requireNonNull(id), requireNonNull(event), requireNonNull(amount));
  }

  private static @Nullable String publisher(Fields fields) {
    fields.choice("kind", List.of("event"));
    return fields.matching(
        "publisher", PUBLISHER, "1 to 128 letters, digits, dots, hyphens, underscores");
  }

  private static @Nullable String id(Fields fields) {
    return fields.reference("id");
  }

  private static @Nullable String event(Fields fields) {
    return fields.matching(
        "event", EVENT, "a lower-case word of 1 to 32 characters, such as a_word, and not other");
  }

  private @Nullable String currency(Fields fields) {
    return fields.choice("currency", currencies, defaultCurrency);
  }
}
