package dev.paymeter.security;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Scanner for card numbers in JSON: in names, strings and whole numbers, at any depth. */
public final class CardNumberJsonScanner {
  private static final int MAX_NAME_LENGTH = 80;

  private CardNumberJsonScanner() {}

  /**
   * Returns the path of the first card number.
   *
   * @return a path such as {@code order_id} or {@code columns.id[3]}, with {@code (name)} in place
   *     of a name that contains a card number
   */
  public static Optional<String> find(JsonObject json) {
    return Optional.ofNullable(in(json));
  }

  /** Returns the path within a value, or null if it contains no card number. */
  private static @Nullable String in(@Nullable Object value) {
    if (value instanceof String text) {
      return CardNumberDetector.containsCardNumber(text) ? "" : null;
    }
    if (value instanceof Number number) {
      return CardNumberDetector.isCardNumber(number) ? "" : null;
    }
    if (value instanceof JsonObject object) {
      return inFields(object.getMap());
    }
    if (value instanceof Map<?, ?> map) {
      return inFields(map);
    }
    if (value instanceof JsonArray array) {
      return inValues(array.getList());
    }
    return value instanceof List<?> list ? inValues(list) : null;
  }

  private static @Nullable String inFields(Map<?, ?> fields) {
    for (Map.Entry<?, ?> field : fields.entrySet()) {
      String name = String.valueOf(field.getKey());
      if (CardNumberDetector.containsCardNumber(name)) {
        return "(name)";
      }
      String rest = in(field.getValue());
      if (rest != null) {
        boolean isLast = rest.isEmpty() || rest.startsWith("[");
        return shorten(name) + (isLast ? "" : ".") + rest;
      }
    }
    return null;
  }

  private static @Nullable String inValues(List<?> values) {
    for (int i = 0; i < values.size(); i++) {
      String rest = in(values.get(i));
      if (rest != null) {
        boolean isLast = rest.isEmpty() || rest.startsWith("[");
        return "[" + i + "]" + (isLast ? "" : ".") + rest;
      }
    }
    return null;
  }

  private static String shorten(String name) {
    return name.codePointCount(0, name.length()) <= MAX_NAME_LENGTH
        ? name
        : name.substring(0, name.offsetByCodePoints(0, MAX_NAME_LENGTH)) + "…";
  }
}
