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
 * The series of the audited families: each is made when it is first asked for, with its place in
 * the chart. Not thread-safe, but for {@link #eventLabel}: the pipeline's lock covers every use.
 */
final class LedgerSeries {
  private final Meters meters;
  private final SeriesLayout seriesLayout;
  private final CardinalityLimiter eventNames;
  private final CardinalityLimiter services;
  private final CardinalityLimiter errorTypes;
  private final Map<Like, Slots> slots = new HashMap<>();
  private final Map<Labels, Counted> requests = new HashMap<>();
  private final Map<Labels, Counted> errors = new HashMap<>();
  private final Map<Labels, Measured> durations = new HashMap<>();
  private final Map<Labels, Measured> amounts = new HashMap<>();
  private final Map<String, Measured> events = new HashMap<>();

  /** Payments of one kind go to the same series. */
  record Like(
      PaymentStatus status,
      String gateway,
      String tier,
      String method,
      String currency,
      @Nullable String errorType,
      boolean highValue) {}

  record Slots(Counted requests, Measured duration, Measured amount, @Nullable Counted errors) {}

  record Counted(Counter counter, int cell) {}

  record Measured(HistogramSeries histogram, int cell) {}

  /** As {@link LedgerMeters} is made. */
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

  /** Makes every combination of configured labels, of refunds, and of expected events. */
  void expect(AllowedValues allowedValues, List<String> words) {
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
    words.forEach(this::event);
  }

  /** Adds a tally, as long as the chart, to what the series show. */
  void add(long[] tally) {
    requests.values().forEach(series -> series.counter().increment((double) tally[series.cell()]));
    errors.values().forEach(series -> series.counter().increment((double) tally[series.cell()]));
    durations.values().forEach(series -> series.histogram().restore(tally, series.cell()));
    amounts.values().forEach(series -> series.histogram().restore(tally, series.cell()));
    events.values().forEach(series -> series.histogram().restore(tally, series.cell()));
  }

  /** Where in a tally a series begins. */
  int place(String family, JsonObject labels) {
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
      default -> throw new IllegalArgumentException("no audited family is called " + family);
    };
  }

  /** The series of one kind of payment. */
  Slots slots(Like like) {
    Slots known = slots.get(like);
    if (known == null) {
      known =
          new Slots(
              requests(like.status(), like.gateway(), like.tier()),
              duration(like.gateway(), like.method()),
              amount(like.currency(), like.tier()),
              like.errorType() == null ? null : error(like.errorType(), like.highValue()));
      slots.put(like, known);
    }
    return known;
  }

  private Counted requests(PaymentStatus status, String gateway, String tier) {
    return counted(
        requests,
        MetricNames.PAYMENT_REQUESTS,
        "Payments whose final state is committed in the ledger",
        Labels.of("status", status.label(), "gateway", gateway, "user_tier", tier));
  }

  private Counted error(String errorType, boolean highValue) {
    return error(
        MetricNames.PAYMENT_SERVICE, errorType, highValue ? Severity.HIGH : Severity.MEDIUM);
  }

  Counted error(AuditStore.ErrorEntry entry) {
    return error(entry.service(), entry.errorType(), entry.severity());
  }

  Counted error(String service, String errorType, Severity severity) {
    if (!ErrorReport.OUR_SERVICES.contains(service)) {
      services.keep(service);
      errorTypes.keep(errorType);
    }
    return counted(
        errors,
        MetricNames.ERRORS,
        MetricNames.ERRORS_HELP,
        Labels.of("service", service, "error_type", errorType, "severity", severity.label()));
  }

  private Counted counted(Map<Labels, Counted> all, String family, String help, Labels labels) {
    return all.computeIfAbsent(
        labels,
        key ->
            new Counted(meters.counter(family, help, key), seriesLayout.addCounter(family, key)));
  }

  private Measured duration(String gateway, String method) {
    return measured(
        durations,
        MetricNames.PAYMENT_DURATION,
        "From the accepted payment request to the gateway's answer",
        LedgerMeters.DURATION,
        Labels.of("gateway", gateway, "payment_method", method));
  }

  private Measured amount(String currency, String tier) {
    return measured(
        amounts,
        MetricNames.PAYMENT_AMOUNT,
        "Amounts of payments in US dollars, by the currency that was paid in",
        LedgerMeters.AMOUNT,
        Labels.of("currency", currency, "user_tier", tier));
  }

  Measured event(String label) {
    return events.computeIfAbsent(
        label,
        key -> {
          eventNames.keep(key);
          return measured(
              MetricNames.BUSINESS_EVENTS,
              "Amounts of business events in US dollars, each counted once",
              LedgerMeters.AMOUNT,
              Labels.of("event", key));
        });
  }

  private Measured measured(
      Map<Labels, Measured> all,
      String family,
      String help,
      HistogramSeries.Scale scale,
      Labels labels) {
    return all.computeIfAbsent(labels, key -> measured(family, help, scale, key));
  }

  private Measured measured(
      String family, String help, HistogramSeries.Scale scale, Labels labels) {
    return new Measured(
        meters.histogram(family, help, scale, labels),
        seriesLayout.addHistogram(family, labels, scale));
  }
}
