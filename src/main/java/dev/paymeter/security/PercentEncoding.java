package dev.paymeter.security;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Decoder of escapes in URIs (RFC 3986, section 2.1) and forms (x-www-form-urlencoded). */
public final class PercentEncoding {
  private static final int HEX = 16;

  private PercentEncoding() {}

  /**
   * Returns the decoded bytes of a text. A plus sign is decoded to a space; a percent sign without
   * two hexadecimal digits stays.
   */
  public static byte[] decode(String text) {
    byte[] from = text.getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream to = new ByteArrayOutputStream(from.length);
    for (int i = 0; i < from.length; i++) {
      int escaped = from[i] == '%' && i + 2 < from.length ? hex(from[i + 1], from[i + 2]) : -1;
      if (escaped >= 0) {
        to.write(escaped);
        i += 2;
      } else {
        to.write(from[i] == '+' ? ' ' : from[i]);
      }
    }
    return to.toByteArray();
  }

  /** Returns a negative number unless both are hexadecimal digits. */
  private static int hex(byte high, byte low) {
    int first = Character.digit(high, HEX);
    int second = Character.digit(low, HEX);
    return first < 0 || second < 0 ? -1 : first * HEX + second;
  }
}
