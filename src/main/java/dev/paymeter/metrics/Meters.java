package dev.paymeter.metrics;

import dev.paymeter.payments.Choices;
import dev.paymeter.payments.Observations.Operation;
import dev.paymeter.payments.Observations.Outcome;
import dev.paymeter.payments.Payment;
import dev.paymeter.payments.PaymentException;
import dev.paymeter.payments.PaymentOrder;
import dev.paymeter.payments.PaymentStatus;
import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleSupplier;
import java.util.function.ToDoubleFunction;

/**
 * The meters of our own families. Every combination of configured labels exists, at zero, from the
 * start, so that Prometheus sees the first increment. Not thread-safe: the pipeline's lock covers
 * every use, which is what makes a snapshot whole.
 */
final class Meters {
  private static final List<PaymentStatus> FINAL_STATES =
      List.of(PaymentStatus.SUCCESS, PaymentStatus.FAILED);
  private static final List<String> PAYMENT_ERRORS =
      List.of("PaymentGatewayException", "PaymentValidationException");
  private static final double CENTS = 100;
  private static final double MICROSECONDS = 1e6;
  private static final double NANOSECONDS = 1e9;

  private final ExactRegistry exact = new ExactRegistry();
  private final MeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT, exact, Clock.SYSTEM);

  /** Keyed by label values: a look-up that allocates a small key, on the metrics thread only. */
  private final Map<List<String>, Counter> requests = new HashMap<>();

  private final Map<List<String>, ExactHistogram> durations = new HashMap<>();
  private final Map<List<String>, ExactHistogram> amounts = new HashMap<>();
  private final Map<List<String>, Counter> errors = new HashMap<>();
  private final Map<List<String>, ExactHistogram> operations = new HashMap<>();

  Meters(Choices choices) {
    for (String gateway : choices.gateways()) {
      for (String tier : choices.tiers()) {
        FINAL_STATES.forEach(status -> requests(status.word(), gateway, tier));
      }
      choices.methods().forEach(method -> duration(gateway, method));
    }
    for (String currency : choices.currencies()) {
      choices.tiers().forEach(tier -> amount(currency, tier));
    }
    for (String error : PAYMENT_ERRORS) {
      error(Families.PAYMENT_SERVICE, error, Families.SEVERITY_HIGH);
      error(Families.PAYMENT_SERVICE, error, Families.SEVERITY_MEDIUM);
    }
    for (Operation operation : Operation.values()) {
      for (Outcome outcome : Outcome.values()) {
        operation(operation.label(), outcome.label());
      }
    }
  }

  /** Counts one settled payment: in all its families, or in none. */
  void apply(Payment payment) {
    Payment.Settlement how = payment.settled().orElseThrow();
    PaymentOrder order = payment.order();
    String currency = order.amount().currency().getCurrencyCode();
    requests(payment.status().word(), order.gateway(), order.tier()).increment();
    duration(order.gateway(), order.method()).record(how.duration().toNanos() / 1000);
    amount(currency, order.tier()).record(payment.amountUsd().unscaledValue().longValueExact());
    PaymentException error = how.error();
    if (error != null) {
      String severity = payment.isHighValue() ? Families.SEVERITY_HIGH : Families.SEVERITY_MEDIUM;
      error(Families.PAYMENT_SERVICE, error.type(), severity).increment();
    }
  }

  void apply(OperationTimed timed) {
    operation(timed.operation().label(), timed.outcome().label()).record(timed.nanos());
  }

  /** The series of {@code errors_total} with these labels. */
  Counter error(String service, String errorType, String severity) {
    return errors.computeIfAbsent(
        List.of(service, errorType, severity),
        labels ->
            Counter.builder(Families.ERRORS)
                .description("Errors; of the service payment, one for each failed payment")
                .tags("service", service, "error_type", errorType, "severity", severity)
                .register(registry));
  }

  void gauge(String family, String help, Tags labels, DoubleSupplier value) {
    Gauge.builder(family, value::getAsDouble).description(help).tags(labels).register(registry);
  }

  <T> void counter(String family, String help, Tags labels, T of, ToDoubleFunction<T> value) {
    FunctionCounter.builder(family, of, value).description(help).tags(labels).register(registry);
  }

  MetricSnapshots snapshot() {
    return exact.scrape();
  }

  private Counter requests(String status, String gateway, String tier) {
    return requests.computeIfAbsent(
        List.of(status, gateway, tier),
        labels ->
            Counter.builder(Families.PAYMENT_REQUESTS)
                .description("Payments whose final state is committed in the ledger")
                .tags("status", status, "gateway", gateway, "user_tier", tier)
                .register(registry));
  }

  private ExactHistogram duration(String gateway, String method) {
    return durations.computeIfAbsent(
        List.of(gateway, method),
        labels ->
            histogram(
                Families.PAYMENT_DURATION,
                "From the accepted payment request to the gateway's answer",
                Families.DURATION_BUCKETS,
                MICROSECONDS,
                "gateway",
                gateway,
                "payment_method",
                method));
  }

  private ExactHistogram amount(String currency, String tier) {
    return amounts.computeIfAbsent(
        List.of(currency, tier),
        labels ->
            histogram(
                Families.PAYMENT_AMOUNT,
                "Amounts of payments in US dollars, by the currency that was paid in",
                Families.AMOUNT_BUCKETS,
                CENTS,
                "currency",
                currency,
                "user_tier",
                tier));
  }

  private ExactHistogram operation(String operation, String outcome) {
    return operations.computeIfAbsent(
        List.of(operation, outcome),
        labels ->
            histogram(
                Families.LOW_LEVEL_OPERATIONS,
                "Internal steps: ledger statements, gateway calls",
                Families.OPERATION_BUCKETS,
                NANOSECONDS,
                "operation",
                operation,
                "outcome",
                outcome));
  }

  private ExactHistogram histogram(
      String family, String help, double[] buckets, double unitsPerOne, String... labels) {
    DistributionSummary summary =
        DistributionSummary.builder(family)
            .description(help)
            .serviceLevelObjectives(ExactHistogram.inUnits(buckets, unitsPerOne))
            .tags(labels)
            .register(registry);
    ExactHistogram histogram = new ExactHistogram(summary, unitsPerOne);
    exact.correct(family, Labels.of(labels), histogram);
    return histogram;
  }
}
