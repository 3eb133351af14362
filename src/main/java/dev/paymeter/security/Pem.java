package dev.paymeter.security;

import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The textual encoding of keys (RFC 7468). */
final class Pem {
  private Pem() {}

  /**
   * @param label such as {@code PRIVATE KEY}
   * @throws IllegalArgumentException if the text has no such key; the message does not contain the
   *     text
   */
  static byte[] decode(String pem, String label) {
    Matcher found =
        Pattern.compile(
                "-----BEGIN %1$s-----(.*?)-----END %1$s-----".formatted(label), Pattern.DOTALL)
            .matcher(pem);
    if (!found.find()) {
      throw new IllegalArgumentException("expected PEM with BEGIN %s, found none".formatted(label));
    }
    return Base64.getMimeDecoder().decode(found.group(1));
  }
}
