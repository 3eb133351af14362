package dev.paymeter.payments;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

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
  void of_whatTheCurrencyCanExpress_hasItsScale(String amount, String currency, String expected) {
    Money money = Money.of(new BigDecimal(amount), Currency.getInstance(currency));

    assertThat(money.amount()).isEqualTo(new BigDecimal(expected)); // The scale too.
    assertThat(money).hasToString(expected + " " + currency);
  }

  @ParameterizedTest
  @CsvSource({"0.001, USD", "0.1, JPY", "0.0001, KWD", "0.00001, CLF", "1e-2147483647, USD"})
  void of_finerThanTheCurrency_isRefused(String amount, String currency) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Money.of(new BigDecimal(amount), Currency.getInstance(currency)))
        .withMessageContaining("decimals");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"1000000000000000000", "1e18", "1e2147483647", "-1e2147483647", "1.5e2000000000"})
  void of_hugeAmount_isRefusedAtNoCost(String amount) {
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

    assertThat(money).isEqualTo(Orders.money("0.00", "USD"));
  }

  @Test
  void new_anotherScaleThanTheCurrencys_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Money(new BigDecimal("1.5"), Currency.getInstance("USD")));
  }
}
