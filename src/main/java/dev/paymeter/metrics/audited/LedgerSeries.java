package dev.paymeter.metrics.audited;

import dev.paymeter.metrics.registry.CounterSeries;
import dev.paymeter.metrics.registry.HistogramSeries;
import dev.paymeter.metrics.registry.LabelLimits;
import dev.paymeter.metrics.registry.Meters;
import dev.paymeter.metrics.registry.MetricNames;
import dev.paymeter.payment.AllowedValues;
import dev.paymeter.payment.Authorization;
import dev.paymeter.payment.DisputeEvent;
import dev.paymeter.payment.PaymentException;
import dev.paymeter.payment.PaymentStatus;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.Severity;
import dev.paymeter.report.ErrorReport;
import io.prometheus.metrics.model.snapshots.Labels;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Series of the audited families. Each is created at its first use, together with its cells in the
 * {@link SeriesLayout}. Not thread-safe: the pipeline's lock guards every use.
 */
final class LedgerSeries {
  private final Meters meters;
  private final SeriesLayout seriesLayout;
  private final LabelLimits labelLimits;
  private final Map<PaymentLabels, PaymentSeries> paymentSeries = new HashMap<>();
  private final Map<SeriesLayout.Series, CounterCell> counters = new HashMap<>();
  private final Map<SeriesLayout.Series, HistogramCells> histograms = new HashMap<>();

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

  /** A counter, and the index of its cell in totals. */
  record CounterCell(CounterSeries counter, int cell) {
    void count(long[] totals) {
      counter.increment();
      totals[cell]++;
    }
  }

  /** A histogram, and the index of its first cell in totals. */
  record HistogramCells(HistogramSeries histogram, int cell) {
    void count(long[] totals, long units) {
      histogram.record(units);
      add(totals, 1, histogram.scale().bucket(units), units);
    }

    void add(long[] totals, long count, int bucket, long sum) {
      totals[cell + bucket] += count;
      totals[cell + histogram.scale().buckets()] += sum;
    }
  }

  LedgerSeries(Meters meters, SeriesLayout seriesLayout, LabelLimits labelLimits) {
    this.meters = meters;
    this.seriesLayout = seriesLayout;
    this.labelLimits = labelLimits;
  }

  /**
   * Creates the series of configured labels, of refunds, voids and disputes, and of expected
   * events.
   */
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
    event(Refund.FAILURE_EVENT);
    event(Authorization.VOID_EVENT);
    Stream.of(DisputeEvent.values()).map(DisputeEvent::label).forEach(this::event);
    events.forEach(this::event);
  }

  /** Adds totals, which must be as long as the layout, to the series. */
  void add(long[] totals) {
    counters.values().forEach(series -> series.counter().restore(totals, series.cell()));
    histograms.values().forEach(series -> series.histogram().restore(totals, series.cell()));
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
    return paymentSeries.computeIfAbsent(labels, this::createPaymentSeries);
  }

  private PaymentSeries createPaymentSeries(PaymentLabels labels) {
    return new PaymentSeries(
        requests(labels.status(), labels.gateway(), labels.tier()),
        duration(labels.gateway(), labels.method()),
        amount(labels.currency(), labels.tier()),
        labels.errorType() == null ? null : error(labels.errorType(), labels.highValue()));
  }

  private CounterCell requests(PaymentStatus status, String gateway, String tier) {
    return counter(
        MetricNames.PAYMENT_REQUESTS,
        "Payments whose final state is committed in the ledger",
        Labels.of("status", status.label(), "gateway", gateway, "user_tier", tier));
  }

  private CounterCell error(String errorType, boolean highValue) {
    return error(
        MetricNames.PAYMENT_SERVICE, errorType, highValue ? Severity.HIGH : Severity.MEDIUM);
  }

  CounterCell error(String service, String errorType, Severity severity) {
    if (!ErrorReport.RESERVED_SERVICES.contains(service)) {
      labelLimits.services().retain(service);
      labelLimits.errorTypes().retain(errorType);
    }
    return counter(
        MetricNames.ERRORS,
        MetricNames.ERRORS_HELP,
        Labels.of("service", service, "error_type", errorType, "severity", severity.label()));
  }

  private CounterCell counter(String family, String help, Labels labels) {
    return counters.computeIfAbsent(
        new SeriesLayout.Series(family, labels),
        key -> new CounterCell(meters.counter(family, help, labels), seriesLayout.addCounter(key)));
  }

  private HistogramCells duration(String gateway, String method) {
    return histogram(
        MetricNames.PAYMENT_DURATION,
        "Time from the accepted request to the gateway's response",
        LedgerMeters.DURATION,
        Labels.of("gateway", gateway, "payment_method", method));
  }

  private HistogramCells amount(String currency, String tier) {
    return histogram(
        MetricNames.PAYMENT_AMOUNT,
        "Amounts of payments in US dollars, by the currency of the payment",
        LedgerMeters.AMOUNT,
        Labels.of("currency", currency, "user_tier", tier));
  }

  HistogramCells event(String label) {
    labelLimits.events().retain(label);
    return histogram(
        MetricNames.BUSINESS_EVENTS,
        "Amounts of business events in US dollars, each counted once",
        LedgerMeters.AMOUNT,
        Labels.of("event", label));
  }

  private HistogramCells histogram(
      String family, String help, HistogramSeries.Scale scale, Labels labels) {
    return histograms.computeIfAbsent(
        new SeriesLayout.Series(family, labels),
        key ->
            new HistogramCells(
                meters.histogram(family, help, scale, labels),
                seriesLayout.addHistogram(key, scale)));
  }
}
