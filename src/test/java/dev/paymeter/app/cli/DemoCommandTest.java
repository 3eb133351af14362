package dev.paymeter.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.metrics.dashboard.PrometheusRules;
import org.junit.jupiter.api.Test;

class DemoCommandTest {
  /**
   * Regression: two critical alerts fired within six minutes. The margins are those of a random
   * share of the demo's 1500 payments in five minutes, by four standard deviations.
   */
  @Test
  void settings_failures_areWithinThresholdAndObjectiveOfTheAlerts() {
    double failures =
        Math.max(rate("simulator.failure-rate"), rate("simulator.premium-failure-rate"));
    double threshold =
        PrometheusRules.load().thresholds().get("PaymentSuccessRateLow").doubleValue();
    double gatewayFailures = 0.3 * failures;

    assertThat(failures + 4 * Math.sqrt(failures / 1500)).isLessThan(1 - threshold / 100);
    assertThat(gatewayFailures).isLessThan(0.005);
    assertThat(gatewayFailures + 4 * Math.sqrt(gatewayFailures / 1500)).isLessThan(6 * 0.005);
  }

  @Test
  void error_incidentWithoutPayments_isNamed() {
    DemoCommand.Traffic traffic = new DemoCommand.Traffic();
    traffic.hasFullIncident = true;

    assertThat(traffic.error()).contains("--incident: expected a --rate above 0, found 0");
    traffic.perSecond = 0.1;
    assertThat(traffic.error()).isEmpty();
    traffic.perSecond = 1001;
    assertThat(traffic.error()).contains("--rate: expected 0 to 1000, found 1001.0");
  }

  private static double rate(String setting) {
    return Double.parseDouble(DemoCommand.SETTINGS.get(setting));
  }
}
