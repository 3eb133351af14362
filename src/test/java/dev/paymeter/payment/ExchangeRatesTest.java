package dev.paymeter.payment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.paymeter.support.payment.TestOrders;
import java.math.BigDecimal;
import java.util.Currency;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExchangeRatesTest {
  @ParameterizedTest
  @CsvSource({
    "1.00, USD, 1, 1.00",
    "0.50, EUR, 1.01, 0.50", // 0.505: a tie, to the even cent below
    "1.50, EUR, 1.01, 1.52", // 1.515: a tie, to the even cent above
    "0.50, EUR, 1.010001, 0.51", // just above the tie
    "1.50, EUR, 1.009999, 1.51", // just below the tie
    "1000, JPY, 0.006357, 6.36",
    "1, KRW, 0.000680, 0.00",
    "0.001, KWD, 3.2425, 0.00",
    "1.234, KWD, 3.2425, 4.00", // 4.001245
    "0.0001, CLF, 50, 0.00", // 0.005: a tie, to zero
    "0.0003, CLF, 50, 0.02" // 0.015: a tie, upwards
  })
  void convert_anyAmount_isRoundedOnceHalfEvenToTheCent(
      String amount, String currency, String rate, String usd) {
    BigDecimal converted = TestOrders.rate(rate).convert(TestOrders.money(amount, currency));

    assertThat(converted).isEqualTo(new BigDecimal(usd));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "0.000", "-1"})
  void rate_notAboveZero_isRejected(String rate) {
    assertThatIllegalArgumentException().isThrownBy(() -> TestOrders.rate(rate));
  }

  @Test
  void of_currencyWithoutRate_fails() {
    ExchangeRates exchangeRates =
        new ExchangeRates(Map.of(Currency.getInstance("USD"), TestOrders.rate("1")));

    assertThat(exchangeRates.find(Currency.getInstance("EUR"))).isEmpty();
    assertThatIllegalStateException()
        .isThrownBy(() -> exchangeRates.of(Currency.getInstance("EUR")));
  }
}
