package dev.paymeter.metrics.audited;

import dev.paymeter.audit.AuditStore;
import dev.paymeter.audit.ScrapedTotals;
import dev.paymeter.metrics.audited.LedgerSeries.CounterCell;
import dev.paymeter.metrics.audited.LedgerSeries.HistogramCells;
import dev.paymeter.metrics.audited.LedgerSeries.PaymentLabels;
import dev.paymeter.metrics.audited.LedgerSeries.PaymentSeries;
import dev.paymeter.metrics.dashboard.PaymentComparison;
import dev.paymeter.metrics.registry.HistogramSeries;
import dev.paymeter.metrics.registry.LabelLimits;
import dev.paymeter.metrics.registry.Meters;
import dev.paymeter.metrics.registry.MetricNames;
import dev.paymeter.payment.AllowedValues;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentException;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.port.LedgerSegments;
import dev.paymeter.report.BusinessEvent;
import dev.paymeter.report.ReportedError;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Families that are audited against the ledger (payments, errors, business events), and their
 * expected totals. They do not exist before {@code register}: if a scrape saw zeros before the
 * restored values, Prometheus would count everything again. Not thread-safe: the pipeline's lock
 * guards every use.
 */
public final class LedgerMeters {
  public static final HistogramSeries.Scale DURATION =
      new HistogramSeries.Scale(1_000_000, MetricNames.DURATION_BUCKETS);
  public static final HistogramSeries.Scale AMOUNT =
      new HistogramSeries.Scale(100, MetricNames.AMOUNT_BUCKETS);

  public static final Set<String> FAMILIES =
      Set.of(
          MetricNames.PAYMENT_REQUESTS,
          MetricNames.PAYMENT_DURATION,
          MetricNames.PAYMENT_AMOUNT,
          MetricNames.ERRORS,
          MetricNames.BUSINESS_EVENTS);

  private final Meters meters;
  private final SeriesLayout seriesLayout = new SeriesLayout();
  private final AuditTotals auditTotals = new AuditTotals(seriesLayout);
  private final LedgerSeries series;

  private final RecentlyCounted recentPayments = new RecentlyCounted();
  private final RecentlyCounted recentRefunds = new RecentlyCounted();

  /** The difference between the exposed values and the totals of the ledger. */
  private long[] baseline = {};

  private boolean isRestored;
  private LedgerSegments.Cut cut = LedgerSegments.Cut.NONE;
  private @Nullable PaymentComparison comparison;

  public LedgerMeters(Meters meters, LabelLimits labels) {
    this.meters = meters;
    this.series = new LedgerSeries(meters, seriesLayout, labels);
  }

  /** Returns families that no scrape shows, for calculations with their totals. */
  static LedgerMeters notExposed() {
    Meters meters = new Meters();
    return new LedgerMeters(meters, LabelLimits.register(meters, 1));
  }

  /**
   * Creates the series of all configured label combinations at zero, so that Prometheus sees the
   * first increment.
   *
   * @param events names of the expected business events
   */
  public void register(AllowedValues allowedValues, List<String> events) {
    series.registerExpected(allowedValues, events);
  }

  /**
   * Creates these series, and adds the totals of earlier processes of the instance.
   *
   * @param events names of the expected business events
   * @param totals totals of a checkpoint; null if there is none
   * @param baseline what is added to the totals for the exposed values; null for nothing
   * @param later totals after the checkpoint
   * @throws IllegalArgumentException if the totals have an unknown family; no series is created
   *     then
   */
  public void register(
      AllowedValues allowedValues,
      List<String> events,
      @Nullable JsonObject totals,
      @Nullable JsonObject baseline,
      AuditStore.SettledTotals later) {
    check(totals);
    register(allowedValues, events);
    this.baseline = read(baseline);
    long[] checkpoint = read(totals);
    long[] settledLater = totals(later);
    long[] exposed = Arrays.copyOf(checkpoint, seriesLayout.length());
    SeriesLayout.add(exposed, settledLater);
    auditTotals.addSettled(exposed);
    SeriesLayout.add(exposed, this.baseline); // At once: no value is negative in between.
    series.add(exposed);
    isRestored = true;
  }

  /**
   * Runs a reading while the series show what was counted up to a cut, and nothing that was counted
   * later.
   *
   * @param requested the earliest cut; if later segments are compared with the ledger already, the
   *     reading contains them
   */
  public <T> T upTo(LedgerSegments.Cut requested, Supplier<T> reading) {
    cut = cut(requested);
    long[] later = auditTotals.countedAfter(cut.segment());
    series.add(SeriesLayout.subtract(new long[0], later));
    try {
      return reading.get();
    } finally {
      series.add(later);
    }
  }

  private LedgerSegments.Cut cut(LedgerSegments.Cut requested) {
    int closed = auditTotals.closed();
    if (isRestored && requested.equals(LedgerSegments.Cut.NONE)) {
      return new LedgerSegments.Cut(closed, false); // Restored after the request.
    }
    return closed > requested.segment() ? new LedgerSegments.Cut(closed, true) : requested;
  }

  /** Returns the cut of the last scrape. */
  public LedgerSegments.Cut cut() {
    return cut;
  }

  /** Returns what a scrape with the last cut shows; empty before the totals are restored. */
  public Optional<ScrapedTotals> shown() {
    if (!isRestored) {
      return Optional.empty();
    }
    Supplier<JsonObject> totals = seriesLayout.toWrite(auditTotals.total(cut.segment()));
    return Optional.of(new ScrapedTotals(() -> totals.get().encode(), recentlyCounted()));
  }

  private List<UUID> recentlyCounted() {
    List<UUID> ids = recentPayments.ids(cut.segment());
    ids.addAll(recentRefunds.ids(cut.segment()));
    return ids;
  }

  private static void check(@Nullable JsonObject totals) {
    if (totals != null && !FAMILIES.containsAll(totals.fieldNames())) {
      throw new IllegalArgumentException(
          "the checkpoint is of another version: expected the families "
              + FAMILIES
              + ", found "
              + totals.fieldNames());
    }
  }

  /** Counts a settled payment: in all its families, or in none. */
  public void apply(Payment payment) {
    Payment.Settlement settlement = payment.settled().orElseThrow();
    PaymentException error = settlement.error();
    PaymentSeries series =
        this.series.paymentSeries(
            new PaymentLabels(
                payment.status(),
                payment.order().gateway(),
                payment.order().tier(),
                payment.order().method(),
                payment.order().amount().currency().getCurrencyCode(),
                error == null ? null : error.type(),
                payment.isHighValue()));
    long micros = settlement.duration().toNanos() / 1000;
    long cents = payment.amountUsd().unscaledValue().longValueExact();
    long[] totals = auditTotals.segment(settlement.segment());
    recentPayments.add(payment.id(), settlement.segment());
    series.requests().count(totals);
    series.duration().count(totals, micros);
    series.amount().count(totals, cents);
    if (series.errors() != null) {
      series.errors().count(totals);
    }
  }

  public void apply(BusinessEvent event) {
    long cents = event.amountUsd().unscaledValue().longValueExact();
    HistogramCells series = this.series.event(event.label());
    series.count(auditTotals.segment(event.segment()), cents);
    noteRefund(event.report().publisher(), event.receipt(), event.segment());
  }

  /** Counts an error that another service reported, or of a refund. */
  public void apply(ReportedError error) {
    CounterCell series =
        this.series.error(error.service(), error.errorType(), error.report().severity());
    series.count(auditTotals.segment(error.segment()));
    noteRefund(error.report().publisher(), error.receipt(), error.segment());
  }

  /**
   * Events and errors of refunds have the refund's id as their receipt, or {@code Refund.failureId}
   * of it; voids the payment's.
   */
  private void noteRefund(String publisher, UUID receipt, int segment) {
    if (publisher.equals(Refund.PUBLISHER)) {
      recentRefunds.add(receipt, segment);
    }
  }

  /** Returns the ledger's totals in the layout of the series. */
  public long[] totals(AuditStore.SettledTotals settledTotals) {
    // Create missing series first: they extend the layout.
    settledTotals.payments().forEach(this::series);
    settledTotals.events().forEach(entry -> series.event(entry.label()));
    settledTotals.errors().forEach(this::series);
    long[] totals = new long[seriesLayout.length()];
    for (AuditStore.PaymentTotal entry : settledTotals.payments()) {
      PaymentSeries series = series(entry);
      totals[series.requests().cell()] += entry.count();
      series.duration().add(totals, entry.count(), entry.durationBucket(), entry.micros());
      series.amount().add(totals, entry.count(), entry.amountBucket(), entry.cents());
      if (series.errors() != null) {
        totals[series.errors().cell()] += entry.count();
      }
    }
    for (AuditStore.EventTotal entry : settledTotals.events()) {
      series.event(entry.label()).add(totals, entry.count(), entry.amountBucket(), entry.cents());
    }
    for (AuditStore.ErrorTotal entry : settledTotals.errors()) {
      totals[series(entry).cell()] += entry.count();
    }
    return totals;
  }

  private PaymentSeries series(AuditStore.PaymentTotal entry) {
    return series.paymentSeries(
        new PaymentLabels(
            entry.status(),
            entry.gateway(),
            entry.tier(),
            entry.method(),
            entry.currency(),
            entry.errorType(),
            entry.highValue()));
  }

  private CounterCell series(AuditStore.ErrorTotal entry) {
    return series.error(entry.service(), entry.errorType(), entry.severity());
  }

  /** Returns totals that were written as JSON, in the layout of the series. */
  long[] read(@Nullable JsonObject written) {
    Map<Integer, JsonArray> cells = new HashMap<>();
    if (written == null) {
      return new long[0];
    }
    for (String family : written.fieldNames()) {
      for (Object element : written.getJsonArray(family)) {
        JsonObject entry = (JsonObject) element;
        cells.put(
            series.offset(family, entry.getJsonObject("labels")), entry.getJsonArray("cells"));
      }
    }
    long[] totals = new long[seriesLayout.length()];
    cells.forEach(
        (offset, values) -> {
          for (int i = 0; i < values.size(); i++) {
            totals[offset + i] = values.getLong(i);
          }
        });
    return totals;
  }

  /** Returns the index of a series' first cell; creates the series if there is none. */
  int offset(String family, JsonObject labels) {
    return series.offset(family, labels);
  }

  SeriesLayout layout() {
    return seriesLayout;
  }

  public AuditTotals auditTotals() {
    return auditTotals;
  }

  /** Returns the sum of the absolute differences between exposed and expected totals, by family. */
  public Map<String, Long> measureDrift() {
    MetricSnapshots shown = meters.snapshot(FAMILIES);
    long[] expected = auditTotals.total();
    SeriesLayout.add(expected, baseline);
    long[] exposed = seriesLayout.read(shown);
    comparison = comparison(seriesLayout.payments(exposed));
    return seriesLayout.difference(exposed, expected);
  }

  private PaymentComparison comparison(PaymentComparison.Sum exposed) {
    PaymentComparison.Sum ofBaseline = seriesLayout.payments(baseline);
    return new PaymentComparison(
        auditTotals.settledPayments(),
        exposed.minus(ofBaseline).minus(auditTotals.openPayments()),
        PaymentComparison.Sum.ZERO,
        ofBaseline);
  }

  /** Returns the payments of the last comparison; empty before the first one. */
  public Optional<PaymentComparison> lastComparison() {
    return Optional.ofNullable(comparison)
        .map(compared -> compared.withCounted(seriesLayout.payments(auditTotals.total())));
  }
}
