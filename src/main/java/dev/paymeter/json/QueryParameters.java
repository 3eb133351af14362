package dev.paymeter.json;

import dev.paymeter.payment.AllowedValues;
import dev.paymeter.payment.RequestRejectedException;
import dev.paymeter.payment.RequestRejectedException.FieldError;
import dev.paymeter.payment.query.PaymentPage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reader of query parameters, which collects all errors. */
final class QueryParameters {
  static final String LIMIT = "limit";
  static final String AFTER = "after";

  private static final int MAX_LIMIT = 100;
  private static final int DEFAULT_LIMIT = 20;
  private static final Pattern LIMIT_FORM = Pattern.compile("[1-9][0-9]?|" + MAX_LIMIT);

  private final Map<String, List<String>> parameters;
  private final List<FieldError> errors = new ArrayList<>();

  QueryParameters(Map<String, List<String>> parameters, Set<String> known) {
    this.parameters = parameters;
    parameters.forEach(
        (name, values) -> {
          if (!known.contains(name)) {
            addError(
                ActualValue.shorten(name),
                "no such parameter; known parameters: " + String.join(", ", new TreeSet<>(known)),
                "present");
          } else if (values.size() > 1) {
            addError(name, "at most one " + name, values.size() + " values");
          }
        });
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
