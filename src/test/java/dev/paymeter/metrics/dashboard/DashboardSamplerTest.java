package dev.paymeter.metrics.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.paymeter.metrics.MetricsPipeline;
import dev.paymeter.metrics.TestPipelines;
import dev.paymeter.metrics.queue.Sampling;
import dev.paymeter.metrics.queue.StripedQueue;
import dev.paymeter.metrics.system.SystemMeters;
import dev.paymeter.metrics.system.SystemProbe;
import dev.paymeter.payment.PaymentGatewayException;
import dev.paymeter.payment.Severity;
import dev.paymeter.support.payment.ManualClock;
import dev.paymeter.support.payment.TestOrders;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class DashboardSamplerTest {
  private final MetricsPipeline pipeline = TestPipelines.open(64, 10);
  private final ManualClock clock = new ManualClock();
  private final DashboardSampler dashboardSampler =
      new DashboardSampler(pipeline::read, pipeline::money, clock);

  @Test
  void points_noPayments_haveNoRatios() {
    takeTwice();

    DashboardSampler.Point point = last();
    assertThat(point.paymentsPerSecond()).isZero();
    assertThat(point.successRate()).isNaN();
    assertThat(point.responseTimes()).isEmpty();
    assertThat(point.highValueShare()).isNaN();
    assertThat(point.errorRates()).containsEntry("high", 0.0).containsEntry("medium", 0.0);
  }

  @Test
  void points_firstSample_hasNoRates() {
    dashboardSampler.sample();

    assertThat(last().paymentsPerSecond()).isNaN();
    assertThat(last().errorRates()).isEmpty();
  }

  @Test
  void points_payments_equalTheRules() {
    dashboardSampler.sample();
    pipeline.settled(TestOrders.order().gateway("stripe").succeededIn(Duration.ofMillis(100)));
    pipeline.settled(TestOrders.order().gateway("stripe").succeededIn(Duration.ofMillis(300)));
    pipeline.settled(
        TestOrders.order()
            .gateway("paypal")
            .of("1000.00", "USD")
            .succeededIn(Duration.ofSeconds(4)));
    pipeline.settled(
        TestOrders.order()
            .gateway("stripe")
            .of("1000.01", "USD")
            .failed(new PaymentGatewayException("Gateway timeout")));

    take();

    DashboardSampler.Point point = last();
    assertThat(point.at()).isEqualTo(clock.instant());
    assertThat(point.successRate()).isEqualTo(75);
    assertThat(point.highValueShare()).isEqualTo(25);
    assertThat(point.responseTimes().get("paypal")).isEqualTo(4);
    assertThat(point.responseTimes().get("stripe")).isCloseTo(0.65 / 3, within(1e-9));
    assertThat(point.paymentsPerSecond()).isCloseTo(4 / 5.0, within(1e-9));
    assertThat(point.errorRates().get("high")).isCloseTo(1 / 5.0, within(1e-9));
    assertThat(point.errorRates().get("medium")).isZero();
  }

  /** Regression: while every request got 503, the console showed the rate of the last payments. */
  @Test
  void points_requestsThatGotNoPayment_areFailures() {
    dashboardSampler.sample();
    pipeline.settled(TestOrders.order().succeeded());
    for (int request = 0; request < 3; request++) {
      pipeline.unavailable();
    }

    take();

    assertThat(last().successRate()).isEqualTo(25);
  }

  @Test
  void points_steadyTraffic_isItsRate() {
    for (int i = 0; i < 200; i++) {
      pipeline.settled(TestOrders.order().succeeded());
      take();
    }

    assertThat(last().paymentsPerSecond()).isCloseTo(0.2, within(1e-9));
  }

  /** Regression: 7.8 payments per second were shown for 20, as Prometheus does. */
  @Test
  void points_firstMinutes_areDividedByTheTimeObserved() {
    dashboardSampler.sample();
    for (int i = 0; i < 24; i++) {
      for (int payment = 0; payment < 100; payment++) {
        pipeline.settled(TestOrders.order().succeeded());
      }
      take();
      assertThat(last().observedSeconds()).isEqualTo(5.0 * (i + 1));
      assertThat(last().paymentsPerSecond()).isCloseTo(20, within(1e-9));
    }
  }

  @Test
  void points_paymentsOlderThanTheWindow_areForgotten() {
    dashboardSampler.sample();
    pipeline.settled(TestOrders.order().succeeded());
    take();
    assertThat(last().successRate()).isEqualTo(100);

    for (int i = 0; i < 61; i++) {
      take();
    }

    assertThat(last().successRate()).isNaN();
    assertThat(last().paymentsPerSecond()).isZero();
  }

  /** Restored counters are no increase, even if errors of other services existed before. */
  @Test
  void points_beforeRestore_areIgnored() {
    MetricsPipeline closed =
        new MetricsPipeline(
            new StripedQueue.Limits(1, 64, 10, 100), new Sampling(1), List.of(), List.of());
    DashboardSampler early = new DashboardSampler(closed::read, closed::money, clock);
    closed.failed("machine_readings", "IllegalStateException", Severity.MEDIUM);
    early.sample();
    clock.advance(DashboardSampler.INTERVAL);
    TestPipelines.register(closed, List.of());
    closed.settled(
        TestOrders.order().of("10", "USD").failed(new PaymentGatewayException("Gateway timeout")));

    early.sample();

    assertThat(points(early)).hasSize(2);
    assertThat(points(early).get(1).errorRates()).isEmpty();
    clock.advance(DashboardSampler.INTERVAL);
    early.sample();
    assertThat(points(early).get(2).errorRates()).containsEntry("medium", 0.0);
  }

  @Test
  void points_clockSetBack_areNotInTheFuture() {
    for (int i = 0; i < 10; i++) {
      take();
    }

    clock.advance(Duration.ofSeconds(-17));
    dashboardSampler.sample();

    assertThat(points(dashboardSampler))
        .extracting(DashboardSampler.Point::at)
        .isSorted()
        .doesNotHaveDuplicates()
        .allMatch(at -> !at.isAfter(clock.instant()));
    take();
    assertThat(last().paymentsPerSecond()).isZero();
  }

  @Test
  void points_gauges_areThoseOfTheMoment() {
    pipeline.reports().registerPool("payment_db", "main_pool", 20, () -> 5);
    pipeline.reports().registerPool("payment_db", "audit_pool", 3, () -> 1);
    new SystemMeters(
            pipeline::update,
            pipeline,
            () -> () -> new SystemProbe.Reading(1000, 400, List.of(10.0, 40.0)),
            Duration.ofSeconds(30),
            System::nanoTime)
        .refresh();

    dashboardSampler.sample();

    assertThat(last().pools())
        .containsExactly(
            new DashboardSampler.Pool("payment_db", "audit_pool", 1, 3),
            new DashboardSampler.Pool("payment_db", "main_pool", 5, 20));
    assertThat(last().pools().get(1).usage()).isEqualTo(25);
    assertThat(last().cpu()).isEqualTo(25);
    assertThat(last().memory()).isEqualTo(60);
  }

  @Test
  void points_refusedRequests_lowerTheSuccessRate() {
    dashboardSampler.sample();
    pipeline.settled(TestOrders.order().succeeded());
    pipeline.unavailable();

    take();

    assertThat(last().successRate()).isEqualTo(50);
    assertThat(last().refusedPerSecond()).isCloseTo(1 / 5.0, within(1e-9));
  }

  @Test
  void points_quantiles_areThoseOfTheWindow() {
    for (int i = 0; i < 10; i++) {
      pipeline.settled(TestOrders.order().gateway("stripe").succeededIn(Duration.ofSeconds(9)));
    }
    dashboardSampler.sample();
    for (int i = 0; i < 100; i++) {
      pipeline.settled(TestOrders.order().gateway("stripe").succeededIn(Duration.ofMillis(200)));
    }

    take();

    Quantiles quantiles = last().quantiles().get("stripe");
    assertThat(quantiles.p50()).isCloseTo(0.175, within(1e-9));
    assertThat(quantiles.p99()).isCloseTo(0.2485, within(1e-9));
    assertThat(last().quantiles()).doesNotContainKey("paypal");
  }

  @Test
  void points_money_isThatUntilThen() {
    pipeline.settled(TestOrders.order().gateway("stripe").of("12.34", "USD").succeeded());

    take();
    pipeline.settled(TestOrders.order().gateway("stripe").of("1.00", "USD").succeeded());

    assertThat(last().money().byGateway()).containsEntry("stripe", 1234L);
  }

  /** The memory is bounded, whatever the time. */
  @Test
  void points_longerThanAllRanges_coverEach() {
    for (int i = 0; i < 5_000; i++) { // Seven hours.
      take();
    }

    assertThat(SampleHistory.Range.values())
        .allSatisfy(
            range -> {
              List<DashboardSampler.Point> points = dashboardSampler.points(range);
              assertThat(points)
                  .hasSizeBetween(SampleHistory.Range.SAMPLES, SampleHistory.Range.SAMPLES + 1)
                  .extracting(DashboardSampler.Point::at)
                  .isSorted();
              assertThat(points.get(0).at())
                  .isBetween(
                      clock.instant().minus(range.length()),
                      clock.instant().minus(range.length()).plus(range.step()));
            });
  }

  private static List<DashboardSampler.Point> points(DashboardSampler sampler) {
    return sampler.points(SampleHistory.Range.MINUTES_15);
  }

  private void takeTwice() {
    dashboardSampler.sample();
    take();
  }

  private void take() {
    clock.advance(DashboardSampler.INTERVAL);
    dashboardSampler.sample();
  }

  private DashboardSampler.Point last() {
    List<DashboardSampler.Point> points = points(dashboardSampler);
    return points.get(points.size() - 1);
  }
}
