package dev.paymeter.payment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.paymeter.support.payment.TestOrders;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Currency;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MoneyTest {
  @ParameterizedTest
  @CsvSource({
    "12.5, USD, 12.50",
    "12, USD, 12.00",
    "1e3, USD, 1000.00",
    "12.500000, USD, 12.50",
    "1000, JPY, 1000",
    "1000.0, JPY, 1000",
    "0.001, KWD, 0.001",
    "7, KWD, 7.000",
    "0.0001, CLF, 0.0001",
    "-3.1, EUR, -3.10",
    "999999999999999999, USD, 999999999999999999.00"
  })
  void of_validAmount_hasScaleOfCurrency(String amount, String currency, String expected) {
    Money money = Money.of(new BigDecimal(amount), Currency.getInstance(currency));

    assertThat(money.amount()).isEqualTo(new BigDecimal(expected)); // Compares the scale, too.
    assertThat(money).hasToString(expected + " " + currency);
  }

  @ParameterizedTest
  @CsvSource({"0.001, USD", "0.1, JPY", "0.0001, KWD", "0.00001, CLF", "1e-2147483647, USD"})
  void of_tooManyDecimals_isRejected(String amount, String currency) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Money.of(new BigDecimal(amount), Currency.getInstance(currency)))
        .withMessageContaining("decimals");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"1000000000000000000", "1e18", "1e2147483647", "-1e2147483647", "1.5e2000000000"})
  void of_hugeAmount_isRejectedQuickly(String amount) {
    assertTimeoutPreemptively(
        Duration.ofSeconds(10),
        () ->
            assertThatIllegalArgumentException()
                .isThrownBy(() -> Money.of(new BigDecimal(amount), Currency.getInstance("USD")))
                .withMessageContaining("integer digits"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "0.000", "0e2147483647", "0e-2147483647"})
  void of_zeroOfAnyExponent_isZero(String zero) {
    Money money =
        assertTimeoutPreemptively(
            Duration.ofSeconds(10),
            () -> Money.of(new BigDecimal(zero), Currency.getInstance("USD")));

    assertThat(money).isEqualTo(TestOrders.money("0.00", "USD"));
  }

  @Test
  void new_otherScale_isRejected() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Money(new BigDecimal("1.5"), Currency.getInstance("USD")));
  }

  /** Checks the currencies of ISO 4217, list one, that do not have two decimals. */
  @ParameterizedTest
  @CsvSource({
    "0, BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    "3, BHD IQD JOD KWD LYD OMR TND",
    "4, CLF"
  })
  void findCurrency_ofIso4217_hasItsExponent(int exponent, String codes) {
    assertThat(codes.split(" "))
        .allSatisfy(
            code ->
                assertThat(Money.findCurrency(code).orElseThrow().getDefaultFractionDigits())
                    .as(code)
                    .isEqualTo(exponent));
  }

  @Test
  void findCurrency_allOthersOfIso4217_haveTwoDecimals() {
    String codes =
        """
        AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD
        CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS
        GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD
        LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB
        PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP
        SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD YER ZAR ZMW
        """;

    assertThat(codes.strip().split("\\s+"))
        .hasSize(136)
        .allSatisfy(
            code ->
                assertThat(Money.findCurrency(code).orElseThrow().getDefaultFractionDigits())
                    .as(code)
                    .isEqualTo(2));
  }

  /** Gold and drawing rights have no minor unit; Java does not know UYW. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "XAG", "XAU", "XBA", "XBB", "XBC", "XBD", "XDR", "XPD", "XPT", "XSU", "XTS", "XUA", "XXX",
        "UYW", "QQQ", "usd", "US", "", "USDX"
      })
  void findCurrency_withoutExponentOrUnknown_isEmpty(String code) {
    assertThat(Money.findCurrency(code)).isEmpty();
  }

  @Test
  void new_currencyWithoutMinorUnit_isRejected() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Money(BigDecimal.ONE, Currency.getInstance("XAU")))
        .withMessageContaining("XAU");
  }
}
