package dev.paymeter.metrics.audited;

import dev.paymeter.audit.AuditStore;
import dev.paymeter.metrics.registry.CardinalityLimiter;
import dev.paymeter.metrics.registry.HistogramSeries;
import dev.paymeter.metrics.registry.Meters;
import dev.paymeter.metrics.registry.MetricNames;
import dev.paymeter.payment.AllowedValues;
import dev.paymeter.payment.PaymentException;
import dev.paymeter.payment.PaymentStatus;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.Severity;
import dev.paymeter.report.ErrorReport;
import io.micrometer.core.instrument.Counter;
import io.prometheus.metrics.model.snapshots.Labels;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Series of the audited families. Each is created at its first use, together with its cells in the
 * {@link SeriesLayout}. Not thread-safe except {@link #eventLabel}: the pipeline's lock guards
 * every use.
 */
final class LedgerSeries {
  private final Meters meters;
  private final SeriesLayout seriesLayout;
  private final CardinalityLimiter eventNames;
  private final CardinalityLimiter services;
  private final CardinalityLimiter errorTypes;
  private final Map<PaymentLabels, PaymentSeries> paymentSeries = new HashMap<>();
  private final Map<Labels, CounterCell> requests = new HashMap<>();
  private final Map<Labels, CounterCell> errors = new HashMap<>();
  private final Map<Labels, HistogramCells> durations = new HashMap<>();
  private final Map<Labels, HistogramCells> amounts = new HashMap<>();
  private final Map<String, HistogramCells> events = new HashMap<>();

  /** Properties of a payment that select its series. */
  record PaymentLabels(
      PaymentStatus status,
      String gateway,
      String tier,
      String method,
      String currency,
      @Nullable String errorType,
      boolean highValue) {}

  record PaymentSeries(
      CounterCell requests,
      HistogramCells duration,
      HistogramCells amount,
      @Nullable CounterCell errors) {}

  record CounterCell(Counter counter, int cell) {}

  record HistogramCells(HistogramSeries histogram, int cell) {}

  LedgerSeries(
      Meters meters,
      SeriesLayout seriesLayout,
      CardinalityLimiter eventNames,
      CardinalityLimiter services,
      CardinalityLimiter errorTypes) {
    this.meters = meters;
    this.seriesLayout = seriesLayout;
    this.eventNames = eventNames;
    this.services = services;
    this.errorTypes = errorTypes;
  }

  String eventLabel(String event) {
    return eventNames.admit(event);
  }

  /** Creates the series of configured labels, of refunds, and of expected events. */
  void registerExpected(AllowedValues allowedValues, List<String> events) {
    for (String gateway : allowedValues.gateways()) {
      for (String tier : allowedValues.tiers()) {
        requests(PaymentStatus.SUCCESS, gateway, tier);
        requests(PaymentStatus.FAILED, gateway, tier);
      }
      allowedValues.methods().forEach(method -> duration(gateway, method));
    }
    for (String currency : allowedValues.currencies()) {
      allowedValues.tiers().forEach(tier -> amount(currency, tier));
    }
    for (String error : PaymentException.TYPES) {
      error(error, true);
      error(error, false);
      for (Severity severity : Severity.values()) {
        error(Refund.SERVICE, error, severity);
      }
    }
    event(Refund.EVENT);
    events.forEach(this::event);
  }

  /** Adds totals, which must be as long as the layout, to the series. */
  void add(long[] totals) {
    requests.values().forEach(series -> series.counter().increment((double) totals[series.cell()]));
    errors.values().forEach(series -> series.counter().increment((double) totals[series.cell()]));
    durations.values().forEach(series -> series.histogram().restore(totals, series.cell()));
    amounts.values().forEach(series -> series.histogram().restore(totals, series.cell()));
    events.values().forEach(series -> series.histogram().restore(totals, series.cell()));
  }

  /** Returns the index of a series' first cell. */
  int offset(String family, JsonObject labels) {
    return switch (family) {
      case MetricNames.PAYMENT_REQUESTS ->
          requests(
                  PaymentStatus.of(labels.getString("status")),
                  labels.getString("gateway"),
                  labels.getString("user_tier"))
              .cell();
      case MetricNames.PAYMENT_DURATION ->
          duration(labels.getString("gateway"), labels.getString("payment_method")).cell();
      case MetricNames.PAYMENT_AMOUNT ->
          amount(labels.getString("currency"), labels.getString("user_tier")).cell();
      case MetricNames.ERRORS ->
          error(
                  labels.getString("service"),
                  labels.getString("error_type"),
                  Severity.of(labels.getString("severity")))
              .cell();
      case MetricNames.BUSINESS_EVENTS -> event(labels.getString("event")).cell();
      default -> throw new IllegalArgumentException("unknown audited family: " + family);
    };
  }

  /** Returns the series of a payment with these labels. */
  PaymentSeries paymentSeries(PaymentLabels labels) {
    PaymentSeries known = paymentSeries.get(labels);
    if (known == null) {
      known =
          new PaymentSeries(
              requests(labels.status(), labels.gateway(), labels.tier()),
              duration(labels.gateway(), labels.method()),
              amount(labels.currency(), labels.tier()),
              labels.errorType() == null ? null : error(labels.errorType(), labels.highValue()));
      paymentSeries.put(labels, known);
    }
    return known;
  }

  private CounterCell requests(PaymentStatus status, String gateway, String tier) {
    return counter(
        requests,
        MetricNames.PAYMENT_REQUESTS,
        "Payments whose final state is committed in the ledger",
        Labels.of("status", status.label(), "gateway", gateway, "user_tier", tier));
  }

  private CounterCell error(String errorType, boolean highValue) {
    return error(
        MetricNames.PAYMENT_SERVICE, errorType, highValue ? Severity.HIGH : Severity.MEDIUM);
  }

  CounterCell error(AuditStore.ErrorTotal entry) {
    return error(entry.service(), entry.errorType(), entry.severity());
  }

  CounterCell error(String service, String errorType, Severity severity) {
    if (!ErrorReport.RESERVED_SERVICES.contains(service)) {
      services.retain(service);
      errorTypes.retain(errorType);
    }
    return counter(
        errors,
        MetricNames.ERRORS,
        MetricNames.ERRORS_HELP,
        Labels.of("service", service, "error_type", errorType, "severity", severity.label()));
  }

  private CounterCell counter(
      Map<Labels, CounterCell> all, String family, String help, Labels labels) {
    return all.computeIfAbsent(
        labels,
        key ->
            new CounterCell(
                meters.counter(family, help, key), seriesLayout.addCounter(family, key)));
  }

  private HistogramCells duration(String gateway, String method) {
    return histogram(
        durations,
        MetricNames.PAYMENT_DURATION,
        "Time from the accepted request to the gateway's response",
        LedgerMeters.DURATION,
        Labels.of("gateway", gateway, "payment_method", method));
  }

  private HistogramCells amount(String currency, String tier) {
    return histogram(
        amounts,
        MetricNames.PAYMENT_AMOUNT,
        "Amounts of payments in US dollars, by the currency of the payment",
        LedgerMeters.AMOUNT,
        Labels.of("currency", currency, "user_tier", tier));
  }

  HistogramCells event(String label) {
    return events.computeIfAbsent(
        label,
        key -> {
          eventNames.retain(key);
          return histogram(
              MetricNames.BUSINESS_EVENTS,
              "Amounts of business events in US dollars, each counted once",
              LedgerMeters.AMOUNT,
              Labels.of("event", key));
        });
  }

  private HistogramCells histogram(
      Map<Labels, HistogramCells> all,
      String family,
      String help,
      HistogramSeries.Scale scale,
      Labels labels) {
    return all.computeIfAbsent(labels, key -> histogram(family, help, scale, key));
  }

  private HistogramCells histogram(
      String family, String help, HistogramSeries.Scale scale, Labels labels) {
    return new HistogramCells(
        meters.histogram(family, help, scale, labels),
        seriesLayout.addHistogram(family, labels, scale));
  }
}
