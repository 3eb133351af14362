package dev.paymeter.json;

import dev.paymeter.payment.AllowedValues;
import dev.paymeter.payment.RequestRefusedException;
import dev.paymeter.payment.RequestRefusedException.Fault;
import dev.paymeter.payment.query.PaymentPage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** One reading of a query's parameters, with the faults that it has met. */
final class QueryParameters {
  static final String LIMIT = "limit";
  static final String AFTER = "after";

  private static final int MOST = 100;
  private static final int DEFAULT_LIMIT = 20;
  private static final Pattern LIMIT_FORM = Pattern.compile("[1-9][0-9]?|" + MOST);

  private final Map<String, List<String>> parameters;
  private final List<Fault> faults = new ArrayList<>();

  /**
   * @param known the names that there may be
   */
  QueryParameters(Map<String, List<String>> parameters, Set<String> known) {
    this.parameters = parameters;
    parameters.forEach(
        (name, values) -> {
          if (!known.contains(name)) {
            wrong(
                ActualValue.shorten(name),
                "no such parameter; known are " + String.join(", ", new TreeSet<>(known)),
                "present");
          } else if (values.size() > 1) {
            wrong(name, "at most one " + name, values.size() + " of them");
          }
        });
  }

  /** Null where it is absent, named already, or wrong. */
  <T> @Nullable T value(String name, String wanted, Function<String, @Nullable T> read) {
    List<String> values = parameters.getOrDefault(name, List.of());
    if (values.size() != 1) {
      return null;
    }
    T value = read.apply(values.get(0));
    if (value == null) {
      wrong(name, wanted, ActualValue.describe(values.get(0)));
    }
    return value;
  }

  @Nullable String choice(String name, List<String> set) {
    return value(
        name,
        "one of " + String.join(", ", set),
        text -> AllowedValues.find(set, text).orElse(null));
  }

  /** How many of a list are wanted at once. */
  int limit() {
    Integer limit =
        value(
            LIMIT,
            "a whole number from 1 to " + MOST,
            text -> LIMIT_FORM.matcher(text).matches() ? Integer.valueOf(text) : null);
    return limit == null ? DEFAULT_LIMIT : limit;
  }

  /** Where a list goes on. */
  PaymentPage.@Nullable Position after(Function<String, PaymentPage.@Nullable Position> read) {
    return value(AFTER, "what \"next\" of a list with the same filters says", read);
  }

  void wrong(String name, String wanted, String found) {
    faults.add(new Fault(name, wanted, found));
  }

  /**
   * To be called last.
   *
   * @throws RequestRefusedException when there was a fault
   */
  void check() {
    if (!faults.isEmpty()) {
      throw RequestRefusedException.invalid(faults);
    }
  }
}
