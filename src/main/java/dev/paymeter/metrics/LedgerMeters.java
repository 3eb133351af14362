package dev.paymeter.metrics;

import dev.paymeter.payments.Books;
import dev.paymeter.payments.BusinessEvent;
import dev.paymeter.payments.Choices;
import dev.paymeter.payments.ErrorReport;
import dev.paymeter.payments.Observations.Severity;
import dev.paymeter.payments.Payment;
import dev.paymeter.payments.PaymentException;
import dev.paymeter.payments.PaymentStatus;
import dev.paymeter.payments.ReportedError;
import io.micrometer.core.instrument.Counter;
import io.prometheus.metrics.model.snapshots.Labels;
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
final class LedgerMeters {
  static final HistogramSeries.Scale DURATION =
      new HistogramSeries.Scale(1_000_000, Families.DURATION_BUCKETS);
  static final HistogramSeries.Scale AMOUNT =
      new HistogramSeries.Scale(100, Families.AMOUNT_BUCKETS);

  /** The audited families. */
  static final Set<String> FAMILIES =
      Set.of(
          Families.PAYMENT_REQUESTS,
          Families.PAYMENT_DURATION,
          Families.PAYMENT_AMOUNT,
          Families.ERRORS,
          Families.BUSINESS_EVENTS);

  private final Meters meters;
  private final LabelCap eventNames;
  private final LabelCap services;
  private final LabelCap errorTypes;
  private final Chart chart = new Chart();
  private final Tallies tallies = new Tallies(chart);
  private final Map<Like, Slots> slots = new HashMap<>();
  private final Map<Labels, Counted> requests = new HashMap<>();
  private final Map<Labels, Counted> errors = new HashMap<>();
  private final Map<Labels, Measured> durations = new HashMap<>();
  private final Map<Labels, Measured> amounts = new HashMap<>();
  private final Map<String, Measured> events = new HashMap<>();

  /** Payments of one kind go to the same series. */
  private record Like(
      PaymentStatus status,
      String gateway,
      String tier,
      String method,
      String currency,
      @Nullable String errorType,
      boolean highValue) {}

  private record Slots(
      Counted requests, Measured duration, Measured amount, @Nullable Counted errors) {}

  private record Counted(Counter counter, int cell) {}

  private record Measured(HistogramSeries histogram, int cell) {}

  /**
   * @param eventNames bounds the words of business events
   * @param services bounds whose errors there are
   * @param errorTypes bounds the types of errors
   */
  LedgerMeters(Meters meters, LabelCap eventNames, LabelCap services, LabelCap errorTypes) {
    this.meters = meters;
    this.eventNames = eventNames;
    this.services = services;
    this.errorTypes = errorTypes;
  }

  /** What a business event is counted as. The one method that is safe without the lock. */
  String eventLabel(String event) {
    return eventNames.admit(event);
  }

  /**
   * Makes every combination of configured labels, at zero, so that Prometheus sees the first
   * increment, and then adds what earlier processes counted under the identity.
   *
   * @param events the words of business events that are expected
   * @param totals a checkpoint's; null where there is none
   * @throws IllegalArgumentException when they have a family that is not ours; nothing is made then
   */
  void open(Choices choices, List<String> events, @Nullable JsonObject totals) {
    if (totals != null && !FAMILIES.containsAll(totals.fieldNames())) {
      throw new IllegalArgumentException(
          "the checkpoint is of another version: wanted the families "
              + FAMILIES
              + ", found "
              + totals.fieldNames());
    }
    for (String gateway : choices.gateways()) {
      for (String tier : choices.tiers()) {
        requests(PaymentStatus.SUCCESS, gateway, tier);
        requests(PaymentStatus.FAILED, gateway, tier);
      }
      choices.methods().forEach(method -> duration(gateway, method));
    }
    for (String currency : choices.currencies()) {
      choices.tiers().forEach(tier -> amount(currency, tier));
    }
    for (String error : List.of("PaymentGatewayException", "PaymentValidationException")) {
      error(error, true);
      error(error, false);
    }
    events.forEach(this::event);
    if (totals != null) {
      restore(totals);
    }
  }

  /** Counts one settled payment: in all its families, or in none. */
  void apply(Payment payment) {
    Payment.Settlement how = payment.settled().orElseThrow();
    PaymentException error = how.error();
    Slots to =
        slots(
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
    long[] tally = tallies.of(how.page());
    book(tally, to, 1, DURATION.bucket(micros), micros, AMOUNT.bucket(cents), cents);
  }

  /** Counts one business event. */
  void apply(BusinessEvent event) {
    long cents = event.amountUsd().unscaledValue().longValueExact();
    Measured to = event(event.label());
    to.histogram().record(cents);
    book(tallies.of(event.page()), to, 1, AMOUNT.bucket(cents), cents);
  }

  /** Counts one error of another service. */
  void apply(ReportedError error) {
    Counted to = error(error.service(), error.errorType(), error.report().severity());
    to.counter().increment();
    tallies.of(error.page())[to.cell()]++;
  }

  /** The ledger's entries as a tally. */
  long[] tally(Books.Entries entries) {
    // First all series, which may be new to the chart, then the cells.
    entries.events().forEach(entry -> event(entry.label()));
    entries.errors().forEach(this::error);
    long[] tally = tally(entries.payments());
    for (Books.EventEntry entry : entries.events()) {
      book(tally, event(entry.label()), entry.count(), entry.amountBucket(), entry.cents());
    }
    for (Books.ErrorEntry entry : entries.errors()) {
      tally[error(entry).cell()] += entry.count();
    }
    return tally;
  }

  private static void book(long[] tally, Measured to, long count, int bucket, long cents) {
    tally[to.cell() + bucket] += count;
    tally[to.cell() + AMOUNT.buckets()] += cents;
  }

  private long[] tally(List<Books.Entry> entries) {
    List<Slots> to =
        entries.stream()
            .map(
                entry ->
                    slots(
                        new Like(
                            entry.status(),
                            entry.gateway(),
                            entry.tier(),
                            entry.method(),
                            entry.currency(),
                            entry.errorType(),
                            entry.highValue())))
            .toList();
    long[] tally = new long[chart.length()];
    int i = 0;
    for (Books.Entry entry : entries) {
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
  void restore(long[] tally) {
    long[] whole = Arrays.copyOf(tally, chart.length());
    requests.values().forEach(series -> series.counter().increment((double) whole[series.cell()]));
    errors.values().forEach(series -> series.counter().increment((double) whole[series.cell()]));
    durations.values().forEach(series -> series.histogram().restore(whole, series.cell()));
    amounts.values().forEach(series -> series.histogram().restore(whole, series.cell()));
    events.values().forEach(series -> series.histogram().restore(whole, series.cell()));
    tallies.settle(whole);
  }

  private void restore(JsonObject totals) {
    Map<Integer, long[]> cells = new HashMap<>();
    for (String family : totals.fieldNames()) {
      for (Object entry : totals.getJsonArray(family)) {
        JsonObject series = (JsonObject) entry;
        JsonArray values = series.getJsonArray("cells");
        long[] row = new long[values.size()];
        for (int i = 0; i < row.length; i++) {
          row[i] = values.getLong(i);
        }
        cells.put(place(family, series.getJsonObject("labels")), row);
      }
    }
    long[] tally = new long[chart.length()];
    cells.forEach((place, row) -> System.arraycopy(row, 0, tally, place, row.length));
    restore(tally);
  }

  private int place(String family, JsonObject labels) {
    return switch (family) {
      case Families.PAYMENT_REQUESTS ->
          requests(
                  PaymentStatus.of(labels.getString("status")),
                  labels.getString("gateway"),
                  labels.getString("user_tier"))
              .cell();
      case Families.PAYMENT_DURATION ->
          duration(labels.getString("gateway"), labels.getString("payment_method")).cell();
      case Families.PAYMENT_AMOUNT ->
          amount(labels.getString("currency"), labels.getString("user_tier")).cell();
      case Families.ERRORS ->
          error(
                  labels.getString("service"),
                  labels.getString("error_type"),
                  Severity.of(labels.getString("severity")))
              .cell();
      case Families.BUSINESS_EVENTS -> event(labels.getString("event")).cell();
      default -> throw new IllegalArgumentException("no audited family is called " + family);
    };
  }

  /** What was counted, by page, and what came from the ledger. */
  Tallies tallies() {
    return tallies;
  }

  /** By family, how far what a scrape would show now is from what was booked. */
  Map<String, Long> misshown() {
    MetricSnapshots shown = meters.snapshot(FAMILIES);
    return chart.difference(chart.read(shown), tallies.booked());
  }

  private Slots slots(Like like) {
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
        Families.PAYMENT_REQUESTS,
        "Payments whose final state is committed in the ledger",
        Labels.of("status", status.word(), "gateway", gateway, "user_tier", tier));
  }

  private Counted error(String errorType, boolean highValue) {
    return error(Families.PAYMENT_SERVICE, errorType, highValue ? Severity.HIGH : Severity.MEDIUM);
  }

  private Counted error(Books.ErrorEntry entry) {
    return error(entry.service(), entry.errorType(), entry.severity());
  }

  private Counted error(String service, String errorType, Severity severity) {
    if (!ErrorReport.OUR_SERVICES.contains(service)) {
      services.keep(service);
      errorTypes.keep(errorType);
    }
    return counted(
        errors,
        Families.ERRORS,
        Families.ERRORS_HELP,
        Labels.of("service", service, "error_type", errorType, "severity", severity.label()));
  }

  private Counted counted(Map<Labels, Counted> all, String family, String help, Labels labels) {
    return all.computeIfAbsent(
        labels,
        key -> new Counted(meters.counter(family, help, key), chart.addCounter(family, key)));
  }

  private Measured duration(String gateway, String method) {
    return measured(
        durations,
        Families.PAYMENT_DURATION,
        "From the accepted payment request to the gateway's answer",
        DURATION,
        Labels.of("gateway", gateway, "payment_method", method));
  }

  private Measured amount(String currency, String tier) {
    return measured(
        amounts,
        Families.PAYMENT_AMOUNT,
        "Amounts of payments in US dollars, by the currency that was paid in",
        AMOUNT,
        Labels.of("currency", currency, "user_tier", tier));
  }

  private Measured event(String label) {
    return events.computeIfAbsent(
        label,
        key -> {
          eventNames.keep(key);
          return measured(
              Families.BUSINESS_EVENTS,
              "Amounts of business events in US dollars, each counted once",
              AMOUNT,
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
        meters.histogram(family, help, scale, labels), chart.addHistogram(family, labels, scale));
  }
}
