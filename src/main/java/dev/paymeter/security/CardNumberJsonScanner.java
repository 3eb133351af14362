package dev.paymeter.security;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Finds card numbers in JSON: in names and values, strings and whole numbers, at any depth. */
public final class CardNumberJsonScanner {
  private static final int LONGEST_NAME = 80;

  private CardNumberJsonScanner() {}

  /**
   * Where the first one is.
   *
   * @return a path such as {@code order_id} or {@code columns.id[3]}; {@code (name)} stands in it
   *     for a name that has a card number in it
   */
  public static Optional<String> find(JsonObject json) {
    return Optional.ofNullable(in(json));
  }

  /** The path from a value on; null where there is none. */
  private static @Nullable String in(@Nullable Object value) {
    if (value instanceof String text) {
      return CardNumberDetector.isIn(text) ? "" : null;
    }
    if (value instanceof Number number) {
      return CardNumberDetector.is(number) ? "" : null;
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
      if (CardNumberDetector.isIn(name)) {
        return "(name)";
      }
      String rest = in(field.getValue());
      if (rest != null) {
        boolean ends = rest.isEmpty() || rest.startsWith("[");
        return shorten(name) + (ends ? "" : ".") + rest;
      }
    }
    return null;
  }

  private static @Nullable String inValues(List<?> values) {
    for (int i = 0; i < values.size(); i++) {
      String rest = in(values.get(i));
      if (rest != null) {
        boolean ends = rest.isEmpty() || rest.startsWith("[");
        return "[" + i + "]" + (ends ? "" : ".") + rest;
      }
    }
    return null;
  }

  private static String shorten(String name) {
    return name.codePointCount(0, name.length()) <= LONGEST_NAME
        ? name
        : name.substring(0, name.offsetByCodePoints(0, LONGEST_NAME)) + "…";
  }
}
