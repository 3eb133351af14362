package dev.paymeter.http;

import dev.paymeter.payment.IdempotencyKey;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Parser of the header {@code Idempotency-Key}: a structured-field string (RFC 9651, section
 * 3.3.3), including the quotation marks, or a bare token, which most clients send. Both forms of a
 * key are the same key.
 */
public final class IdempotencyHeader {
  public static final String NAME = "Idempotency-Key";

  /** Response header: the response repeats that of an earlier request with this key. */
  public static final String REPLAYED = "Idempotency-Replayed";

  private static final int MAX_SHOWN_CHARACTERS = 40;

  /** A token of RFC 9110, section 5.6.2, and three characters of base64 and of names with parts. */
  private static final Pattern BARE = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~:/=-]+");

  private static final Pattern QUOTED = Pattern.compile("\"(.+)\"");
  private static final Pattern ESCAPED = Pattern.compile("\\\\([\"\\\\])");

  /** Characters that need no escape. */
  private static final Pattern PLAIN = Pattern.compile("[ !#-\\[\\]-~]*");

  private IdempotencyHeader() {}

  /**
   * Returns the key of a request, empty if it has none.
   *
   * @param values all values of the header
   * @throws ProblemException if the header is malformed
   */
  static Optional<String> key(List<String> values) {
    if (values.isEmpty()) {
      return Optional.empty();
    }
    if (values.size() > 1) {
      throw malformed(values.size() + " headers");
    }
    return Optional.of(parse(values.get(0).strip()));
  }

  static String parse(String text) {
    String key = BARE.matcher(text).matches() ? text : unquote(text);
    if (key.length() > IdempotencyKey.MAX_LENGTH) {
      throw malformed(key.length() + " characters");
    }
    return key;
  }

  /** Parses a string by RFC 9651, section 4.2.5. */
  private static String unquote(String text) {
    Matcher quoted = QUOTED.matcher(text);
    if (!quoted.matches()
        || !PLAIN.matcher(ESCAPED.matcher(quoted.group(1)).replaceAll("")).matches()) {
      throw malformed(printable(text));
    }
    return ESCAPED.matcher(quoted.group(1)).replaceAll("$1");
  }

  private static String printable(String text) {
    String printable = text.replaceAll("[^ -~]", "?");
    return printable.length() <= MAX_SHOWN_CHARACTERS
        ? printable.isEmpty() ? "nothing" : printable
        : printable.substring(0, MAX_SHOWN_CHARACTERS) + "…";
  }

  private static ProblemException malformed(String found) {
    return new ProblemException(
        Problem.keyMalformed(
            ("Expected one header %s: 1 to %s printable ASCII characters in quotation marks, or a token"
                    + " such as 8e03978e-40d5-43dd-bc93-6894a57f9324; found %s.")
                .formatted(NAME, IdempotencyKey.MAX_LENGTH, found)));
  }
}
