package dev.paymeter.app.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.paymeter.payment.ExchangeRates;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.Currency;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExchangeRateFileTest {
  @Test
  void parse_linesCommentsAndSpace_areRates() {
    ExchangeRates exchangeRates =
        ExchangeRateFile.parse("# comment\r\n\r\n  USD,1,2025-01-02\n EUR , 1.0321 , 2025-01-03 ");

    assertThat(exchangeRates.currencies()).hasSize(2);
    assertThat(exchangeRates.find(Currency.getInstance("EUR")))
        .contains(new ExchangeRates.Rate(new BigDecimal("1.0321"), LocalDate.of(2025, 1, 3)));
  }

  @Test
  void parse_nothing_isNoRates() {
    assertThat(ExchangeRateFile.parse("").currencies()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "EUR",
        "EUR,1.0",
        "EUR,1.0,2025-01-02,x",
        "eur,1.0,2025-01-02",
        "ABC,1.0,2025-01-02",
        ",1.0,2025-01-02",
        "EUR,,2025-01-02",
        "EUR,x,2025-01-02",
        "EUR,0,2025-01-02",
        "EUR,-1,2025-01-02",
        "EUR,NaN,2025-01-02",
        "EUR,0.0000000009,2025-01-02",
        "EUR,1000000000.1,2025-01-02",
        "EUR,1.0000000000000000001,2025-01-02",
        "EUR,1e-2147483647,2025-01-02",
        "EUR,1.0,2025-02-30",
        "EUR,1.0,today",
        "USD,1.1,2025-01-02"
      })
  void parse_wrongLine_isNamed(String line) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ExchangeRateFile.parse("# first\n" + line + "\n"))
        .withMessageStartingWith("line 2 (\"" + line + "\")");
  }

  @Test
  void parse_currencyTwice_isNamed() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ExchangeRateFile.parse("EUR,1.0,2025-01-02\nEUR,1.0,2025-01-02"))
        .withMessageStartingWith("line 2");
  }

  /** The ledger returns numbers without an exponent. */
  @Test
  void parse_exponent_isExpanded() {
    assertThat(ExchangeRateFile.parse("EUR,1e2,2025-01-02").find(Currency.getInstance("EUR")))
        .contains(new ExchangeRates.Rate(new BigDecimal("100"), LocalDate.of(2025, 1, 2)));
  }

  @Test
  void shipped_everyDefaultCurrency_hasARate() throws Exception {
    assertThat(ExchangeRateFile.shipped().currencies())
        .extracting(Currency::getCurrencyCode)
        .contains("USD", "EUR", "GBP", "JPY", "KRW", "KWD");
  }
}
