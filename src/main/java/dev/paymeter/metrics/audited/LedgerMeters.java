package dev.paymeter.metrics.audited;

import dev.paymeter.audit.AuditStore;
import dev.paymeter.metrics.audited.LedgerSeries.Counted;
import dev.paymeter.metrics.audited.LedgerSeries.Like;
import dev.paymeter.metrics.audited.LedgerSeries.Measured;
import dev.paymeter.metrics.audited.LedgerSeries.Slots;
import dev.paymeter.metrics.registry.CardinalityLimiter;
import dev.paymeter.metrics.registry.HistogramSeries;
import dev.paymeter.metrics.registry.Meters;
import dev.paymeter.metrics.registry.MetricNames;
import dev.paymeter.payment.AllowedValues;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentException;
import dev.paymeter.report.BusinessEvent;
import dev.paymeter.report.ReportedError;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The families that come from what the ledger has: payments, their errors, business events; and
 * beside them what they must add up to. They are not there at all before {@link #open}: a scrape
 * that saw zeros before restored values would make Prometheus count everything again. Not
 * thread-safe: the pipeline's lock covers every use.
 */
public final class LedgerMeters {
  public static final HistogramSeries.Scale DURATION =
      new HistogramSeries.Scale(1_000_000, MetricNames.DURATION_BUCKETS);
  public static final HistogramSeries.Scale AMOUNT =
      new HistogramSeries.Scale(100, MetricNames.AMOUNT_BUCKETS);

  /** The audited families. */
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

  /**
   * @param eventNames bounds the words of business events
   * @param services bounds whose errors there are
   * @param errorTypes bounds the types of errors
   */
  public LedgerMeters(
      Meters meters,
      CardinalityLimiter eventNames,
      CardinalityLimiter services,
      CardinalityLimiter errorTypes) {
    this.meters = meters;
    this.series = new LedgerSeries(meters, seriesLayout, eventNames, services, errorTypes);
  }

  /** What a business event is counted as. The one method that is safe without the lock. */
  public String eventLabel(String event) {
    return series.eventLabel(event);
  }

  /**
   * Makes every combination of configured labels, at zero, so that Prometheus sees the first
   * increment, and then adds what earlier processes counted under the identity.
   *
   * @param events the words of business events that are expected
   * @param totals a checkpoint's; null where there is none
   * @throws IllegalArgumentException when they have a family that is not ours; nothing is made then
   */
  public void open(AllowedValues allowedValues, List<String> events, @Nullable JsonObject totals) {
    if (totals != null && !FAMILIES.containsAll(totals.fieldNames())) {
      throw new IllegalArgumentException(
          "the checkpoint is of another version: wanted the families "
              + FAMILIES
              + ", found "
              + totals.fieldNames());
    }
    series.expect(allowedValues, events);
    if (totals != null) {
      restore(totals);
    }
  }

  /** Counts one settled payment: in all its families, or in none. */
  public void apply(Payment payment) {
    Payment.Settlement how = payment.settled().orElseThrow();
    PaymentException error = how.error();
    Slots to =
        series.slots(
            new Like(
                payment.status(),
                payment.order().gateway(),
                payment.order().tier(),
                payment.order().method(),
                payment.order().amount().currency().getCurrencyCode(),
                error == null ? null : error.type(),
                payment.isHighValue()));
    long micros = how.duration().toNanos() / 1000;
    long cents = payment.amountUsd().unscaledValue().longValueExact();
    to.requests().counter().increment();
    to.duration().histogram().record(micros);
    to.amount().histogram().record(cents);
    if (to.errors() != null) {
      to.errors().counter().increment();
    }
    long[] tally = auditTotals.of(how.page());
    book(tally, to, 1, DURATION.bucket(micros), micros, AMOUNT.bucket(cents), cents);
  }

  /** Counts one business event. */
  public void apply(BusinessEvent event) {
    long cents = event.amountUsd().unscaledValue().longValueExact();
    Measured to = series.event(event.label());
    to.histogram().record(cents);
    book(auditTotals.of(event.page()), to, 1, AMOUNT.bucket(cents), cents);
  }

  /** Counts one error of another service. */
  public void apply(ReportedError error) {
    Counted to = series.error(error.service(), error.errorType(), error.report().severity());
    to.counter().increment();
    auditTotals.of(error.page())[to.cell()]++;
  }

  /** The ledger's entries as a tally. */
  public long[] tally(AuditStore.Entries entries) {
    // First all series, which may be new to the chart, then the cells.
    entries.events().forEach(entry -> series.event(entry.label()));
    entries.errors().forEach(series::error);
    long[] tally = tally(entries.payments());
    for (AuditStore.EventEntry entry : entries.events()) {
      book(tally, series.event(entry.label()), entry.count(), entry.amountBucket(), entry.cents());
    }
    for (AuditStore.ErrorEntry entry : entries.errors()) {
      tally[series.error(entry).cell()] += entry.count();
    }
    return tally;
  }

  private static void book(long[] tally, Measured to, long count, int bucket, long cents) {
    tally[to.cell() + bucket] += count;
    tally[to.cell() + AMOUNT.buckets()] += cents;
  }

  private long[] tally(List<AuditStore.Entry> entries) {
    List<Slots> to =
        entries.stream()
            .map(
                entry ->
                    series.slots(
                        new Like(
                            entry.status(),
                            entry.gateway(),
                            entry.tier(),
                            entry.method(),
                            entry.currency(),
                            entry.errorType(),
                            entry.highValue())))
            .toList();
    long[] tally = new long[seriesLayout.length()];
    int i = 0;
    for (AuditStore.Entry entry : entries) {
      book(
          tally,
          to.get(i++),
          entry.count(),
          entry.durationBucket(),
          entry.micros(),
          entry.amountBucket(),
          entry.cents());
    }
    return tally;
  }

  private static void book(
      long[] tally,
      Slots to,
      long count,
      int durationBucket,
      long micros,
      int amountBucket,
      long cents) {
    tally[to.requests().cell()] += count;
    tally[to.duration().cell() + durationBucket] += count;
    tally[to.duration().cell() + DURATION.buckets()] += micros;
    tally[to.amount().cell() + amountBucket] += count;
    tally[to.amount().cell() + AMOUNT.buckets()] += cents;
    if (to.errors() != null) {
      tally[to.errors().cell()] += count;
    }
  }

  /** Adds what was counted elsewhere or before, so that it is seen from the next scrape on. */
  public void restore(long[] tally) {
    long[] whole = Arrays.copyOf(tally, seriesLayout.length());
    series.add(whole);
    auditTotals.settle(whole);
  }

  private void restore(JsonObject totals) {
    Map<Integer, long[]> cells = new HashMap<>();
    for (String family : totals.fieldNames()) {
      for (Object entry : totals.getJsonArray(family)) {
        JsonObject one = (JsonObject) entry;
        JsonArray values = one.getJsonArray("cells");
        long[] row = new long[values.size()];
        for (int i = 0; i < row.length; i++) {
          row[i] = values.getLong(i);
        }
        cells.put(series.place(family, one.getJsonObject("labels")), row);
      }
    }
    long[] tally = new long[seriesLayout.length()];
    cells.forEach((place, row) -> System.arraycopy(row, 0, tally, place, row.length));
    restore(tally);
  }

  /** What was counted, by page, and what came from the ledger. */
  public AuditTotals tallies() {
    return auditTotals;
  }

  /** By family, how far what a scrape would show now is from what was booked. */
  public Map<String, Long> misshown() {
    MetricSnapshots shown = meters.snapshot(FAMILIES);
    return seriesLayout.difference(seriesLayout.read(shown), auditTotals.booked());
  }
}
