package dev.paymeter.http.server;

import io.vertx.core.MultiMap;
import java.util.Map;

/** Check of the names of header fields, which Netty and Vert.x do in part only. */
final class FieldNames {
  private static final String SYMBOLS = "!#$%&'*+-.^_`|~";
  private static final boolean[] ALLOWED = new boolean[128];

  static {
    for (char c = 0; c < ALLOWED.length; c++) {
      ALLOWED[c] = Character.isLetterOrDigit(c) || SYMBOLS.indexOf(c) >= 0;
    }
  }

  private FieldNames() {}

  /** Returns whether all names are tokens (RFC 9110, section 5.6.2); the empty name is none. */
  static boolean areTokens(MultiMap headers) {
    for (Map.Entry<String, String> field : headers) {
      if (!isToken(field.getKey())) {
        return false;
      }
    }
    return true;
  }

  private static boolean isToken(String name) {
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (c >= ALLOWED.length || !ALLOWED[c]) {
        return false;
      }
    }
    return !name.isEmpty();
  }
}
