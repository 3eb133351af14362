package dev.paymeter.settlement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TariffTest {
  @Test
  void parse_percentFixedPartAndCurrency() {
    assertThat(Tariff.parse("2.9%+0.30"))
        .isEqualTo(new Tariff(null, new BigDecimal("2.9"), new BigDecimal("0.30")))
        .hasToString("2.9%+0.30");
    assertThat(Tariff.parse("EUR=0%+0.25").currency()).isEqualTo("EUR");
    assertThat(Tariff.parse("1.25%")).hasToString("1.25%");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "2.9", "%+0.30", "2.9%+", "-1%", "EURO=1%", "2,9%+0,30", "100%"})
  void parse_anythingElse_isInvalid(String text) {
    assertThatThrownBy(() -> Tariff.parse(text)).hasMessageContaining("found " + text);
  }

  @Test
  void exactFee_isNotRounded_andThatOfTheAbsoluteAmount() {
    assertThat(Tariff.parse("2.9%+0.30").exactFee(new BigDecimal("-10.55")))
        .isEqualByComparingTo("0.60595");
  }
}
