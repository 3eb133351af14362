package dev.paymeter.json;

import dev.paymeter.security.CardNumberDetector;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** Quotes of client input for field errors: short, and without card numbers. */
public final class ActualValue {
  private static final int MAX_CHARACTERS = 80;
  private static final String CARD_NUMBER = "a card number";
  private static final char REPLACEMENT = '\uFFFD';

  private ActualValue() {}

  public static String describe(@Nullable Object value) {
    if (value instanceof String text) {
      return CardNumberDetector.containsCardNumber(text) ? CARD_NUMBER : '"' + shorten(text) + '"';
    }
    if (value instanceof JsonObject) {
      return "an object";
    }
    return value instanceof JsonArray ? "an array" : shorten(String.valueOf(value));
  }

  /** Shortens a text without splitting surrogate pairs, which many clients could not read. */
  public static String shorten(String text) {
    if (CardNumberDetector.containsCardNumber(text)) {
      return CARD_NUMBER;
    }
    StringBuilder echo = new StringBuilder();
    text.codePoints()
        .limit(MAX_CHARACTERS)
        .map(c -> Character.getType(c) == Character.SURROGATE ? REPLACEMENT : c)
        .forEach(echo::appendCodePoint);
    return text.codePointCount(0, text.length()) <= MAX_CHARACTERS
        ? echo.toString()
        : echo.append('…').toString();
  }
}
