package dev.paymeter.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.metrics.registry.Meters;
import dev.paymeter.settlement.ExceptionKind;
import dev.paymeter.settlement.SettlementExceptions.OpenTotal;
import dev.paymeter.support.payment.ManualClock;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class SettlementMetersTest {
  private final Meters meters = new Meters();
  private final ManualClock clock = new ManualClock();
  private final SettlementMeters settlementMeters = new SettlementMeters(meters, clock);

  private double value(String family, ExceptionKind kind) {
    return PipelineScrape.of(meters.snapshot())
        .samples()
        .get("%s{kind=\"%s\"}".formatted(family, kind.label()));
  }

  @Test
  void series_ofEachKind_existBeforeTheFirstReading_andAreNotANumber() {
    assertThat(ExceptionKind.values())
        .hasSize(14)
        .allSatisfy(
            kind -> {
              assertThat(value("settlement_exceptions_open", kind)).isNaN();
              assertThat(value("settlement_exceptions_open_oldest_seconds", kind)).isNaN();
              assertThat(value("settlement_exceptions_open_usd", kind)).isNaN();
            });
  }

  @Test
  void show_openExceptions_haveCountAgeAndAmount() {
    settlementMeters.show(
        List.of(new OpenTotal(ExceptionKind.LATE, 3, clock.instant(), new BigDecimal("12.50"))));
    clock.advance(Duration.ofSeconds(50));

    assertThat(value("settlement_exceptions_open", ExceptionKind.LATE)).isEqualTo(3);
    assertThat(value("settlement_exceptions_open_oldest_seconds", ExceptionKind.LATE))
        .isEqualTo(50);
    assertThat(value("settlement_exceptions_open_usd", ExceptionKind.LATE)).isEqualTo(12.5);
    assertThat(value("settlement_exceptions_open", ExceptionKind.SIGN)).isZero();
    assertThat(value("settlement_exceptions_open_oldest_seconds", ExceptionKind.SIGN)).isZero();

    settlementMeters.show(List.of());

    assertThat(value("settlement_exceptions_open", ExceptionKind.LATE)).as("closed").isZero();
  }

  @Test
  void oldReading_isNotANumber() {
    settlementMeters.show(List.of());
    clock.advance(Reading.MAX_AGE.plusMillis(1));

    assertThat(value("settlement_exceptions_open", ExceptionKind.LATE)).isNaN();
  }
}
