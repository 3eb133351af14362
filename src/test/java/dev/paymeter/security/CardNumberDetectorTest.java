package dev.paymeter.security;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CardNumberDetectorTest {
  /** The numbers of prefixes by length, counted once for all lengths. */
  private static final int[] KNOWN_PREFIXES = countKnownPrefixes();

  private static int[] countKnownPrefixes() {
    int[] known = new int[21];
    for (int prefix = 0; prefix < 1_000_000; prefix++) {
      int lengths = CardSchemes.lengths(prefix);
      for (int length = 0; length < known.length; length++) {
        known[length] += lengths >> length & 1;
      }
    }
    return known;
  }

  /** Checks test numbers that schemes and gateways publish. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "4111111111111111", // Visa
        "4222222222222",
        "4000000000000000006",
        "5555555555554444", // Mastercard
        "5105105105105100",
        "2223003122003222",
        "378282246310005", // American Express
        "341111111111111",
        "6011111111111117", // Discover
        "6500000000000002",
        "30569309025904", // Diners Club
        "36227206271667",
        "38520000023237",
        "3530111333300000", // JCB
        "6200000000000005", // UnionPay
        "6205500000000000004",
        "8171999927660000",
        "6759649826438453", // Maestro
        "5019717010103742", // Dankort
        "2200000000000004", // Mir
        "6073849700004947", // RuPay
        "9792000000000003", // Troy
      })
  void containsCardNumber_numberOfAScheme_isTrue(String number) {
    assertThat(CardNumberDetector.containsCardNumber(number)).isTrue();
    assertThat(CardNumberDetector.isCardNumber(new BigInteger(number))).isTrue();
    assertThat(CardNumberDetector.containsCardNumber(otherCheckDigit(number))).isFalse();
    assertThat(CardNumberDetector.isCardNumber(new BigInteger(otherCheckDigit(number)))).isFalse();
  }

  private static String otherCheckDigit(String number) {
    int last = number.charAt(number.length() - 1) - '0';
    return number.substring(0, number.length() - 1) + (last + 1) % 10;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "4111.1111.1111.1111",
        "4111_1111_1111_1111",
        "4111/1111/1111/1111",
        "4111 - 1111 - 1111 - 1111",
        "3782 822463 10005",
        "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
        "4111\t1111\n1111\u00A01111",
        "4111\u20131111\u20141111\u22121111",
        "4111\u200B1111\u00AD1111\u20601111",
        "411111111111-1111",
        "\uFF14\uFF11\uFF11\uFF11\uFF11\uFF11\uFF11\uFF11"
            + "\uFF11\uFF11\uFF11\uFF11\uFF11\uFF11\uFF11\uFF11",
        "\u0664\u0661\u0661\u0661 \u0661\u0661\u0661\u0661 \u0661\u0661\u0661\u0661"
            + " \u0661\u0661\u0661\u0661",
        "order 4111111111111111, please",
        "order4111111111111111x",
        "4111111111111111 12/29 123",
        "4111 1111 1111 1111 123",
        "4111111111111111=29121010000000000",
        "%B4111111111111111^DOE/JOHN^2912",
        "123 4111 1111 1111 1111",
        "+4111111111111111",
        "-4111111111111111",
        "4111111111111111.00",
        "txn_4111111111111111",
      })
  void containsCardNumber_otherNotation_isTrue(String text) {
    assertThat(CardNumberDetector.containsCardNumber(text)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "411111111111111", // too short for its prefix
        "41111111111111111", // too long for it
        "9111111111111111", // unused prefix
        "1732335690123456", // microseconds
        "00004111111111111111", // 20 digits
        "94111111111111111",
        "411111111111111104111",
        "4111, 1111, 1111, 1111",
        "4111a1111b1111c1111",
        "4111    1111    1111    1111",
        "12,345,678,901,234.50",
        "01a203fd-93b1-7b9f-bc69-07e8be5bfdb8",
        "41111111-1111-1111-a111-111111111111",
        "txn_41111111-1111-1111-a111-111111111111",
        "a4111111111111111bcdef012",
        "+49 151 12345678", // also a valid Visa number of 13 digits
        "0.4111111111111111",
        "2026-03-04T05:06:07.123456789Z",
        "20260304050607",
        "192.168.100.200:65535",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"
            + " Chrome/131.0.6778.85 Safari/537.36",
      })
  void containsCardNumber_otherText_isFalse(String text) {
    assertThat(CardNumberDetector.containsCardNumber(text)).isFalse();
  }

  /** Shows that the plus sign matters for the telephone number above. */
  @Test
  void containsCardNumber_sameDigitsWithoutPlus_isTrue() {
    assertThat(CardNumberDetector.containsCardNumber("4915112345678")).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1/payments/4111111111111111",
        "/v1?card=4111%201111%201111%201111",
        "/v1?card=4111+1111+1111+1111",
        "/%34%31%31%31%31%31%31%31%31%31%31%31%31%31%31%31",
        "/v1?card=%2534111111111111111",
        "/v1?card=%EF%BC%94111111111111111",
        "/v1?card=%41%20%zz4111111111111111",
        "/%4111111111111111"
      })
  void uriContainsCardNumber_escapedNumber_isTrue(String uri) {
    assertThat(CardNumberDetector.uriContainsCardNumber(uri)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1/payments", "/%", "/%4", "/%zz", "/a+b%20c%2", "/?q=%25%32%35"})
  void uriContainsCardNumber_noNumber_isFalse(String uri) {
    assertThat(CardNumberDetector.uriContainsCardNumber(uri)).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "4111111111111111, true",
    "-4111111111111111, true",
    "4111111111111111.00, true",
    "4.111111111111111E15, true",
    "4111111111111111.5, false",
    "0.4111111111111111, false",
    "0.30000000000000004, false",
    "1E2147483647, false",
    "1E-2147483647, false"
  })
  void isCardNumber_decimal_onlyIfWhole(String number, boolean found) {
    assertThat(CardNumberDetector.isCardNumber(new BigDecimal(number))).isEqualTo(found);
  }

  @Test
  void isCardNumber_otherTypes_areChecked() {
    assertThat(CardNumberDetector.isCardNumber(4111111111111111L)).isTrue();
    assertThat(CardNumberDetector.isCardNumber(4111111111111111.0)).isTrue();
    assertThat(CardNumberDetector.isCardNumber(12)).isFalse();
    assertThat(CardNumberDetector.isCardNumber(Double.NaN)).isFalse();
    assertThat(CardNumberDetector.isCardNumber(Double.POSITIVE_INFINITY)).isFalse();
  }

  /** Checks the documented rates of false positives, over all prefixes. */
  @ParameterizedTest
  @CsvSource({"12,0", "13,1.0", "14,0.4", "15,0.2", "16,3.0", "17,0.8", "18,0.8", "19,1.8", "20,0"})
  void lengths_allPrefixes_haveTheDocumentedRates(int length, double percent) {
    double oneInTenIsChecked = KNOWN_PREFIXES[length] / 1e6 / 10;

    assertThat(100 * oneInTenIsChecked).isEqualTo(percent, within(0.05));
  }

  @Test
  void containsCardNumber_uuidsHashesAndTimes_isFalse() {
    Random random = new Random(7);
    Predicate<String> hasLetter = Pattern.compile("[a-f]").asPredicate();
    List<String> found = new ArrayList<>();
    for (int i = 0; i < 200_000; i++) {
      String uuid = new UUID(random.nextLong(), random.nextLong()).toString();
      String hash = uuid.replace("-", "");
      addCardNumbers(found, hasLetter.test(hash) ? List.of(uuid, hash) : List.of(uuid));
    }
    Instant first = Instant.parse("2024-01-01T00:00:00Z");
    for (int i = 0; i < 20_000; i++) {
      Instant time = first.plusSeconds(random.nextInt(400_000_000)).plusNanos(random.nextInt());
      addCardNumbers(
          found,
          List.of(
              time.toString(),
              String.valueOf(time.toEpochMilli()),
              time.getEpochSecond() + "000000",
              time.getEpochSecond() + "000000000"));
    }
    assertThat(found).isEmpty();
  }

  private static void addCardNumbers(List<String> found, List<String> texts) {
    texts.stream().filter(CardNumberDetector::containsCardNumber).forEach(found::add);
  }

  /** Checks texts that are slow to search. */
  @ParameterizedTest
  @ValueSource(strings = {"1-", "4 ", "a-", "41-", "é", "4111111111111111111", "0.", "abcdef0"})
  void containsCardNumber_longText_takesLinearTime(String part) {
    String text = part.repeat((1 << 20) / part.length());

    assertTimeoutPreemptively(ofSeconds(10), () -> CardNumberDetector.containsCardNumber(text));
  }
}
