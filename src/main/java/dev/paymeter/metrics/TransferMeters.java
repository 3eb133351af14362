package dev.paymeter.metrics;

import dev.paymeter.metrics.registry.HistogramSeries;
import dev.paymeter.metrics.registry.Meters;
import dev.paymeter.metrics.registry.MetricNames;
import dev.paymeter.payment.port.DisputeLedger.OpenTotal;
import dev.paymeter.payment.port.PaymentLedger.AuthorizedTotal;
import dev.paymeter.payment.port.PaymentLedger.WaitingTotal;
import dev.paymeter.payment.port.PaymentMetrics.KeyOutcome;
import dev.paymeter.payment.port.PaymentMetrics.Via;
import dev.paymeter.payment.port.UnresolvedTransfers.UnknownTotal;
import io.prometheus.metrics.model.snapshots.Labels;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Meters of payments and refunds that are not restored after a restart: unknown outcomes, the time
 * until each was resolved, payments that wait for their payer or are authorized, open disputes,
 * conflicts, abandoned outcomes, failovers, requests without payment, requests with an idempotency
 * key, and the publication lag of events. Reports are accepted on any thread without blocking; they
 * take effect with the next {@link #update}.
 */
final class TransferMeters {
  private static final HistogramSeries.Scale SECONDS =
      new HistogramSeries.Scale(1000, MetricNames.RESOLUTION_BUCKETS);

  private final Meters meters;
  private final Clock clock;
  private final Totals<UnknownTotal> payments;
  private final Totals<UnknownTotal> refunds;
  private final Totals<WaitingTotal> waiting;
  private final Totals<AuthorizedTotal> authorized;
  private final OpenDisputes disputes;
  private final Queue<Resolved> resolved = new ConcurrentLinkedQueue<>();

  private final LongAdder unavailable;

  private final GatewayCounter conflicts =
      new GatewayCounter(
          MetricNames.SETTLEMENT_CONFLICTS,
          "Outcomes of payments and refunds that the ledger rejected: it has another outcome, or no row");
  private final GatewayCounter abandoned =
      new GatewayCounter(
          MetricNames.OUTCOMES_ABANDONED,
          "Unknown outcomes of payments and refunds that the ledger rejected");

  /** By {@link KeyOutcome}. */
  private final LongAdder[] keyed;

  /** By the gateway that was left. Not modified after the construction. */
  private final Map<String, LongAdder> failovers = new HashMap<>();

  private volatile @Nullable Reading<Duration> publicationLag;

  /** By gateway, then {@link Via}. The pipeline's lock covers every use of this and the next. */
  private final Map<String, HistogramSeries[]> resolutions = new HashMap<>();

  private boolean isPublicationLagRegistered;

  private record Resolved(String gateway, Via via, Duration age) {}

  /**
   * @param gateways expected ones, whose series exist from the start. Failovers of others are not
   *     counted.
   */
  TransferMeters(Meters meters, List<String> gateways, Clock clock) {
    this.meters = meters;
    this.clock = clock;
    payments = new Totals<>(MetricNames.PAYMENTS_UNKNOWN, UnknownTotal::gateway);
    refunds = new Totals<>(MetricNames.REFUNDS_UNKNOWN, UnknownTotal::gateway);
    waiting = new Totals<>(MetricNames.PAYMENTS_REQUIRES_ACTION, WaitingTotal::gateway);
    authorized = new Totals<>(MetricNames.PAYMENTS_AUTHORIZED, AuthorizedTotal::gateway);
    disputes = new OpenDisputes();
    unavailable =
        meters.adder(
            MetricNames.PAYMENTS_UNAVAILABLE,
            "Payment requests that failed because of the service, before a gateway was called",
            Labels.EMPTY);
    keyed =
        Arrays.stream(KeyOutcome.values())
            .map(
                outcome ->
                    meters.adder(
                        MetricNames.IDEMPOTENCY_REQUESTS,
                        "Payment and refund requests with an idempotency key",
                        Labels.of("outcome", outcome.label())))
            .toArray(LongAdder[]::new);
    gateways.forEach(this::resolutions);
    gateways.forEach(conflicts::register);
    gateways.forEach(abandoned::register);
    gateways.forEach(gateway -> failovers.computeIfAbsent(gateway, this::failovers));
  }

  private LongAdder failovers(String gateway) {
    return meters.adder(
        MetricNames.GATEWAY_FAILOVERS,
        "Payments that were sent to the next gateway after evidence that this one had not charged them",
        Labels.of("gateway", gateway));
  }

  private HistogramSeries[] resolutions(String gateway) {
    return resolutions.computeIfAbsent(gateway, this::createSeries);
  }

  private HistogramSeries[] createSeries(String gateway) {
    registerUnknown(payments, "Payments", gateway);
    registerWaiting(gateway);
    registerAuthorized(gateway);
    disputes.register(gateway);
    registerUnknown(refunds, "Refunds", gateway);
    return Arrays.stream(Via.values())
        .map(
            via ->
                meters.histogram(
                    MetricNames.PAYMENT_RESOLUTION,
                    "Time for which the outcome of a payment was unknown",
                    SECONDS,
                    Labels.of("gateway", gateway, "via", via.label())))
        .toArray(HistogramSeries[]::new);
  }

  void unavailable() {
    unavailable.increment();
  }

  void keyed(KeyOutcome outcome) {
    keyed[outcome.ordinal()].increment();
  }

  void failedOver(String gateway) {
    LongAdder count = failovers.get(gateway);
    if (count != null) {
      count.increment();
    }
  }

  void settlementConflict(String gateway) {
    conflicts.count(gateway);
  }

  void outcomeAbandoned(String gateway) {
    abandoned.count(gateway);
  }

  void resolved(String gateway, Via via, Duration age) {
    resolved.add(new Resolved(gateway, via, age));
  }

  void unknownPayments(List<UnknownTotal> now) {
    payments.report(now);
  }

  void unknownRefunds(List<UnknownTotal> now) {
    refunds.report(now);
  }

  void waitingPayments(List<WaitingTotal> now) {
    waiting.report(now);
  }

  void authorizedPayments(List<AuthorizedTotal> now) {
    authorized.report(now);
  }

  void openDisputes(List<OpenTotal> now) {
    disputes.report(now);
  }

  void publicationLag(Duration age) {
    publicationLag = new Reading<>(age, clock.instant());
  }

  /** Applies reports to the meters. To be called under the pipeline's lock, before a snapshot. */
  void update() {
    payments.gateways().forEach(this::resolutions); // Gateways that only the ledger knows.
    waiting.gateways().forEach(this::resolutions);
    authorized.gateways().forEach(this::resolutions);
    disputes.gateways().forEach(this::resolutions);
    refunds.gateways().forEach(this::resolutions);
    for (Resolved next = resolved.poll(); next != null; next = resolved.poll()) {
      resolutions(next.gateway())[next.via().ordinal()].record(next.age().toMillis());
    }
    conflicts.update();
    abandoned.update();
    // No gauge before the first report: 0 would mean that all events are published.
    if (!isPublicationLagRegistered && publicationLag != null) {
      isPublicationLagRegistered = true;
      meters.gauge(
          MetricNames.EVENTS_UNPUBLISHED,
          "Age of the oldest unpublished event of the whole ledger; 0 if all are published",
          this::publicationLagSeconds);
    }
  }

  private double publicationLagSeconds() {
    Reading<Duration> latest = publicationLag;
    return latest == null ? Double.NaN : latest.expose(clock, age -> age.toMillis() / 1000.0);
  }

  /** A counter by gateway. */
  private final class GatewayCounter {
    private final String family;
    private final String help;
    private final Queue<String> counted = new ConcurrentLinkedQueue<>();

    /** The pipeline's lock covers every use. */
    private final Map<String, LongAdder> byGateway = new HashMap<>();

    GatewayCounter(String family, String help) {
      this.family = family;
      this.help = help;
    }

    LongAdder register(String gateway) {
      return byGateway.computeIfAbsent(
          gateway, each -> meters.adder(family, help, Labels.of("gateway", each)));
    }

    /** Counts on any thread. */
    void count(String gateway) {
      counted.add(gateway);
    }

    void update() {
      for (String next = counted.poll(); next != null; next = counted.poll()) {
        register(next).increment();
      }
    }
  }

  private static <T> double part(@Nullable T total, ToDoubleFunction<T> value) {
    return total == null ? 0 : value.applyAsDouble(total);
  }

  /** Gauges of the open disputes and warnings, by gateway and kind. */
  private final class OpenDisputes {
    private volatile Reading<Map<Labels, OpenTotal>> byLabels = Reading.none(Map.of());

    private static Labels labels(String gateway, boolean isWarning) {
      return Labels.of("gateway", gateway, "kind", isWarning ? "warning" : "dispute");
    }

    /** Creates the series of a gateway. To be called once for each, under the pipeline's lock. */
    void register(String gateway) {
      register(labels(gateway, false));
      register(labels(gateway, true));
    }

    private void register(Labels labels) {
      gauge(
          labels,
          MetricNames.DISPUTES_OPEN,
          "Disputes and warnings that have not ended, of the whole ledger",
          OpenTotal::count);
      gauge(
          labels,
          MetricNames.DISPUTES_OPEN + MetricNames.UNKNOWN_USD,
          "Sum of these disputes or warnings in US dollars",
          each -> each.usd().doubleValue());
      gauge(
          labels,
          MetricNames.DISPUTES_AWAITING_RESPONSE,
          "Open disputes and warnings that have a deadline and no response, of the whole ledger",
          OpenTotal::awaiting);
      gauge(
          labels,
          MetricNames.DISPUTES_RESPONSE_DUE,
          "Time until the first deadline of these; 0 if there is none",
          each -> {
            Instant deadline = each.respondBy();
            return deadline == null
                ? 0
                : Duration.between(clock.instant(), deadline).toMillis() / 1e3;
          });
    }

    private void gauge(
        Labels labels, String family, String help, ToDoubleFunction<OpenTotal> value) {
      meters.gauge(
          family,
          help,
          labels,
          () -> byLabels.expose(clock, totals -> part(totals.get(labels), value)));
    }

    Set<String> gateways() {
      return byLabels.value().values().stream()
          .map(OpenTotal::gateway)
          .collect(Collectors.toUnmodifiableSet());
    }

    void report(List<OpenTotal> now) {
      byLabels =
          new Reading<>(
              now.stream()
                  .collect(
                      Collectors.toUnmodifiableMap(
                          each -> labels(each.gateway(), each.isWarning()), each -> each)),
              clock.instant());
    }
  }

  /** Gauges of one family of the ledger's totals, by gateway. */
  private final class Totals<T> {
    private final String family;
    private final Function<T, String> gateway;
    private volatile Reading<Map<String, T>> byGateway = Reading.none(Map.of());

    /**
     * @param family name of the count; the names of the other gauges start with it
     */
    Totals(String family, Function<T, String> gateway) {
      this.family = family;
      this.gateway = gateway;
    }

    /** Creates a series. To be called once for each, under the pipeline's lock. */
    void gauge(String name, String suffix, String help, ToDoubleFunction<T> value) {
      meters.gauge(
          family + suffix,
          help,
          Labels.of("gateway", name),
          () -> byGateway.expose(clock, totals -> part(totals.get(name), value)));
    }

    Set<String> gateways() {
      return byGateway.value().keySet();
    }

    void report(List<T> now) {
      byGateway =
          new Reading<>(
              now.stream().collect(Collectors.toUnmodifiableMap(gateway, each -> each)),
              clock.instant());
    }
  }

  private double secondsSince(Instant oldest) {
    return Math.max(0, Duration.between(oldest, clock.instant()).toMillis() / 1e3);
  }

  private double secondsUntil(Instant expiry) {
    return Duration.between(clock.instant(), expiry).toMillis() / 1e3;
  }

  private void registerAuthorized(String gateway) {
    authorized.gauge(
        gateway,
        "",
        "Payments that are authorized and not captured, of the whole ledger",
        AuthorizedTotal::count);
    authorized.gauge(
        gateway,
        MetricNames.NEXT_EXPIRY,
        "Time until the first of these payments expires; 0 if there are none",
        each -> secondsUntil(each.nextExpiry()));
    authorized.gauge(
        gateway,
        MetricNames.UNKNOWN_USD,
        "Sum of these payments in US dollars",
        each -> each.usd().doubleValue());
  }

  private void registerWaiting(String gateway) {
    waiting.gauge(
        gateway,
        "",
        "Payments that wait for an action of their payers, of the whole ledger",
        WaitingTotal::count);
    waiting.gauge(
        gateway,
        MetricNames.UNKNOWN_OLDEST,
        "Age of the oldest of these payments; 0 if there are none",
        each -> secondsSince(each.oldest()));
    waiting.gauge(
        gateway,
        MetricNames.NEXT_EXPIRY,
        "Time until the first of these payments is canceled; 0 if there are none",
        each -> secondsUntil(each.nextExpiry()));
    waiting.gauge(
        gateway,
        MetricNames.UNKNOWN_USD,
        "Sum of these payments in US dollars",
        each -> each.usd().doubleValue());
  }

  /**
   * @param transfers "Payments" or "Refunds", for help texts
   */
  private void registerUnknown(Totals<UnknownTotal> unknown, String transfers, String gateway) {
    String these = "these " + transfers.toLowerCase(Locale.ROOT);
    unknown.gauge(
        gateway,
        "",
        transfers + " with an unknown outcome, of the whole ledger",
        UnknownTotal::count);
    unknown.gauge(
        gateway,
        MetricNames.UNKNOWN_OLDEST,
        "Age of the oldest of " + these + "; 0 if there are none",
        each -> secondsSince(each.oldest()));
    unknown.gauge(
        gateway,
        MetricNames.UNKNOWN_USD,
        "Sum of " + these + " in US dollars",
        each -> each.usd().doubleValue());
  }
}
