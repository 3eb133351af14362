package dev.paymeter.metrics;

import dev.paymeter.metrics.audited.LedgerMeters;
import dev.paymeter.metrics.queue.Observation;
import dev.paymeter.metrics.queue.OperationSums;
import dev.paymeter.metrics.registry.CardinalityLimiter;
import dev.paymeter.metrics.registry.HistogramSeries;
import dev.paymeter.metrics.registry.Meters;
import dev.paymeter.metrics.registry.MetricNames;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.port.PaymentMetrics.Operation;
import dev.paymeter.payment.port.PaymentMetrics.Outcome;
import dev.paymeter.report.BusinessEvent;
import dev.paymeter.report.ErrorReport;
import dev.paymeter.report.ReportedError;
import io.micrometer.core.instrument.Counter;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Meters of observations. Not thread-safe: the pipeline's lock guards every use except the methods
 * that return labels.
 */
public final class ObservationMeters {
  private final Meters meters;
  private final LedgerMeters ledger;
  private final Map<List<String>, Counter> errors = new HashMap<>();
  private final HistogramSeries[][] operations = new HistogramSeries[Operation.values().length][];
  private final CardinalityLimiter services;
  private final CardinalityLimiter errorTypes;
  private final CardinalityLimiter operationNames;

  /** Operations of other services, by name, then outcome. */
  private final Map<String, HistogramSeries[]> reported = new HashMap<>();

  /**
   * @param labelLimit distinct values for each open label
   * @param expected operations of other services whose series exist from the start
   */
  public ObservationMeters(Meters meters, int labelLimit, List<String> expected) {
    this.meters = meters;
    services = limiter(MetricNames.ERRORS, "service", labelLimit);
    errorTypes = limiter(MetricNames.ERRORS, "error_type", labelLimit);
    ledger =
        new LedgerMeters(
            meters,
            limiter(MetricNames.BUSINESS_EVENTS, "event", labelLimit),
            services,
            errorTypes);
    operationNames = limiter(MetricNames.LOW_LEVEL_OPERATIONS, "operation", labelLimit);
    for (Operation operation : Operation.values()) {
      operations[operation.ordinal()] = operation(operation.label());
    }
    for (String name : expected) {
      operationNames.retain(name);
      reported.computeIfAbsent(name, this::operation);
    }
  }

  private CardinalityLimiter limiter(String family, String label, int limit) {
    CardinalityLimiter limiter = new CardinalityLimiter(limit, family, label);
    meters.counter(
        MetricNames.SERIES_OVERFLOW,
        "Label values that were replaced by \"other\" because the label has too many",
        Labels.of("family", family, "label", label),
        limiter::overflows);
    return limiter;
  }

  private HistogramSeries[] operation(String label) {
    return Arrays.stream(Outcome.values())
        .map(
            outcome ->
                meters.histogram(
                    MetricNames.LOW_LEVEL_OPERATIONS,
                    "Durations of operations, estimated from samples: ledger statements, gateway calls and bus messages of this service, and operations of other services",
                    HistogramSeries.NANOSECONDS,
                    Labels.of("operation", label, "outcome", outcome.label())))
        .toArray(HistogramSeries[]::new);
  }

  public LedgerMeters ledger() {
    return ledger;
  }

  /** Returns the label of a service. Safe without the lock, like the two below. */
  String serviceLabel(String service) {
    return services.admit(service);
  }

  String errorTypeLabel(String errorType) {
    return errorTypes.admit(errorType);
  }

  String operationLabel(String operation) {
    return operationNames.admit(operation);
  }

  /**
   * Applies one element of the queue: to all its families, or to none.
   *
   * @throws RuntimeException if it is invalid
   */
  public void apply(Object observation) {
    if (observation instanceof Payment payment) {
      ledger.apply(payment);
    } else if (observation instanceof BusinessEvent event) {
      ledger.apply(event);
    } else if (observation instanceof ReportedError error) {
      ledger.apply(error);
    } else if (observation instanceof Observation.TracedPayment traced) {
      meters.withTrace(traced.traceId(), traced.spanId(), () -> ledger.apply(traced.payment()));
    } else if (observation instanceof Observation.OperationTimed timed) {
      operations[timed.operation().ordinal()][timed.outcome().ordinal()].record(
          timed.nanos(), timed.weight());
    } else if (observation instanceof OperationSums sums) {
      sums.series().forEach(this::apply);
    } else {
      apply((Observation.ServiceError) observation);
    }
  }

  private void apply(OperationSums.Cells cells) {
    reported.computeIfAbsent(cells.operation(), this::operation)[cells.outcome().ordinal()].restore(
        cells.cells(), 0);
  }

  private void apply(Observation.ServiceError error) {
    errors
        .computeIfAbsent(
            List.of(
                // Names of this service bypass the limit: they must not turn into "other".
                ErrorReport.RESERVED_SERVICES.contains(error.service())
                    ? error.service()
                    : services.admit(error.service()),
                errorTypes.admit(error.errorType()),
                error.severity().label()),
            labels ->
                meters.counter(
                    MetricNames.ERRORS,
                    MetricNames.ERRORS_HELP,
                    Labels.of(
                        "service",
                        labels.get(0),
                        "error_type",
                        labels.get(1),
                        "severity",
                        labels.get(2))))
        .increment();
  }
}
