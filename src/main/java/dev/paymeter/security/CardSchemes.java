package dev.paymeter.security;

import java.util.List;
import java.util.stream.Stream;

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
      Stream.of(
              ranges(lengths(13, 13) | SIXTEEN | lengths(19, 19), "4"), // Visa
              ranges(SIXTEEN, "51-55", "2221-2720"), // Mastercard
              ranges(lengths(15, 15), "34", "37"), // American Express
              ranges(FROM_SIXTEEN, "6011", "644-659"), // Discover, includes RuPay, Elo and Troy
              ranges(FROM_SIXTEEN, "62", "8100-8171"), // UnionPay
              ranges(DINERS, "300-305", "3095", "36", "38-39"), // Diners Club
              ranges(FROM_SIXTEEN, "3528-3589"), // JCB, includes RuPay
              ranges(MAESTRO, "5018", "5020", "5038", "5893", "6304", "6759", "6761-6763"),
              ranges(SIXTEEN, "5019"), // Dankort
              ranges(FROM_SIXTEEN, "2200-2204"), // Mir
              ranges(SIXTEEN, "60", "81-82", "508"), // RuPay
              ranges(FROM_SIXTEEN, "506099-506198"), // Verve
              ranges(SIXTEEN, "506699-506778", "509"), // Elo
              ranges(SIXTEEN, "9792")) // Troy
          .flatMap(ranges -> ranges)
          .toList();

  private CardSchemes() {}

  /**
   * A range of prefixes.
   *
   * @param lengths a bit for each length
   */
  private record Range(int low, int high, int lengths) {}

  /**
   * Returns the ranges of a scheme.
   *
   * @param prefixes each a prefix, or the lowest and the highest one with the same number of digits
   */
  private static Stream<Range> ranges(int lengths, String... prefixes) {
    return Stream.of(prefixes)
        .map(range -> range.split("-"))
        .map(ends -> new Range(fill(ends[0], "0"), fill(ends[ends.length - 1], "9"), lengths));
  }

  private static int fill(String prefix, String digit) {
    return Integer.parseInt(prefix + digit.repeat(PREFIX_DIGITS - prefix.length()));
  }

  private static int lengths(int from, int to) {
    return (2 << to) - (1 << from);
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
