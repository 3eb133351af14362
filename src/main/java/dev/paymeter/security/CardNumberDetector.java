package dev.paymeter.security;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Pattern;

/**
 * Detector of card numbers in text. A card number has a prefix and a length that a card scheme
 * uses, and a correct check digit (Luhn; ISO/IEC 7812-1, annex B). Digits of any script count. They
 * may be separated by spaces, dashes, dots, underscores, slashes and invisible characters, up to
 * three in a row.
 *
 * <p>A card number is never part of a longer run of digits, nor of
 *
 * <ul>
 *   <li>a UUID, or 24 or more hexadecimal digits, if it contains a letter;
 *   <li>a telephone number with a plus sign and up to 15 digits (E.164);
 *   <li>the fraction of a number that begins with {@code 0.}
 * </ul>
 *
 * <p>False positives: 3.0 % of random runs of 16 decimal digits; 1.0, 0.4, 0.2, 0.8, 0.8 and 1.8 %
 * of runs of 13, 14, 15, 17, 18 and 19 digits; none of shorter and longer runs. Stateless; safe
 * from any thread.
 */
public final class CardNumberDetector {
  private static final int MAX_SEPARATORS = 3;
  private static final int MAX_PHONE_DIGITS = 15;

  /** Nested escapes: faulty proxies and clients escape twice. */
  private static final int MAX_ESCAPE_LAYERS = 3;

  private static final Pattern HEXADECIMAL =
      Pattern.compile(
          "(?<![0-9A-Za-z])(?=[0-9-]{0,36}[A-Fa-f])"
              + "([0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}|[0-9A-Fa-f]{24,}+)"
              + "(?![0-9A-Za-z])");

  /** Interrupts runs of digits. */
  private static final String BARRIER = "|";

  private CardNumberDetector() {}

  public static boolean containsCardNumber(String text) {
    return hasEnoughDigits(text) // Nearly no text has.
        && new Search(HEXADECIMAL.matcher(text).replaceAll(BARRIER)).run();
  }

  /** Returns true if a part of a URI contains a card number, escaped (RFC 3986) or not. */
  public static boolean uriContainsCardNumber(String text) {
    String decoded = text;
    for (int layer = 0; layer < MAX_ESCAPE_LAYERS; layer++) {
      if (containsCardNumber(decoded)) {
        return true;
      }
      String inner = decode(decoded);
      if (inner.equals(decoded)) {
        return false;
      }
      decoded = inner;
    }
    return containsCardNumber(decoded);
  }

  private static String decode(String text) {
    return text.indexOf('%') < 0 && text.indexOf('+') < 0
        ? text
        : new String(PercentEncoding.decode(text), StandardCharsets.UTF_8);
  }

  /** Returns true if a whole number, of any type, is a card number. */
  public static boolean isCardNumber(Number number) {
    if (number instanceof Double || number instanceof Float) {
      double value = Math.abs(number.doubleValue());
      return value < 1e19
          && value >= 1e12
          && containsCardNumber(new BigDecimal(value).toPlainString());
    }
    BigDecimal exact =
        number instanceof BigDecimal decimal ? decimal : new BigDecimal(number.toString());
    long digits = (long) exact.precision() - exact.scale();
    return digits >= CardSchemes.MIN_LENGTH
        && digits <= CardSchemes.MAX_LENGTH
        && exact.stripTrailingZeros().scale() <= 0 // Whole.
        && containsCardNumber(exact.abs().toBigInteger().toString());
  }

  private static boolean hasEnoughDigits(String text) {
    if (text.length() < CardSchemes.MIN_LENGTH) {
      return false;
    }
    int digits = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      // Characters beyond ASCII may be half of a digit.
      if ((c >= '0' && c <= '9') || c > 127) {
        digits++;
      }
    }
    return digits >= CardSchemes.MIN_LENGTH;
  }

  /**
   * Search in one text. Runs of digits that are only divided by separators form a chain. Each
   * sequence of complete runs in a chain is checked.
   */
  private static final class Search {
    private static final int NONE = -1;

    private final int[] text;

    /** The digits of the chain. */
    private final StringBuilder digits = new StringBuilder();

    /** Start of each run in {@link #digits}, then the end of the last run. */
    private int[] starts = new int[8];

    /** Number of runs in the chain. */
    private int runs;

    private boolean afterPlus;

    Search(String text) {
      this.text = text.codePoints().toArray();
    }

    boolean run() {
      int separators = 0;
      for (int i = 0; i < text.length; i++) {
        int length = runLength(i);
        if (length > 0) {
          if (length > CardSchemes.MAX_LENGTH) {
            if (endChain()) {
              return true;
            }
          } else {
            add(i, length);
          }
          i += length - 1;
          separators = 0;
        } else if (!isSeparator(text[i]) || ++separators > MAX_SEPARATORS) {
          if (endChain()) {
            return true;
          }
        }
      }
      return endChain();
    }

    private int runLength(int from) {
      int to = from;
      while (to < text.length && digit(text[to]) != NONE) {
        to++;
      }
      return to - from;
    }

    private static int digit(int c) {
      return c < 128 ? (c >= '0' && c <= '9' ? c - '0' : NONE) : Character.digit(c, 10);
    }

    private static boolean isSeparator(int c) {
      return switch (c) {
        case ' ', '-', '.', '_', '/', '\u00B7', '\u2022', '\u2212' -> true;
        default ->
            Character.isWhitespace(c)
                || Character.isSpaceChar(c)
                || Character.getType(c) == Character.DASH_PUNCTUATION
                || Character.getType(c) == Character.FORMAT;
      };
    }

    private void add(int from, int length) {
      if (isFraction(from)) {
        endChain();
        return;
      }
      if (runs == 0) {
        afterPlus = from > 0 && text[from - 1] == '+';
      }
      if (starts.length < runs + 2) {
        starts = Arrays.copyOf(starts, 2 * starts.length);
      }
      starts[runs] = digits.length();
      for (int i = from; i < from + length; i++) {
        digits.append((char) ('0' + digit(text[i])));
      }
      starts[++runs] = digits.length();
    }

    /** Returns true if a run follows "0." at the start of a chain. */
    private boolean isFraction(int from) {
      return runs == 1
          && digits.length() == 1
          && digits.charAt(0) == '0'
          && text[from - 1] == '.'
          && digit(text[from - 2]) == 0;
    }

    /** Ends the chain, and returns true if it contains a card number. */
    private boolean endChain() {
      boolean found = false;
      for (int first = 0; first < runs && !found; first++) {
        found = startsAt(first);
      }
      digits.setLength(0);
      runs = 0;
      return found;
    }

    private boolean startsAt(int first) {
      int from = starts[first];
      if (digits.length() - from < CardSchemes.MIN_LENGTH) {
        return false;
      }
      int lengths = CardSchemes.lengths(Integer.parseInt(digits, from, from + 6, 10));
      int shortest = first == 0 && afterPlus ? MAX_PHONE_DIGITS + 1 : CardSchemes.MIN_LENGTH;
      for (int last = first; last < runs && lengths != 0; last++) {
        int length = starts[last + 1] - from;
        if (length > CardSchemes.MAX_LENGTH) {
          return false;
        }
        if (length >= shortest && (lengths & 1 << length) != 0 && isLuhnValid(from, length)) {
          return true;
        }
      }
      return false;
    }

    private boolean isLuhnValid(int from, int length) {
      int sum = 0;
      for (int i = 0; i < length; i++) {
        int digit = digits.charAt(from + length - 1 - i) - '0';
        int weighted = i % 2 == 0 ? digit : 2 * digit;
        sum += weighted > 9 ? weighted - 9 : weighted;
      }
      return sum % 10 == 0;
    }
  }
}
