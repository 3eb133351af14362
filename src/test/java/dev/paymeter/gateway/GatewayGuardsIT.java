package dev.paymeter.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.Scrape;
import dev.paymeter.support.service.RunningService;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Timeout and circuit breaker of a gateway in the running service, and their metrics. */
class GatewayGuardsIT {
  private static final String STRIPE = "gateway=\"stripe\"";

  @Test
  void pay_gatewayDoesNotRespond_timesOutUntilTheBreakerOpens() {
    try (RunningService service =
        RunningService.start(
            Map.of(
                "gateways.stripe.timeout", "50ms",
                "gateways.stripe.breaker.minimum-calls", "2",
                "simulator.faults.answer-lost", "1"))) {
      assertThat(state(service, "closed")).isEqualTo(1);

      for (int i = 0; i < 3; i++) {
        service.pay(RunningService.order("order-" + i, "1.00"));
      }

      assertThat(sum(service, "paymeter_gateway_timeouts_total", STRIPE)).isEqualTo(2);
      assertThat(state(service, "open")).isEqualTo(1);
      assertThat(state(service, "closed")).isZero();
      assertThat(sum(service, "paymeter_gateway_rejections_total", STRIPE, "reason=\"open\""))
          .isEqualTo(1);
      assertThat(sum(service, "paymeter_gateway_in_flight", STRIPE)).isZero();
    }
  }

  private static int state(RunningService service, String state) {
    return sum(service, "paymeter_gateway_breaker_state", STRIPE, "state=\"" + state + "\"");
  }

  private static int sum(RunningService service, String family, String... labels) {
    return new Scrape(service.metrics()).sum(family, labels).intValueExact();
  }
}
