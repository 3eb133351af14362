package dev.paymeter.http;

import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Canonical JSON: sorted names, no white space, numbers by value. Equal bodies have equal text. It
 * differs from RFC 8785, which has binary numbers: here {@code 10.00} and {@code 1e1} are both
 * {@code 10}, and no digit is lost.
 */
final class CanonicalJson {
  /** Numbers with more digits keep their exponent: {@code 1e1000000} would need a megabyte. */
  private static final int MAX_PLAIN_DIGITS = 100;

  private CanonicalJson() {}

  /** Returns the SHA-256 of the canonical form, in hexadecimal. */
  static String fingerprint(JsonObject json) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256")
                  .digest(write(json).getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // Every Java platform provides SHA-256.
    }
  }

  static String write(JsonObject json) {
    StringBuilder text = new StringBuilder();
    write(json, text);
    return text.toString();
  }

  private static void write(@Nullable Object value, StringBuilder text) {
    if (value instanceof JsonObject object) {
      write(object.getMap(), text);
    } else if (value instanceof Map<?, ?> map) {
      TreeMap<String, @Nullable Object> sorted = new TreeMap<>();
      map.forEach((name, each) -> sorted.put(String.valueOf(name), each));
      String separator = "{";
      for (Map.Entry<String, @Nullable Object> member : sorted.entrySet()) {
        text.append(separator).append(quoted(member.getKey())).append(':');
        write(member.getValue(), text);
        separator = ",";
      }
      text.append(sorted.isEmpty() ? "{}" : "}");
    } else if (value instanceof JsonArray array) {
      write(array.getList(), text);
    } else if (value instanceof List<?> list) {
      text.append('[');
      for (int i = 0; i < list.size(); i++) {
        text.append(i == 0 ? "" : ",");
        write(list.get(i), text);
      }
      text.append(']');
    } else if (value instanceof String string) {
      text.append(quoted(string));
    } else if (value instanceof Number number) {
      text.append(plain(number));
    } else {
      text.append(value); // true, false, null
    }
  }

  private static String plain(Number number) {
    BigDecimal decimal =
        number instanceof BigDecimal exact
            ? exact
            : number instanceof BigInteger whole
                ? new BigDecimal(whole)
                : new BigDecimal(number.toString());
    BigDecimal shortest = decimal.stripTrailingZeros();
    return Math.abs((long) shortest.precision() - shortest.scale()) > MAX_PLAIN_DIGITS
        ? shortest.toString()
        : shortest.toPlainString();
  }

  private static String quoted(String text) {
    return Json.encode(text);
  }
}
