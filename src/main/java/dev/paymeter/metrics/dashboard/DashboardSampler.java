package dev.paymeter.metrics.dashboard;

import dev.paymeter.metrics.dashboard.CounterWindow.Sample;
import dev.paymeter.metrics.registry.MetricNames;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Values of the dashboard over the last minutes, for this instance. They equal those of the
 * recording rules in {@code conf/prometheus/rules.yml}: same families, same window. Sampled even
 * without viewers; the number of samples is bounded.
 */
public final class DashboardSampler {
  /** Time between two samples. */
  public static final Duration INTERVAL = Duration.ofSeconds(5);

  /** Age up to which samples are kept. */
  static final Duration RETENTION = Duration.ofMinutes(15);

  private static final Set<String> FAMILIES =
      Set.of(
          MetricNames.PAYMENT_REQUESTS,
          MetricNames.PAYMENTS_UNAVAILABLE,
          MetricNames.PAYMENT_DURATION,
          MetricNames.PAYMENT_AMOUNT,
          MetricNames.ERRORS,
          MetricNames.DATABASE_CONNECTIONS_ACTIVE,
          MetricNames.DATABASE_CONNECTIONS_MAX,
          MetricNames.CPU_USAGE,
          MetricNames.MEMORY_USAGE,
          MetricNames.OBSERVATIONS_OFFERED,
          MetricNames.OBSERVATIONS_APPLIED,
          MetricNames.OBSERVATIONS_SAMPLED_OUT,
          MetricNames.OBSERVATIONS_DROPPED,
          MetricNames.OBSERVATIONS_REJECTED,
          MetricNames.QUEUE_DEPTH,
          MetricNames.LEDGER_DRIFT,
          MetricNames.AUDIT_LAG,
          MetricNames.LEDGER_UP,
          MetricNames.PAYMENTS_UNKNOWN,
          MetricNames.PAYMENTS_UNKNOWN + MetricNames.UNKNOWN_OLDEST,
          MetricNames.PAYMENTS_UNKNOWN + MetricNames.UNKNOWN_USD,
          MetricNames.REFUNDS_UNKNOWN,
          MetricNames.REFUNDS_UNKNOWN + MetricNames.UNKNOWN_OLDEST,
          MetricNames.REFUNDS_UNKNOWN + MetricNames.UNKNOWN_USD,
          MetricNames.MISSING_ACCOUNT_TRANSFERS,
          MetricNames.MISSING_ACCOUNT_TRANSFERS + MetricNames.UNKNOWN_OLDEST,
          MetricNames.MISSING_ACCOUNT_TRANSFERS + MetricNames.UNKNOWN_USD);

  private static final Set<String> DISPOSITIONS =
      Set.of(
          MetricNames.OBSERVATIONS_APPLIED,
          MetricNames.OBSERVATIONS_SAMPLED_OUT,
          MetricNames.OBSERVATIONS_DROPPED,
          MetricNames.OBSERVATIONS_REJECTED,
          MetricNames.QUEUE_DEPTH);

  private final Function<Set<String>, MetricSnapshots> families;
  private final Clock clock;
  private final CounterWindow window = new CounterWindow();
  private final Deque<Point> points = new ArrayDeque<>();
  private volatile List<Point> published = List.of();

  /**
   * Values at one moment. A value is NaN, or missing in a map, if it is undefined: a rate of one
   * sample, a ratio of no payments.
   *
   * @param paymentsPerSecond over the window
   * @param successRate of payments, in percent of all attempts, over the window
   * @param responseTimes average seconds by gateway, over the window
   * @param errorRates errors a second by severity, over the window
   * @param highValueShare of payments above 1000 US dollars, in percent, over the window
   * @param cpu average usage of the cores, in percent
   * @param memory used memory, in percent
   */
  public record Point(
      Instant at,
      double paymentsPerSecond,
      double successRate,
      SortedMap<String, Double> responseTimes,
      SortedMap<String, Double> errorRates,
      List<Pool> pools,
      double highValueShare,
      double cpu,
      double memory,
      Integrity integrity) {}

  /** Active and maximum connections of a database pool. */
  public record Pool(String database, String name, double active, double max) {
    /** Returns the usage in percent. */
    public double usage() {
      return 100 * active / max;
    }
  }

  /**
   * Evidence that the metrics are complete.
   *
   * @param offered observations of all kinds since the start
   * @param unaccounted observations without a disposition, or with two
   * @param drift drift of all audited families; NaN before they are restored
   * @param auditLag age in seconds of the oldest counts that are not compared; NaN before they are
   *     restored
   * @param ledgerUp null before the first call of the ledger
   */
  public record Integrity(
      double offered,
      double unaccounted,
      double drift,
      double auditLag,
      @Nullable Boolean ledgerUp,
      Unknown payments,
      Unknown refunds,
      List<MissingAccount> missingAccounts) {}

  /**
   * Unresolved payments and refunds of the whole ledger in an account that no running instance has.
   */
  public record MissingAccount(String gateway, String account, Unknown unresolved) {}

  /**
   * Payments or refunds of the whole ledger with an unknown outcome.
   *
   * @param oldestSeconds age of the oldest; 0 if there are none
   * @param usd sum in US dollars
   */
  public record Unknown(double count, double oldestSeconds, double usd) {}

  /**
   * @param families returns the current series of the families with these names
   */
  public DashboardSampler(Function<Set<String>, MetricSnapshots> families, Clock clock) {
    this.families = families;
    this.clock = clock;
  }

  /** Returns the samples, oldest first. Thread-safe; does not block. */
  public List<Point> points() {
    return published;
  }

  /** Takes a sample. Takes the pipeline's lock like a scrape; not for event loops. */
  public synchronized void sample() {
    SeriesSums sums = new SeriesSums(families.apply(FAMILIES));
    Instant now = clock.instant();
    window.add(now, sums);
    // After the clock was set back, samples may be in the future.
    points.removeIf(past -> past.at().isBefore(now.minus(RETENTION)) || !past.at().isBefore(now));
    points.addLast(point(now, sums));
    published = List.copyOf(points);
  }

  private Point point(Instant now, SeriesSums sums) {
    return new Point(
        now,
        window.rate(Sample::payments),
        100 * window.ratio(Sample::successes, Sample::attempts),
        window.ratios(Sample::seconds, Sample::durations),
        window.rates(Sample::errors),
        pools(sums),
        100 * window.ratio(Sample::amountsAbove1000, Sample::amounts),
        sums.average(MetricNames.CPU_USAGE),
        100 * memory(sums, "used") / memory(sums, "total"),
        integrity(sums));
  }

  private static double memory(SeriesSums sums, String type) {
    return sums.totalsBy("type", MetricNames.MEMORY_USAGE).getOrDefault(type, Double.NaN);
  }

  private static List<Pool> pools(SeriesSums sums) {
    var max = sums.values(MetricNames.DATABASE_CONNECTIONS_MAX);
    return sums.values(MetricNames.DATABASE_CONNECTIONS_ACTIVE).entrySet().stream()
        .map(
            active ->
                new Pool(
                    String.valueOf(active.getKey().get("database")),
                    String.valueOf(active.getKey().get("pool")),
                    active.getValue(),
                    max.getOrDefault(active.getKey(), Double.NaN)))
        .toList();
  }

  private static Integrity integrity(SeriesSums sums) {
    SortedMap<String, Double> offered = sums.totalsBy("kind", MetricNames.OBSERVATIONS_OFFERED);
    double unaccounted = 0;
    for (String kind : offered.keySet()) {
      double known =
          DISPOSITIONS.stream()
              .mapToDouble(family -> sums.totalsBy("kind", family).getOrDefault(kind, 0.0))
              .sum();
      unaccounted += Math.abs(offered.getOrDefault(kind, 0.0) - known);
    }
    return new Integrity(
        sums.total(MetricNames.OBSERVATIONS_OFFERED),
        unaccounted,
        totalOrNan(sums, MetricNames.LEDGER_DRIFT),
        totalOrNan(sums, MetricNames.AUDIT_LAG),
        sums.has(MetricNames.LEDGER_UP) ? sums.total(MetricNames.LEDGER_UP) == 1 : null,
        unknown(sums, MetricNames.PAYMENTS_UNKNOWN),
        unknown(sums, MetricNames.REFUNDS_UNKNOWN),
        missingAccounts(sums));
  }

  private static List<MissingAccount> missingAccounts(SeriesSums sums) {
    String family = MetricNames.MISSING_ACCOUNT_TRANSFERS;
    var oldest = sums.values(family + MetricNames.UNKNOWN_OLDEST);
    var usd = sums.values(family + MetricNames.UNKNOWN_USD);
    return sums.values(family).entrySet().stream()
        .map(
            count ->
                new MissingAccount(
                    String.valueOf(count.getKey().get("gateway")),
                    String.valueOf(count.getKey().get("account")),
                    new Unknown(
                        count.getValue(),
                        oldest.getOrDefault(count.getKey(), Double.NaN),
                        usd.getOrDefault(count.getKey(), Double.NaN))))
        .toList();
  }

  private static Unknown unknown(SeriesSums sums, String family) {
    return new Unknown(
        sums.total(family),
        sums.max(family + MetricNames.UNKNOWN_OLDEST),
        sums.total(family + MetricNames.UNKNOWN_USD));
  }

  private static double totalOrNan(SeriesSums sums, String family) {
    return sums.has(family) ? sums.total(family) : Double.NaN;
  }
}
