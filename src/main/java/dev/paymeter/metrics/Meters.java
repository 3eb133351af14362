package dev.paymeter.metrics;

import dev.paymeter.payments.BusinessEvent;
import dev.paymeter.payments.ErrorReport;
import dev.paymeter.payments.Observations.Operation;
import dev.paymeter.payments.Observations.Outcome;
import dev.paymeter.payments.Payment;
import dev.paymeter.payments.ReportedError;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.DoubleSupplier;

/**
 * The meters of our own families. Not thread-safe: the pipeline's lock covers every use, which is
 * what makes a snapshot whole.
 */
final class Meters {
  /** Of steps, in nanoseconds. */
  static final HistogramSeries.Scale OPERATION =
      new HistogramSeries.Scale(1_000_000_000, Families.OPERATION_BUCKETS);

  private final Trace trace = new Trace();
  private final LockedRegistry registry = new LockedRegistry(trace);
  private final LedgerMeters ledger;
  private final Map<List<String>, Counter> errors = new HashMap<>();
  private final HistogramSeries[][] operations = new HistogramSeries[Operation.values().length][];
  private final Map<String, LongAdder> series = new HashMap<>();
  private final List<DoubleSupplier> kept = new ArrayList<>();
  private final LabelCap services;
  private final LabelCap errorTypes;
  private final LabelCap operationNames;

  /** Of what others report, by operation, then outcome. */
  private final Map<String, HistogramSeries[]> reported = new HashMap<>();

  /**
   * @param labelLimit distinct values for each open label
   */
  Meters(int labelLimit) {
    services = cap(Families.ERRORS, "service", labelLimit);
    errorTypes = cap(Families.ERRORS, "error_type", labelLimit);
    ledger =
        new LedgerMeters(
            this, cap(Families.BUSINESS_EVENTS, "event", labelLimit), services, errorTypes);
    operationNames = cap(Families.LOW_LEVEL_OPERATIONS, "operation", labelLimit);
    for (Operation operation : Operation.values()) {
      operations[operation.ordinal()] = operation(operation.label());
    }
  }

  private HistogramSeries[] operation(String label) {
    return Arrays.stream(Outcome.values())
        .map(
            outcome ->
                histogram(
                    Families.LOW_LEVEL_OPERATIONS,
                    "Steps, estimated from samples: our ledger statements, gateway calls and bus"
                        + " messages, and what others report of theirs",
                    OPERATION,
                    Labels.of("operation", label, "outcome", outcome.label())))
        .toArray(HistogramSeries[]::new);
  }

  /** Makes the series of operations that others will report, at zero. */
  void expectOperations(List<String> names) {
    for (String name : names) {
      operationNames.keep(name);
      reported.computeIfAbsent(name, this::operation);
    }
  }

  LedgerMeters ledger() {
    return ledger;
  }

  /** What a service is counted as. Safe without the lock, like {@link #errorTypeLabel}. */
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
   * Counts one element of the queue: in all its families, or in none.
   *
   * @throws RuntimeException when it makes no sense
   */
  void apply(Object observation) {
    if (observation instanceof Payment payment) {
      ledger.apply(payment);
    } else if (observation instanceof BusinessEvent event) {
      ledger.apply(event);
    } else if (observation instanceof ReportedError error) {
      ledger.apply(error);
    } else if (observation instanceof Observation.TracedPayment traced) {
      apply(traced);
    } else if (observation instanceof Observation.OperationTimed timed) {
      apply(timed);
    } else if (observation instanceof OperationSums sums) {
      sums.series().forEach(this::apply);
    } else {
      apply((Observation.ErrorSeen) observation);
    }
  }

  private void apply(Observation.TracedPayment traced) {
    trace.enter(traced.traceId(), traced.spanId());
    try {
      ledger.apply(traced.payment());
    } finally {
      trace.leave();
    }
  }

  private void apply(Observation.OperationTimed timed) {
    operations[timed.operation().ordinal()][timed.outcome().ordinal()].record(
        timed.nanos(), timed.weight());
  }

  private void apply(OperationSums.Cells cells) {
    reported.computeIfAbsent(cells.operation(), this::operation)[cells.outcome().ordinal()].restore(
        cells.cells(), 0);
  }

  private void apply(Observation.ErrorSeen error) {
    errors
        .computeIfAbsent(
            List.of(
                // Ours are few, and must not be counted as what others reported.
                ErrorReport.OUR_SERVICES.contains(error.service())
                    ? error.service()
                    : services.admit(error.service()),
                errorTypes.admit(error.errorType()),
                error.severity().label()),
            labels ->
                counter(
                    Families.ERRORS,
                    Families.ERRORS_HELP,
                    Labels.of(
                        "service",
                        labels.get(0),
                        "error_type",
                        labels.get(1),
                        "severity",
                        labels.get(2))))
        .increment();
  }

  private LabelCap cap(String family, String label, int limit) {
    LabelCap cap = new LabelCap(limit, family, label);
    counter(
        Families.SERIES_OVERFLOW,
        "Label values that were replaced by \"other\" because the label has too many",
        Labels.of("family", family, "label", label),
        cap::overflows);
    return cap;
  }

  Counter counter(String family, String help, Labels labels) {
    countSeries(family, 1);
    return Counter.builder(family).description(help).tags(tags(labels)).register(registry);
  }

  /** A counter whose value is kept elsewhere. */
  void counter(String family, String help, Labels labels, DoubleSupplier value) {
    countSeries(family, 1);
    kept.add(value); // Micrometer itself would let it be collected.
    FunctionCounter.builder(family, value, DoubleSupplier::getAsDouble)
        .description(help)
        .tags(tags(labels))
        .register(registry);
  }

  void gauge(String family, String help, Labels labels, DoubleSupplier value) {
    countSeries(family, 1);
    Gauge.builder(family, value::getAsDouble)
        .description(help)
        .tags(tags(labels))
        .register(registry);
  }

  /** A pool of connections to a database. */
  void connections(Labels labels, DoubleSupplier active, DoubleSupplier max) {
    gauge(
        Families.DATABASE_CONNECTIONS_ACTIVE,
        "Connections to the database that are in use",
        labels,
        active);
    gauge(Families.DATABASE_CONNECTIONS_MAX, "Connections that the pool may open", labels, max);
  }

  void removeConnections(Labels labels) {
    for (String family :
        List.of(Families.DATABASE_CONNECTIONS_ACTIVE, Families.DATABASE_CONNECTIONS_MAX)) {
      registry.remove(registry.get(family).tags(tags(labels)).gauge());
      countSeries(family, -1);
    }
  }

  HistogramSeries histogram(
      String family, String help, HistogramSeries.Scale scale, Labels labels) {
    countSeries(family, scale.buckets() + 2);
    return (HistogramSeries)
        DistributionSummary.builder(family)
            .description(help)
            .scale(scale.one(1))
            .serviceLevelObjectives(scale.bounds())
            .tags(tags(labels))
            .register(registry);
  }

  /** How many series each of our families has, as Prometheus counts them. */
  private void countSeries(String family, int more) {
    LongAdder count = series.get(family);
    if (count == null) {
      count = new LongAdder();
      series.put(family, count);
      gauge(
          Families.SERIES,
          "Time series that each of our families has",
          Labels.of("family", family),
          count::sum);
    }
    count.add(more);
  }

  MetricSnapshots snapshot() {
    return registry.snapshot();
  }

  MetricSnapshots snapshot(Set<String> families) {
    return registry.snapshot(families);
  }

  private static Tags tags(Labels labels) {
    return Tags.of(
        labels.stream().map(label -> Tag.of(label.getName(), label.getValue())).toList());
  }
}
