package dev.paymeter.metrics.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.metrics.LedgerStatus;
import dev.paymeter.metrics.MetricsPipeline;
import dev.paymeter.metrics.TestPipelines;
import dev.paymeter.metrics.alerts.ActiveAlerts.Alert;
import dev.paymeter.metrics.dashboard.PrometheusRules;
import dev.paymeter.payment.port.UnresolvedTransfers.UnknownTotal;
import dev.paymeter.support.payment.ManualClock;
import dev.paymeter.support.payment.TestOrders;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** The alerts over the series of a registry. */
class AlertMonitorTest {
  private final MetricsPipeline pipeline = TestPipelines.open(64, 10);
  private final ManualClock clock = new ManualClock();
  private final Set<String> families = new TreeSet<>();
  private final AlertMonitor monitor =
      new AlertMonitor(
          PrometheusRules::load,
          names -> {
            families.addAll(names);
            return pipeline.read(names);
          },
          clock);

  @Test
  void latest_beforeTheFirstEvaluation_isNone() {
    assertThat(monitor.latest()).isEqualTo(ActiveAlerts.NONE);
  }

  @Test
  void evaluate_noPayments_hasNoAlerts() {
    evaluate(Duration.ZERO);
    evaluate(AlertMonitor.INTERVAL);

    assertThat(monitor.latest().alerts()).isEmpty();
    assertThat(monitor.latest().at()).isEqualTo(clock.instant());
  }

  /** All histogram buckets but the one of the objective are left out. */
  @Test
  void evaluate_slowPayments_arePendingThenFiring() {
    pay(Duration.ofSeconds(4));
    evaluate(Duration.ZERO);
    assertThat(names()).isEmpty();

    pay(Duration.ofSeconds(4));
    evaluate(AlertMonitor.INTERVAL);
    assertThat(names())
        .containsExactly(
            "PaymentResponseTimeHigh false",
            "PaymentLatencyBudgetBurning false",
            "PaymentLatencyBudgetBurning false");

    pay(Duration.ofSeconds(4));
    evaluate(Duration.ofMinutes(2));
    assertThat(names()).contains("PaymentLatencyBudgetBurning true");
    assertThat(monitor.latest().alerts())
        .filteredOn(Alert::isFiring)
        .extracting(Alert::description)
        .containsExactly(
            "100% of the payments of the last 1h took more than 2.5 s (threshold: 14.4 %). The"
                + " objective allows 1 %.");
  }

  @Test
  void evaluate_fastPayments_hasNoAlerts() {
    pay(Duration.ofMillis(200));
    evaluate(Duration.ZERO);
    pay(Duration.ofMillis(200));
    evaluate(AlertMonitor.INTERVAL);

    assertThat(names()).isEmpty();
  }

  @Test
  void evaluate_ledgerDown_firesUntilItIsUp() {
    AtomicBoolean isUp = new AtomicBoolean(false);
    pipeline.update(new LedgerStatus(isUp::get)::register);
    evaluate(Duration.ZERO);
    evaluate(Duration.ofMinutes(1));

    assertThat(monitor.latest().alerts())
        .singleElement()
        .satisfies(
            alert -> {
              assertThat(alert.isFiring()).isTrue();
              assertThat(alert.since()).isEqualTo(clock.instant().minus(Duration.ofMinutes(1)));
              assertThat(alert.description())
                  .isEqualTo(
                      "This instance cannot reach its ledger or write to it, and rejects new"
                          + " payments.");
              assertThat(alert.runbook()).isEqualTo("PaymeterLedgerDown.md");
            });

    isUp.set(true);
    evaluate(AlertMonitor.INTERVAL);

    assertThat(names()).isEmpty();
  }

  /** The description has the amount of the gateway of the result. */
  @Test
  void evaluate_unknownPayments_haveTheAmountAtRisk() {
    Instant sevenMinutesAgo = Instant.now().minus(Duration.ofMinutes(7));
    pipeline.showUnknownPayments(
        List.of(
            new UnknownTotal("stripe", 2, sevenMinutesAgo, new BigDecimal("50.25")),
            new UnknownTotal("paypal", 1, Instant.now(), new BigDecimal("3.00"))));
    evaluate(Duration.ZERO);

    assertThat(monitor.latest().alerts())
        .extracting(Alert::description)
        .singleElement()
        .asString()
        .contains("through stripe", "at risk are 50.25 USD.");
  }

  /** Only a scrape resets the metric, and there may be none. */
  @Test
  void evaluate_queueWasNearlyFull_isLeftToPrometheus() {
    evaluate(Duration.ZERO);

    assertThat(monitor.latest().inPrometheusOnly())
        .extracting(ActiveAlerts.NotEvaluated::name)
        .contains("PaymeterQueueNearFull");
    assertThat(families).doesNotContain("paymeter_queue_depth_highest");
  }

  /** The registry may have many series: only those are copied that an alert needs. */
  @Test
  void evaluate_readsOnlyFamiliesOfAlerts() {
    evaluate(Duration.ZERO);

    assertThat(families)
        .contains("payment_duration_seconds", "errors_total", "paymeter_log_lines_dropped_total")
        .doesNotContain("payment_amount_usd", "operation_duration_seconds", "up");
  }

  private void pay(Duration duration) {
    pipeline.settled(TestOrders.order().gateway("stripe").succeededIn(duration));
  }

  private void evaluate(Duration later) {
    clock.advance(later);
    monitor.evaluate();
  }

  private List<String> names() {
    return monitor.latest().alerts().stream()
        .map(alert -> alert.name() + " " + alert.isFiring())
        .toList();
  }
}
