package dev.paymeter.metrics.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.metrics.GatewayStatus;
import dev.paymeter.metrics.MetricsPipeline;
import dev.paymeter.metrics.TestPipelines;
import dev.paymeter.metrics.registry.MetricNames;
import dev.paymeter.support.payment.ManualClock;
import dev.paymeter.support.payment.TestOrders;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class GatewayMonitorTest {
  private static final Set<String> FAMILIES =
      Set.of(
          MetricNames.GATEWAY_BREAKER,
          MetricNames.GATEWAY_REJECTIONS,
          MetricNames.GATEWAY_TIMEOUTS,
          MetricNames.PAYMENT_DURATION);

  private final MetricsPipeline pipeline = TestPipelines.open(1024, 100);
  private final ManualClock clock = new ManualClock();
  private final GatewayMonitor monitor = new GatewayMonitor("stripe");
  private double timeouts;

  @BeforeEach
  void begin() {
    pipeline.update(
        new GatewayStatus(
                "stripe",
                () -> 0,
                () -> 0,
                () -> 0,
                () -> timeouts,
                List.of("closed", "open"),
                () -> "closed")
            ::register);
    assertThat(update()).isEmpty();
  }

  private Optional<ServiceStatus.Incident> update() {
    clock.advance(StatusSampler.INTERVAL);
    return monitor.update(clock.instant(), new SeriesSums(pipeline.read(FAMILIES)));
  }

  /** Regression: one inquiry without a response replaced the card of the unknown payment. */
  @Test
  void update_withoutPayments_respondsUntilTheThirdTimeout() {
    timeouts = 1;
    assertThat(update()).isEmpty();
    timeouts = 2;
    assertThat(update()).isEmpty();

    timeouts = 3;

    assertThat(update()).isPresent();
  }

  /** Regression: the card had only the last of the calls that made the condition true. */
  @Test
  void update_oneTimeoutAtATime_countsAllOfThem() {
    timeouts = 1;
    update();
    timeouts = 2;
    update();
    timeouts = 3;

    assertThat(update().orElseThrow().timeouts()).isEqualTo(3);

    timeouts = 4;
    assertThat(update().orElseThrow().timeouts()).isEqualTo(4);
  }

  @Test
  void update_timeoutsMoreThanAMinuteApart_responds() {
    for (int i = 0; i < 5; i++) {
      timeouts++;
      assertThat(update()).isEmpty();
      clock.advance(Duration.ofMinutes(1));
    }
  }

  @Test
  void update_shareOfFivePercent_isStillResponding() {
    for (int i = 0; i < 57; i++) {
      pipeline.settled(TestOrders.order().gateway("stripe").succeeded());
    }
    timeouts = 3;
    assertThat(update()).isEmpty();

    timeouts = 4;

    assertThat(update()).isPresent();
  }
}
