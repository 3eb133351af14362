package dev.paymeter.metrics;

import dev.paymeter.metrics.audited.LedgerMeters;
import dev.paymeter.metrics.queue.Observation;
import dev.paymeter.metrics.queue.OperationSums;
import dev.paymeter.metrics.registry.HistogramSeries;
import dev.paymeter.metrics.registry.LabelLimits;
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

/** Meters of observations. Not thread-safe: the pipeline's lock guards every use. */
public final class ObservationMeters {
  private final Meters meters;
  private final LedgerMeters ledger;
  private final Map<Labels, Counter> errors = new HashMap<>();
  private final HistogramSeries[][] operations = new HistogramSeries[Operation.values().length][];
  private final LabelLimits labels;

  /** Operations of other services, by name, then outcome. */
  private final Map<String, HistogramSeries[]> reported = new HashMap<>();

  /**
   * @param labelLimit distinct values for each open label
   * @param expected operations of other services whose series exist from the start
   */
  public ObservationMeters(Meters meters, int labelLimit, List<String> expected) {
    this.meters = meters;
    this.labels = LabelLimits.register(meters, labelLimit);
    this.ledger = new LedgerMeters(meters, labels);
    for (Operation operation : Operation.values()) {
      operations[operation.ordinal()] = operation(operation.label());
    }
    for (String name : expected) {
      labels.operations().retain(name);
      reported.computeIfAbsent(name, this::operation);
    }
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

  /** Returns the limits of labels, which may be used without the lock. */
  LabelLimits labels() {
    return labels;
  }

  public LedgerMeters ledger() {
    return ledger;
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
    // Names of this service bypass the limit: they must not turn into "other".
    String service =
        ErrorReport.RESERVED_SERVICES.contains(error.service())
            ? error.service()
            : labels.services().admit(error.service());
    errors
        .computeIfAbsent(
            Labels.of(
                "service",
                service,
                "error_type",
                labels.errorTypes().admit(error.errorType()),
                "severity",
                error.severity().label()),
            key -> meters.counter(MetricNames.ERRORS, MetricNames.ERRORS_HELP, key))
        .increment();
  }
}
