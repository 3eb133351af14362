package dev.paymeter.security;

import java.util.List;

/**
 * Issuer prefixes of the large card schemes (ISO/IEC 7812) and the lengths of their numbers, as the
 * schemes publish them. Prefixes that begin with 1, such as those of airlines (UATP), are left out:
 * times in milliseconds begin with 1.
 */
final class CardSchemes {
  static final int MIN_LENGTH = 13;
  static final int MAX_LENGTH = 19;

  /** Length of the longest prefix. */
  private static final int PREFIX_DIGITS = 6;

  private static final int SIXTEEN = lengths(16, 16);
  private static final int FROM_SIXTEEN = lengths(16, MAX_LENGTH);
  private static final int DINERS = lengths(14, 14) | FROM_SIXTEEN;
  private static final int MAESTRO = lengths(MIN_LENGTH, MAX_LENGTH);

  private static final List<Range> RANGES =
      List.of(
          new Range("4", "4", lengths(13, 13) | SIXTEEN | lengths(19, 19)), // Visa
          new Range("51", "55", SIXTEEN), // Mastercard
          new Range("2221", "2720", SIXTEEN),
          new Range("34", "34", lengths(15, 15)), // American Express
          new Range("37", "37", lengths(15, 15)),
          new Range("6011", "6011", FROM_SIXTEEN), // Discover
          new Range("644", "659", FROM_SIXTEEN), // includes RuPay, Elo and Troy
          new Range("62", "62", FROM_SIXTEEN), // UnionPay
          new Range("8100", "8171", FROM_SIXTEEN),
          new Range("300", "305", DINERS), // Diners Club
          new Range("3095", "3095", DINERS),
          new Range("36", "36", DINERS),
          new Range("38", "39", DINERS),
          new Range("3528", "3589", FROM_SIXTEEN), // JCB, includes RuPay
          new Range("5018", "5018", MAESTRO),
          new Range("5019", "5019", SIXTEEN), // Dankort
          new Range("5020", "5020", MAESTRO),
          new Range("5038", "5038", MAESTRO),
          new Range("5893", "5893", MAESTRO),
          new Range("6304", "6304", MAESTRO),
          new Range("6759", "6759", MAESTRO),
          new Range("6761", "6763", MAESTRO),
          new Range("2200", "2204", FROM_SIXTEEN), // Mir
          new Range("60", "60", SIXTEEN), // RuPay
          new Range("81", "82", SIXTEEN),
          new Range("508", "508", SIXTEEN),
          new Range("506099", "506198", FROM_SIXTEEN), // Verve
          new Range("506699", "506778", SIXTEEN), // Elo
          new Range("509", "509", SIXTEEN),
          new Range("9792", "9792", SIXTEEN)); // Troy

  private CardSchemes() {}

  /**
   * A range of prefixes.
   *
   * @param lengths a bit for each length
   */
  private record Range(int low, int high, int lengths) {
    /**
     * @param from the lowest prefix
     * @param to the highest prefix, with the same number of digits
     */
    Range(String from, String to, int lengths) {
      this(filled(from, '0'), filled(to, '9'), lengths);
    }

    private static int filled(String prefix, char digit) {
      return Integer.parseInt(
          prefix + String.valueOf(digit).repeat(PREFIX_DIGITS - prefix.length()));
    }
  }

  private static int lengths(int from, int to) {
    int bits = 0;
    for (int length = from; length <= to; length++) {
      bits |= 1 << length;
    }
    return bits;
  }

  /**
   * Returns the possible lengths of numbers with a prefix.
   *
   * @param prefix the first six digits
   * @return a bit for each length; 0 if no scheme uses the prefix
   */
  static int lengths(int prefix) {
    int lengths = 0;
    for (Range range : RANGES) {
      if (prefix >= range.low && prefix <= range.high) {
        lengths |= range.lengths;
      }
    }
    return lengths;
  }
}
