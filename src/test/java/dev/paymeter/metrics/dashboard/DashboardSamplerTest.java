package dev.paymeter.metrics.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.paymeter.metrics.LedgerStatus;
import dev.paymeter.metrics.MetricsPipeline;
import dev.paymeter.metrics.MissingAccountMeters;
import dev.paymeter.metrics.TestPipelines;
import dev.paymeter.metrics.queue.Sampling;
import dev.paymeter.metrics.queue.StripedQueue;
import dev.paymeter.metrics.system.SystemMeters;
import dev.paymeter.metrics.system.SystemProbe;
import dev.paymeter.payment.PaymentGatewayException;
import dev.paymeter.payment.Severity;
import dev.paymeter.payment.port.AccountRegistry.MissingAccount;
import dev.paymeter.payment.port.UnresolvedTransfers.UnknownTotal;
import dev.paymeter.support.payment.ManualClock;
import dev.paymeter.support.payment.TestOrders;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class DashboardSamplerTest {
  private final MetricsPipeline pipeline = TestPipelines.open(64, 10);
  private final ManualClock clock = new ManualClock();
  private final DashboardSampler dashboardSampler = new DashboardSampler(pipeline::read, clock);

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
    DashboardSampler early = new DashboardSampler(closed::read, clock);
    closed.failed("machine_readings", "IllegalStateException", Severity.MEDIUM);
    early.sample();
    clock.advance(DashboardSampler.INTERVAL);
    assertThat(early.points().get(0).integrity().drift()).isNaN();
    assertThat(early.points().get(0).integrity().auditLag()).isNaN();
    TestPipelines.register(closed, List.of());
    closed.settled(
        TestOrders.order().of("10", "USD").failed(new PaymentGatewayException("Gateway timeout")));

    early.sample();

    assertThat(early.points()).hasSize(2);
    assertThat(early.points().get(1).errorRates()).isEmpty();
    clock.advance(DashboardSampler.INTERVAL);
    early.sample();
    assertThat(early.points().get(2).errorRates()).containsEntry("medium", 0.0);
  }

  @Test
  void points_forHours_coverTheLastMinutes() {
    for (int i = 0; i < 1000; i++) {
      take();
    }

    Instant oldest = clock.instant().minus(DashboardSampler.RETENTION);
    assertThat(dashboardSampler.points())
        .hasSize(181)
        .allMatch(point -> !point.at().isBefore(oldest));
  }

  @Test
  void points_clockSetBack_areNotInTheFuture() {
    for (int i = 0; i < 10; i++) {
      take();
    }

    clock.advance(Duration.ofSeconds(-17));
    dashboardSampler.sample();

    assertThat(dashboardSampler.points())
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
    pipeline.update(new LedgerStatus(() -> true)::register);
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
    assertThat(last().integrity().ledgerUp()).isTrue();
  }

  @Test
  void integrity_anyObservations_areAccounted() {
    pipeline.settled(TestOrders.order().succeeded());
    pipeline.failed("payment", "Pretender", Severity.HIGH); // rejected

    dashboardSampler.sample();

    assertThat(last().integrity().offered()).isEqualTo(2);
    assertThat(last().integrity().unaccounted()).isZero();
    assertThat(last().integrity().ledgerUp()).as("not called yet").isNull();
  }

  @Test
  void integrity_unknownPayments_haveCountAndOldest() {
    take();
    assertThat(last().integrity().payments()).isEqualTo(new DashboardSampler.Unknown(0, 0, 0));
    Instant now = Instant.now();

    pipeline.showUnknownPayments(
        List.of(
            new UnknownTotal("stripe", 2, now.minusSeconds(60), new BigDecimal("50.25")),
            new UnknownTotal("paypal", 1, now.minusSeconds(3600), new BigDecimal("25.00"))));
    take();

    DashboardSampler.Unknown unknown = last().integrity().payments();
    assertThat(unknown.count()).isEqualTo(3);
    assertThat(unknown.oldestSeconds()).isBetween(3600.0, 3660.0);
    assertThat(unknown.usd()).isEqualTo(75.25);
    assertThat(last().integrity().refunds()).isEqualTo(new DashboardSampler.Unknown(0, 0, 0));
  }

  @Test
  void integrity_unknownRefunds_areSeparate() {
    pipeline.showUnknownRefunds(
        List.of(
            new UnknownTotal("paypal", 2, Instant.now().minusSeconds(60), new BigDecimal("0.75"))));
    take();

    assertThat(last().integrity().payments()).isEqualTo(new DashboardSampler.Unknown(0, 0, 0));
    DashboardSampler.Unknown unknown = last().integrity().refunds();
    assertThat(unknown.count()).isEqualTo(2);
    assertThat(unknown.oldestSeconds()).isBetween(60.0, 120.0);
    assertThat(unknown.usd()).isEqualTo(0.75);
  }

  @Test
  void integrity_missingAccounts_haveTheirNames() {
    new MissingAccountMeters(pipeline::update, Clock.systemUTC())
        .accept(
            List.of(
                new MissingAccount(
                    "stripe", "acct_1", 2, Instant.now().minusSeconds(60), BigDecimal.TEN)));
    take();

    List<DashboardSampler.MissingAccount> missing = last().integrity().missingAccounts();
    assertThat(missing).hasSize(1);
    assertThat(missing.get(0).gateway()).isEqualTo("stripe");
    assertThat(missing.get(0).account()).isEqualTo("acct_1");
    assertThat(missing.get(0).unresolved().count()).isEqualTo(2);
    assertThat(missing.get(0).unresolved().oldestSeconds()).isBetween(60.0, 120.0);
    assertThat(missing.get(0).unresolved().usd()).isEqualTo(10);
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
    List<DashboardSampler.Point> points = dashboardSampler.points();
    return points.get(points.size() - 1);
  }
}
