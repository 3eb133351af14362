package dev.paymeter.metrics.dashboard;

import dev.paymeter.metrics.dashboard.ServiceStatus.Disputes;
import dev.paymeter.metrics.dashboard.ServiceStatus.Incident;
import dev.paymeter.metrics.dashboard.ServiceStatus.Kind;
import dev.paymeter.metrics.dashboard.ServiceStatus.MissingAccount;
import dev.paymeter.metrics.dashboard.ServiceStatus.OpenDisputes;
import dev.paymeter.metrics.dashboard.ServiceStatus.Unknown;
import dev.paymeter.metrics.dashboard.ServiceStatus.Unknowns;
import dev.paymeter.metrics.registry.MetricNames;
import dev.paymeter.payment.port.AccountRegistry;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The state of this instance, sampled every second even without viewers: it knows since when. */
public final class StatusSampler {
  /** Time between two samples. */
  public static final Duration INTERVAL = Duration.ofSeconds(1);

  private static final Set<String> DISPOSITIONS =
      Set.of(
          MetricNames.OBSERVATIONS_APPLIED,
          MetricNames.OBSERVATIONS_SAMPLED_OUT,
          MetricNames.OBSERVATIONS_DROPPED,
          MetricNames.OBSERVATIONS_REJECTED,
          MetricNames.QUEUE_DEPTH);

  /** Families of readings of the ledger, which become NaN when they are old, not all at once. */
  private static final Set<String> READINGS =
      Stream.of(
              MetricNames.PAYMENTS_UNKNOWN,
              MetricNames.REFUNDS_UNKNOWN,
              MetricNames.MISSING_ACCOUNT_TRANSFERS)
          .flatMap(
              family ->
                  Stream.of(
                      family,
                      family + MetricNames.UNKNOWN_OLDEST,
                      family + MetricNames.UNKNOWN_USD))
          .collect(Collectors.toUnmodifiableSet());

  /** Families of readings of the open disputes. */
  private static final Set<String> DISPUTE_READINGS =
      Set.of(
          MetricNames.DISPUTES_OPEN,
          MetricNames.DISPUTES_OPEN + MetricNames.UNKNOWN_USD,
          MetricNames.DISPUTES_AWAITING_RESPONSE,
          MetricNames.DISPUTES_RESPONSE_DUE);

  private static final Set<String> FAMILIES =
      Stream.of(
              READINGS,
              DISPUTE_READINGS,
              Set.of(
                  MetricNames.OBSERVATIONS_OFFERED,
                  MetricNames.OBSERVATIONS_APPLIED,
                  MetricNames.OBSERVATIONS_SAMPLED_OUT,
                  MetricNames.OBSERVATIONS_DROPPED,
                  MetricNames.OBSERVATIONS_REJECTED,
                  MetricNames.QUEUE_DEPTH,
                  MetricNames.LEDGER_DRIFT,
                  MetricNames.AUDIT_LAG,
                  MetricNames.LOOK_BACK_OLDEST,
                  MetricNames.LEDGER_UP,
                  MetricNames.PAYMENTS_UNAVAILABLE,
                  MetricNames.PAYMENT_DURATION,
                  MetricNames.GATEWAY_BREAKER,
                  MetricNames.GATEWAY_TIMEOUTS,
                  MetricNames.GATEWAY_REJECTIONS))
          .flatMap(Set::stream)
          .collect(Collectors.toUnmodifiableSet());

  private final Function<Set<String>, MetricSnapshots> families;
  private final Supplier<Optional<PaymentComparison>> proof;
  private final Supplier<List<AccountRegistry.MissingAccount>> missingAccounts;
  private final Clock clock;
  private final IncidentTracker ledger = new IncidentTracker();
  private final SortedMap<String, GatewayMonitor> gateways = new TreeMap<>();
  private Unknowns unknowns = new Unknowns(null, new TreeMap<>(), new TreeMap<>(), List.of());
  private Disputes disputes = new Disputes(null, List.of());
  private volatile @Nullable ServiceStatus latest;

  /**
   * @param families returns the current series of the families with these names
   * @param proof returns the last comparison with the ledger
   * @param missingAccounts returns the last reading of the accounts that no running instance has
   */
  public StatusSampler(
      Function<Set<String>, MetricSnapshots> families,
      Supplier<Optional<PaymentComparison>> proof,
      Supplier<List<AccountRegistry.MissingAccount>> missingAccounts,
      Clock clock) {
    this.families = families;
    this.proof = proof;
    this.missingAccounts = missingAccounts;
    this.clock = clock;
  }

  /** Returns the latest sample; null before the first one. Thread-safe; does not block. */
  public @Nullable ServiceStatus latest() {
    return latest;
  }

  /** Takes a sample. Takes the pipeline's lock like a scrape; not for event loops. */
  public synchronized void sample() {
    SeriesSums sums = new SeriesSums(families.apply(FAMILIES));
    Instant now = clock.instant();
    readUnknown(now, sums);
    readDisputes(now, sums);
    latest =
        new ServiceStatus(
            now,
            proof.get(),
            before(now, sums, MetricNames.AUDIT_LAG),
            before(now, sums, MetricNames.LOOK_BACK_OLDEST),
            sums.has(MetricNames.LEDGER_DRIFT) ? sums.total(MetricNames.LEDGER_DRIFT) : Double.NaN,
            unaccounted(sums),
            isLedgerUp(sums),
            unknowns,
            disputes,
            incidents(now, sums));
  }

  /** Returns null before the counters are restored: until then, the ledger is being opened. */
  private static @Nullable Boolean isLedgerUp(SeriesSums sums) {
    return sums.has(MetricNames.LEDGER_UP) && sums.has(MetricNames.PAYMENT_DURATION)
        ? sums.total(MetricNames.LEDGER_UP) == 1
        : null;
  }

  private static @Nullable Instant before(Instant now, SeriesSums sums, String ageSeconds) {
    return sums.has(ageSeconds) ? now.minusMillis(Math.round(1000 * sums.total(ageSeconds))) : null;
  }

  private static double unaccounted(SeriesSums sums) {
    SortedMap<String, Double> offered = sums.totalsBy("kind", MetricNames.OBSERVATIONS_OFFERED);
    double unaccounted = 0;
    for (String kind : offered.keySet()) {
      double known =
          DISPOSITIONS.stream().mapToDouble(family -> sums.total(family, "kind", kind)).sum();
      unaccounted += Math.abs(offered.getOrDefault(kind, 0.0) - known);
    }
    return unaccounted;
  }

  private List<Incident> incidents(Instant now, SeriesSums sums) {
    List<Incident> incidents = new ArrayList<>();
    double refused = sums.total(MetricNames.PAYMENTS_UNAVAILABLE);
    ledger
        .update(Boolean.FALSE.equals(isLedgerUp(sums)), now, refused, 0, 0)
        .map(open -> open.incident(Kind.LEDGER_UNAVAILABLE, "", ""))
        .ifPresent(incidents::add);
    for (String gateway : sums.totalsBy("gateway", MetricNames.GATEWAY_TIMEOUTS).keySet()) {
      gateways
          .computeIfAbsent(gateway, GatewayMonitor::new)
          .update(now, sums)
          .ifPresent(incidents::add);
    }
    incidents.sort(Comparator.comparing(Incident::since));
    return List.copyOf(incidents);
  }

  /** Keeps the last known values while the ledger cannot be read. */
  private void readUnknown(Instant now, SeriesSums sums) {
    if (READINGS.stream().noneMatch(family -> Double.isNaN(sums.total(family)))) {
      unknowns =
          new Unknowns(
              now,
              unknown(sums, MetricNames.PAYMENTS_UNKNOWN),
              unknown(sums, MetricNames.REFUNDS_UNKNOWN),
              missingAccounts.get().stream().map(each -> missing(now, each)).toList());
    }
  }

  private static SortedMap<String, Unknown> unknown(SeriesSums sums, String family) {
    SortedMap<String, Unknown> byGateway = new TreeMap<>();
    sums.totalsBy("gateway", family)
        .forEach(
            (gateway, count) -> {
              if (count > 0) {
                byGateway.put(
                    gateway,
                    new Unknown(
                        Math.round(count),
                        sums.total(family + MetricNames.UNKNOWN_OLDEST, "gateway", gateway),
                        cents(sums.total(family + MetricNames.UNKNOWN_USD, "gateway", gateway))));
              }
            });
    return byGateway;
  }

  /** Keeps the last known values while the ledger cannot be read. */
  private void readDisputes(Instant now, SeriesSums sums) {
    if (DISPUTE_READINGS.stream().noneMatch(family -> Double.isNaN(sums.total(family)))) {
      disputes =
          new Disputes(
              now,
              sums.values(MetricNames.DISPUTES_OPEN).entrySet().stream()
                  .filter(gauge -> gauge.getValue() > 0)
                  .map(gauge -> openDisputes(now, sums, gauge.getKey()))
                  .toList());
    }
  }

  private static OpenDisputes openDisputes(Instant now, SeriesSums sums, Labels labels) {
    ToDoubleFunction<String> value = family -> sums.values(family).getOrDefault(labels, 0.0);
    long awaiting = Math.round(value.applyAsDouble(MetricNames.DISPUTES_AWAITING_RESPONSE));
    double dueSeconds = value.applyAsDouble(MetricNames.DISPUTES_RESPONSE_DUE);
    return new OpenDisputes(
        labels.get("gateway"),
        labels.get("kind"),
        Math.round(value.applyAsDouble(MetricNames.DISPUTES_OPEN)),
        cents(value.applyAsDouble(MetricNames.DISPUTES_OPEN + MetricNames.UNKNOWN_USD)),
        awaiting,
        awaiting == 0 ? null : now.plusMillis(Math.round(1000 * dueSeconds)));
  }

  private static MissingAccount missing(Instant now, AccountRegistry.MissingAccount account) {
    return new MissingAccount(
        account.gateway(),
        account.account(),
        account.ageSeconds(now),
        sum(account.unknownPayments()),
        sum(account.unknownRefunds()),
        sum(account.pending()));
  }

  private static MoneyTotals.Sum sum(AccountRegistry.Total total) {
    return new MoneyTotals.Sum(total.count(), total.usd().movePointRight(2).longValueExact());
  }

  private static long cents(double usd) {
    return Math.round(100 * usd);
  }
}
