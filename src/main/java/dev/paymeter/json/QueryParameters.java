package dev.paymeter.json;

import dev.paymeter.payment.AllowedValues;
import dev.paymeter.payment.RequestRejectedException;
import dev.paymeter.payment.RequestRejectedException.FieldError;
import dev.paymeter.payment.query.PaymentPage;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reader of query parameters, which collects all errors. */
public final class QueryParameters {
  static final String LIMIT = "limit";
  static final String AFTER = "after";

  private static final int MAX_LIMIT = 100;
  private static final int DEFAULT_LIMIT = 20;
  private static final Pattern LIMIT_FORM = Pattern.compile("[1-9][0-9]?|" + MAX_LIMIT);

  /** A time by RFC 3339, section 5.6. */
  private static final Pattern TIME =
      Pattern.compile(
          "\\d{4}-\\d\\d-\\d\\d[Tt]\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,9})?([Zz]|[+-]\\d\\d:\\d\\d)");

  /** No row is earlier; earlier bounds are replaced by it. */
  private static final Instant EARLIEST = Instant.parse("0001-01-01T00:00:00Z");

  private static final Instant LATEST = Instant.parse("9999-12-31T00:00:00Z");

  private final Map<String, List<String>> parameters;
  private final List<FieldError> errors = new ArrayList<>();

  QueryParameters(Map<String, List<String>> parameters, Set<String> known) {
    this.parameters = parameters;
    parameters.forEach(
        (name, values) -> {
          if (!known.contains(name)) {
            addError(
                ActualValue.shorten(name),
                known.isEmpty()
                    ? "no parameters"
                    : "no such parameter; known parameters: "
                        + String.join(", ", new TreeSet<>(known)),
                "present");
          } else if (values.size() > 1) {
            addError(name, "at most one " + name, values.size() + " values");
          }
        });
  }

  /**
   * Checks a request without parameters.
   *
   * @throws RequestRejectedException with all parameters
   */
  public static void requireNone(Map<String, List<String>> parameters) {
    new QueryParameters(parameters, Set.of()).check();
  }

  /** Reads a parameter. Returns null if it is absent, repeated or invalid. */
  <T> @Nullable T value(String name, String expected, Function<String, @Nullable T> read) {
    List<String> values = parameters.getOrDefault(name, List.of());
    if (values.size() != 1) {
      return null;
    }
    T value = read.apply(values.get(0));
    if (value == null) {
      addError(name, expected, ActualValue.describe(values.get(0)));
    }
    return value;
  }

  @Nullable String choice(String name, List<String> set) {
    return value(
        name, AllowedValues.oneOf(set), text -> AllowedValues.find(set, text).orElse(null));
  }

  @Nullable String reference(String name) {
    return value(
        name, JsonFieldReader.REFERENCE, text -> JsonFieldReader.isReference(text) ? text : null);
  }

  @Nullable Instant time(String name) {
    return value(name, "a time such as 2026-03-04T05:06:07Z (RFC 3339)", QueryParameters::parse);
  }

  /** Parses a time and rounds it up to a microsecond, the resolution of rows. */
  private static @Nullable Instant parse(String text) {
    if (!TIME.matcher(text).matches()) {
      return null;
    }
    try {
      Instant exact = OffsetDateTime.parse(text.toUpperCase(Locale.ROOT)).toInstant();
      Instant cut = exact.truncatedTo(ChronoUnit.MICROS);
      Instant next = cut.equals(exact) ? cut : cut.plus(1, ChronoUnit.MICROS);
      return next.isBefore(EARLIEST) ? EARLIEST : next.isAfter(LATEST) ? LATEST : next;
    } catch (DateTimeException e) {
      return null;
    }
  }

  /** Adds an error unless the times of a range are in order. */
  void checkOrder(
      @Nullable Instant since, String sinceName, @Nullable Instant before, String beforeName) {
    if (since != null && before != null && !since.isBefore(before)) {
      addError(beforeName, "a time after " + sinceName, before.toString());
    }
  }

  /** Reads the maximum number of items in a page. */
  int limit() {
    Integer limit =
        value(
            LIMIT,
            "a whole number from 1 to " + MAX_LIMIT,
            text -> LIMIT_FORM.matcher(text).matches() ? Integer.valueOf(text) : null);
    return limit == null ? DEFAULT_LIMIT : limit;
  }

  /** Reads the position after which a page begins. */
  PaymentPage.@Nullable Position after(Function<String, PaymentPage.@Nullable Position> read) {
    return value(AFTER, "the value of \"next\" from a list with the same filters", read);
  }

  void addError(String name, String expected, String actual) {
    errors.add(new FieldError(name, expected, actual));
  }

  /**
   * Throws the collected errors. Call it last.
   *
   * @throws RequestRejectedException if there are errors
   */
  void check() {
    if (!errors.isEmpty()) {
      throw RequestRejectedException.invalid(errors);
    }
  }
}
