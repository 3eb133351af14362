package dev.paymeter.security;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Pattern;

/**
 * Finds card numbers in text: a prefix and a length that a card scheme gives out, and a right check
 * digit (Luhn; ISO/IEC 7812-1, annex B). Digits of any script count. Between them there may be
 * spaces, dashes, dots, underscores, slashes, and characters that cannot be seen, up to three at a
 * time.
 *
 * <p>A number begins and ends where a run of digits does: what is in the middle of a longer run is
 * none. Nor is what happens to look like one within
 *
 * <ul>
 *   <li>a UUID, or 24 or more hexadecimal digits, with a letter among them;
 *   <li>a telephone number with a plus sign and up to 15 digits (E.164);
 *   <li>the fraction of a number that begins with {@code 0.}
 * </ul>
 *
 * Of random runs of 16 decimal digits 3.0 % are taken for card numbers, of 13, 14, 15, 17, 18, 19
 * digits 1.0, 0.4, 0.2, 0.8, 0.8, 1.8 %, and of shorter and longer ones none. Stateless; safe from
 * any thread.
 */
public final class CardNumberDetector {
  private static final int MOST_SEPARATORS = 3;
  private static final int MOST_PHONE_DIGITS = 15;

  /** Escapes within escapes: proxies and clients make two of them, by mistake. */
  private static final int MOST_URI_LAYERS = 3;

  private static final Pattern HEXADECIMAL =
      Pattern.compile(
          "(?<![0-9A-Za-z])(?=[0-9-]{0,36}[A-Fa-f])"
              + "([0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}|[0-9A-Fa-f]{24,}+)"
              + "(?![0-9A-Za-z])");

  /** What no run of digits goes on across. */
  private static final String WALL = "|";

  private CardNumberDetector() {}

  /** Whether there is one in a text. */
  public static boolean isIn(String text) {
    if (!hasEnoughDigits(text)) {
      return false; // Nearly all texts end here.
    }
    return new Search(HEXADECIMAL.matcher(text).replaceAll(WALL)).run();
  }

  /** Whether there is one in a part of a URI, as it stands or in what it stands for (RFC 3986). */
  public static boolean isInUri(String text) {
    String read = text;
    for (int layer = 0; layer < MOST_URI_LAYERS; layer++) {
      if (isIn(read)) {
        return true;
      }
      String inner = decode(read);
      if (inner.equals(read)) {
        return false;
      }
      read = inner;
    }
    return isIn(read);
  }

  /** What is no escape stays as it is; a plus sign is a space, as forms have it. */
  private static String decode(String text) {
    if (text.indexOf('%') < 0 && text.indexOf('+') < 0) {
      return text;
    }
    return new String(PercentEncoding.decode(text), StandardCharsets.UTF_8);
  }

  /** Whether a number is one: a whole one, whatever type it has. */
  public static boolean is(Number number) {
    if (number instanceof Double || number instanceof Float) {
      double value = Math.abs(number.doubleValue());
      return value < 1e19 && value >= 1e12 && isIn(new BigDecimal(value).toPlainString());
    }
    BigDecimal exact =
        number instanceof BigDecimal decimal ? decimal : new BigDecimal(number.toString());
    long digits = (long) exact.precision() - exact.scale();
    return digits >= CardSchemes.SHORTEST
        && digits <= CardSchemes.LONGEST
        && isWhole(exact)
        && isIn(exact.abs().toBigInteger().toString());
  }

  private static boolean isWhole(BigDecimal exact) {
    return exact.stripTrailingZeros().scale() <= 0;
  }

  private static boolean hasEnoughDigits(String text) {
    if (text.length() < CardSchemes.SHORTEST) {
      return false;
    }
    int digits = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      // Whatever is beyond ASCII may be half of a digit.
      if ((c >= '0' && c <= '9') || c > 127) {
        digits++;
      }
    }
    return digits >= CardSchemes.SHORTEST;
  }

  /**
   * One walk through a text. Runs of digits with but separators between them are a chain; every
   * stretch of whole runs in it is looked at.
   */
  private static final class Search {
    private static final int NONE = -1;

    private final int[] text;

    /** The digits of the chain. */
    private final StringBuilder digits = new StringBuilder();

    /** Where in {@link #digits} each run begins, the last one's end included. */
    private int[] starts = new int[8];

    /** Runs in the chain. */
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
          if (length > CardSchemes.LONGEST) {
            if (endChain()) {
              return true;
            }
          } else {
            add(i, length);
          }
          i += length - 1;
          separators = 0;
        } else if (!isSeparator(text[i]) || ++separators > MOST_SEPARATORS) {
          if (endChain()) {
            return true;
          }
        }
      }
      return endChain();
    }

    /** Digits from here on. */
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

    /** Whether a run stands behind a zero and a dot that nothing stands before. */
    private boolean isFraction(int from) {
      return runs == 1
          && digits.length() == 1
          && digits.charAt(0) == '0'
          && text[from - 1] == '.'
          && digit(text[from - 2]) == 0;
    }

    /** Whether the chain has a card number in it; there is none after that. */
    private boolean endChain() {
      boolean found = false;
      for (int first = 0; first < runs && !found; first++) {
        found = isAnyFrom(first);
      }
      digits.setLength(0);
      runs = 0;
      return found;
    }

    private boolean isAnyFrom(int first) {
      int from = starts[first];
      if (digits.length() - from < CardSchemes.SHORTEST) {
        return false;
      }
      int lengths = CardSchemes.lengths(Integer.parseInt(digits, from, from + 6, 10));
      int shortest = first == 0 && afterPlus ? MOST_PHONE_DIGITS + 1 : CardSchemes.SHORTEST;
      for (int last = first; last < runs && lengths != 0; last++) {
        int length = starts[last + 1] - from;
        if (length > CardSchemes.LONGEST) {
          return false;
        }
        if (length >= shortest && (lengths & 1 << length) != 0 && isChecked(from, length)) {
          return true;
        }
      }
      return false;
    }

    private boolean isChecked(int from, int length) {
      int sum = 0;
      for (int i = 0; i < length; i++) {
        int digit = digits.charAt(from + length - 1 - i) - '0';
        int weighed = i % 2 == 0 ? digit : 2 * digit;
        sum += weighed > 9 ? weighed - 9 : weighed;
      }
      return sum % 10 == 0;
    }
  }
}
