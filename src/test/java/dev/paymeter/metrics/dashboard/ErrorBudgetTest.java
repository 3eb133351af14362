package dev.paymeter.metrics.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.paymeter.metrics.MetricsPipeline;
import dev.paymeter.metrics.TestPipelines;
import dev.paymeter.metrics.registry.MetricNames;
import dev.paymeter.payment.PaymentGatewayException;
import dev.paymeter.payment.PaymentValidationException;
import dev.paymeter.support.payment.ManualClock;
import dev.paymeter.support.payment.TestOrders;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ErrorBudgetTest {
  private static final Set<String> FAMILIES =
      Set.of(
          MetricNames.PAYMENT_REQUESTS,
          MetricNames.PAYMENTS_UNAVAILABLE,
          MetricNames.PAYMENT_DURATION,
          MetricNames.ERRORS);

  private final MetricsPipeline pipeline = TestPipelines.open(1024, 100);
  private final ManualClock clock = new ManualClock();
  private final ErrorBudget errorBudget = new ErrorBudget();

  private ErrorBudget.Budgets add() {
    return errorBudget.add(clock.instant(), new SeriesSums(pipeline.read(FAMILIES)));
  }

  private void pay(int payments) {
    for (int i = 0; i < payments; i++) {
      pipeline.settled(TestOrders.order().succeeded());
    }
  }

  @Test
  void availability_systemFailuresAndRefusedRequests_useTheBudget() {
    add();
    pay(996);
    pipeline.settled(TestOrders.order().failed(new PaymentGatewayException("Gateway timeout")));
    pipeline.settled(
        TestOrders.order().failed(new PaymentValidationException("Invalid payment method")));
    pipeline.unavailable();
    pipeline.unavailable();

    ErrorBudget.Budget budget = add().availability();
    assertThat(budget.total()).isEqualTo(1000);
    assertThat(budget.failed()).as("without the decline").isEqualTo(3);
    assertThat(budget.remaining()).isCloseTo(0.4, within(1e-9));
  }

  @Test
  void latency_paymentsAbove2500Milliseconds_useTheBudget() {
    add();
    pay(199);
    pipeline.settled(TestOrders.order().succeededIn(Duration.ofSeconds(3)));

    ErrorBudget.Budget budget = add().latency();
    assertThat(budget.failed()).isEqualTo(1);
    assertThat(budget.remaining()).isCloseTo(0.5, within(1e-9));
  }

  @Test
  void remaining_withoutPayments_isNotANumber() {
    add();

    assertThat(add().availability().remaining()).isNaN();
  }

  @Test
  void add_forMonths_coversThirtyDaysInBoundedMemory() {
    add();
    pipeline.unavailable();
    for (int hour = 0; hour < 24 * 70; hour++) {
      clock.advance(Duration.ofHours(1));
      add();
    }

    ErrorBudget.Budgets budgets = add();
    assertThat(errorBudget.size()).isLessThanOrEqualTo(30 * 24 + 1);
    assertThat(budgets.since()).isEqualTo(clock.instant().minus(ErrorBudget.WINDOW));
    assertThat(budgets.availability().failed()).as("before the window").isZero();
  }

  @Test
  void objectives_areThoseOfTheRules() throws Exception {
    String rules = Files.readString(Path.of("conf/prometheus/rules.yml"));

    assertThat(rules)
        .contains(
            "job:payment_availability_errors:ratio_rate1h > 14.4 * " + ErrorBudget.AVAILABILITY)
        .contains("job:payment_latency_errors:ratio_rate1h > 14.4 * " + ErrorBudget.LATENCY);
  }
}
