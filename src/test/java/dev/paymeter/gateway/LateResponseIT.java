package dev.paymeter.gateway;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.Scrape;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.service.RunningService;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A gateway that approves after the timeout, and does not answer inquiries. */
class LateResponseIT {
  private static final String STRIPE = "gateway=\"stripe\"";
  private static final String CONFLICTS = "paymeter_settlement_conflicts_total";

  /** As a release with a defect, or an operator, might leave the row. */
  private static final String FAIL =
      """
      update payments
      set status = 'failed', settled_at = clock_timestamp(), error_type = 'PaymentGatewayException',
        error_code = 'request_not_received', error_message = 'never received', instance_id = inserted_by, epoch = inserted_epoch,
        segment = 1, next_inquiry = null
      where id = '%s' and status = 'unknown'
      returning status
      """;

  private static RunningService start(String delay) {
    Map<String, String> settings = new HashMap<>();
    settings.put("gateways.stripe.timeout", "100ms");
    settings.put("simulator.faults.delay", delay);
    settings.put("simulator.faults.answer-late", "1");
    settings.put("simulator.faults.inquiry-broken", "1");
    return RunningService.start(settings);
  }

  @Test
  void pay_responseAfterTheTimeout_settlesThePayment() {
    try (RunningService service = start("1s")) {
      String id = payWithoutResponse(service);

      eventually(() -> assertThat(status(service, id)).isEqualTo("success"));

      assertThat(sum(service, "payment_resolution_seconds_count", STRIPE, "via=\"answer\""))
          .isEqualTo(1);
      assertThat(sum(service, "payment_requests_total", STRIPE, "status=\"success\"")).isEqualTo(1);
      assertThat(sum(service, CONFLICTS, STRIPE)).isZero();
    }
  }

  @Test
  void pay_responseAfterTheRowFailed_isAConflict() throws Exception {
    try (RunningService service = start("8s")) {
      String id = payWithoutResponse(service);
      assertThat(TestPostgres.query(service.databaseUrl(), FAIL.formatted(id))).hasSize(1);

      eventually(() -> assertThat(sum(service, CONFLICTS, STRIPE)).isEqualTo(1));

      assertThat(status(service, id)).isEqualTo("failed");
      assertThat(sum(service, CONFLICTS, "gateway=\"paypal\"")).isZero();
      assertThat(sum(service, "payment_requests_total", STRIPE, "status=\"success\"")).isZero();
    }
  }

  private static String payWithoutResponse(RunningService service) {
    JsonObject answer = new JsonObject(service.pay(RunningService.order("order", "12.50")).body());
    assertThat(answer.getString("status")).isEqualTo("unknown");
    return answer.getString("id");
  }

  private static String status(RunningService service, String id) {
    return new JsonObject(RunningService.get(service.api("/v1/payments/" + id)).body())
        .getString("status");
  }

  private static int sum(RunningService service, String family, String... labels) {
    return new Scrape(service.metrics()).sum(family, labels).intValueExact();
  }
}
