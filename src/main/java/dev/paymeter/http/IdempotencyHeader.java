package dev.paymeter.http;

import dev.paymeter.payment.IdempotencyKey;
import java.util.List;
import java.util.Optional;

/**
 * Parser of the header {@code Idempotency-Key}: a structured-field string (RFC 9651, section
 * 3.3.3), such as {@code "8e03978e-40d5-43dd-bc93-6894a57f9324"}, including the quotation marks.
 */
public final class IdempotencyHeader {
  public static final String NAME = "Idempotency-Key";

  /** Response header: the response repeats that of an earlier request with this key. */
  public static final String REPLAYED = "Idempotency-Replayed";

  private static final int MAX_SHOWN_CHARACTERS = 40;

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

  /** Parses a string by RFC 9651, section 4.2.5. */
  static String parse(String text) {
    if (text.length() < 2 || text.charAt(0) != '"') {
      throw malformed(printable(text));
    }
    StringBuilder key = new StringBuilder();
    int at = 1;
    while (at < text.length() && text.charAt(at) != '"') {
      if (text.charAt(at) == '\\') {
        at++;
        if (at == text.length() || (text.charAt(at) != '"' && text.charAt(at) != '\\')) {
          throw malformed(printable(text));
        }
      } else if (text.charAt(at) < ' ' || text.charAt(at) > '~') {
        throw malformed(printable(text));
      }
      key.append(text.charAt(at++));
    }
    if (at != text.length() - 1 || key.isEmpty()) { // No closing quotation mark, or text after it.
      throw malformed(printable(text));
    }
    if (key.length() > IdempotencyKey.MAX_LENGTH) {
      throw malformed(key.length() + " characters");
    }
    return key.toString();
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
            "Expected one header "
                + NAME
                + ": 1 to "
                + IdempotencyKey.MAX_LENGTH
                + " printable ASCII characters in quotation marks, such as"
                + " \"8e03978e-40d5-43dd-bc93-6894a57f9324\"; found "
                + found
                + "."));
  }
}
