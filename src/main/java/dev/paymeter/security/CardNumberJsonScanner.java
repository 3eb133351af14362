package dev.paymeter.security;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
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
      return inFields(object);
    }
    return value instanceof JsonArray array ? inValues(array) : null;
  }

  private static @Nullable String inFields(JsonObject fields) {
    for (Map.Entry<String, Object> field : fields) {
      if (CardNumberDetector.containsCardNumber(field.getKey())) {
        return "(name)";
      }
      String rest = in(field.getValue());
      if (rest != null) {
        return shorten(field.getKey()) + separated(rest);
      }
    }
    return null;
  }

  private static @Nullable String inValues(JsonArray values) {
    for (int i = 0; i < values.size(); i++) {
      String rest = in(values.getValue(i));
      if (rest != null) {
        return "[" + i + "]" + separated(rest);
      }
    }
    return null;
  }

  private static String separated(String rest) {
    return rest.isEmpty() || rest.startsWith("[") ? rest : "." + rest;
  }

  private static String shorten(String name) {
    return name.codePointCount(0, name.length()) <= MAX_NAME_LENGTH
        ? name
        : name.substring(0, name.offsetByCodePoints(0, MAX_NAME_LENGTH)) + "…";
  }
}
