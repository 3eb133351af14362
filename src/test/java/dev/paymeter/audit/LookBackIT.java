package dev.paymeter.audit;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.Scrape;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.service.RunningService;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The look-back of a running service, with rows that are changed by hand. */
class LookBackIT {
  private static final String CLOSED_SEGMENTS = "family=\"closed_segments\"";

  @Test
  void row_deletedAfterItsSegmentWasClosed_isDriftAcrossARestartUntilItIsAcknowledged() {
    String database = TestPostgres.newDatabase();
    try (RunningService service = RunningService.start(Map.of("database.url", database))) {
      service.pay(RunningService.order("order_1", "1.00"));
      service.pay(RunningService.order("order_2", "2.50"));
      eventually(() -> assertThat(value(service, "paymeter_look_back_rows")).isEqualTo(2));
      eventually(() -> assertThat(drift(service)).isZero());

      TestPostgres.execute(database, "delete from payments where amount = 1.00");

      eventually(() -> assertThat(drift(service)).isEqualTo(101));
    }
    try (RunningService service = RunningService.start(Map.of("database.url", database))) {
      eventually(() -> assertThat(drift(service)).isEqualTo(101));
      assertThat(service.metrics())
          .contains("paymeter_look_back_difference{epoch=\"1\",instance_id=\"test-instance\"");

      TestPostgres.execute(
          database, "select acknowledge_difference('test-instance', 1, 1, 'deleted by hand')");

      eventually(() -> assertThat(drift(service)).isZero());
      assertThat(new Scrape(service.metrics()).sum("payment_requests_total"))
          .as("what was counted stays counted")
          .isEqualByComparingTo("2");
    }
  }

  private static int drift(RunningService service) {
    return value(service, "metrics_ledger_drift", CLOSED_SEGMENTS);
  }

  private static int value(RunningService service, String family, String... labels) {
    return new Scrape(service.metrics()).sum(family, labels).intValueExact();
  }
}
