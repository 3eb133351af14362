package dev.paymeter.security;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Decoder of escapes in URIs (RFC 3986, section 2.1) and forms (x-www-form-urlencoded). */
public final class PercentEncoding {
  private PercentEncoding() {}

  /**
   * Returns the decoded bytes of a text. A plus sign is decoded to a space; a percent sign without
   * two hexadecimal digits stays.
   */
  public static byte[] decode(String text) {
    byte[] from = text.getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream to = new ByteArrayOutputStream(from.length);
    for (int i = 0; i < from.length; i++) {
      if (from[i] == '%'
          && i + 2 < from.length
          && HexFormat.isHexDigit(from[i + 1])
          && HexFormat.isHexDigit(from[i + 2])) {
        to.write(16 * HexFormat.fromHexDigit(from[i + 1]) + HexFormat.fromHexDigit(from[i + 2]));
        i += 2;
      } else {
        to.write(from[i] == '+' ? ' ' : from[i]);
      }
    }
    return to.toByteArray();
  }
}
