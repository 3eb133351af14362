package dev.paymeter.settlement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.payment.port.LedgerUnavailableException;
import dev.paymeter.settlement.SettlementExceptions.OpenTotal;
import dev.paymeter.support.payment.ManualScheduler;
import io.vertx.core.Future;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SettlementMonitorTest {
  private static final OpenTotal TOTAL =
      new OpenTotal(ExceptionKind.LATE, 1, Instant.EPOCH, BigDecimal.TEN);

  private final ManualScheduler scheduler = new ManualScheduler();
  private final List<List<OpenTotal>> shown = new ArrayList<>();
  private boolean isUnavailable;

  private Future<List<OpenTotal>> read() {
    return isUnavailable
        ? Future.failedFuture(new LedgerUnavailableException("away"))
        : Future.succeededFuture(List.of(TOTAL));
  }

  @Test
  void run_showsTheTotals_andIsRepeatedAfterAnOutage() {
    SettlementMonitor.of(this::read, shown::add, scheduler).start();
    scheduler.pass();
    isUnavailable = true;
    scheduler.pass();
    isUnavailable = false;
    scheduler.pass();

    assertThat(shown).containsExactly(List.of(TOTAL), List.of(TOTAL));
  }

  @Test
  void age_isNotNegative() {
    assertThat(TOTAL.ageSeconds(Instant.EPOCH.plusSeconds(90))).isEqualTo(90);
    assertThat(TOTAL.ageSeconds(Instant.EPOCH.minusSeconds(1))).isZero();
  }
}
