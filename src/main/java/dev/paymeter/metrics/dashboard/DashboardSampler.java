package dev.paymeter.metrics.dashboard;

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
 * The dashboard's questions over the last minutes, answered by the service itself for itself: as
 * the recording rules in {@code conf/prometheus/rules.yml} answer them for one instance, from the
 * same families, over the same window. Bounded, and kept whether or not anybody looks.
 */
public final class DashboardSampler {
  /** Between two samples. */
  public static final Duration INTERVAL = Duration.ofSeconds(5);

  /** How far back there are answers. */
  static final Duration SHOWN = Duration.ofMinutes(15);

  private static final Set<String> FAMILIES =
      Set.of(
          MetricNames.PAYMENT_REQUESTS,
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
          MetricNames.REFUNDS_UNKNOWN + MetricNames.UNKNOWN_USD);

  private static final Set<String> FATES =
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
  private volatile List<Point> shown = List.of();

  /**
   * The answers at one moment. A number is NaN, or a map lacks it, where there is no answer: a rate
   * that is based on one sample, a ratio of no payments.
   *
   * @param paymentsPerSecond over the window
   * @param successRate of payments, in percent, over the window
   * @param responseTimes average seconds by gateway, over the window
   * @param errorRates errors a second by severity, over the window
   * @param highValueShare of payments above 1000 US dollars, in percent, over the window
   * @param cpu how busy the cores are on average, in percent
   * @param memory how much of it is used, in percent
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
      Promises promises) {}

  /** A pool of connections to a database: how many are in use, and how many there may be. */
  public record Pool(String database, String name, double active, double max) {
    /** In percent. */
    public double usage() {
      return 100 * active / max;
    }
  }

  /**
   * What is promised of the numbers themselves.
   *
   * @param offered observations of all kinds since the start
   * @param unaccounted of how many of them the fate is not known, or known twice
   * @param drift how far all audited families are from the ledger; NaN before the books are open
   * @param auditLag for how many seconds nothing was compared; NaN before the books are open
   * @param ledgerUp absent before the ledger was first asked
   * @param payments of how many nobody knows how they ended
   * @param refunds the same of refunds
   */
  public record Promises(
      double offered,
      double unaccounted,
      double drift,
      double auditLag,
      @Nullable Boolean ledgerUp,
      Unknown payments,
      Unknown refunds) {}

  /**
   * Payments, or refunds, of the whole ledger of which nobody knows whether money moved.
   *
   * @param oldestSeconds for how long nobody has known of the first of them; 0 where there is none
   * @param usd what they are about, in US dollars
   */
  public record Unknown(double count, double oldestSeconds, double usd) {}

  /**
   * @param families returns the current series of the families with these names
   */
  public DashboardSampler(Function<Set<String>, MetricSnapshots> families, Clock clock) {
    this.families = families;
    this.clock = clock;
  }

  /** The answers of the last minutes, oldest first. Safe from any thread; waits for nothing. */
  public List<Point> points() {
    return shown;
  }

  /** Adds the answers of now. Takes the pipeline's lock as a scrape does; not for event loops. */
  public synchronized void take() {
    SeriesSums sums = new SeriesSums(families.apply(FAMILIES));
    Instant now = clock.instant();
    window.add(now, sums);
    // Where somebody has set the clock back, nothing may lie in the future.
    points.removeIf(past -> past.at().isBefore(now.minus(SHOWN)) || !past.at().isBefore(now));
    points.addLast(point(now, sums));
    shown = List.copyOf(points);
  }

  private Point point(Instant now, SeriesSums sums) {
    return new Point(
        now,
        window.rate(CounterSums::payments),
        100 * window.quotient(CounterSums::successes, CounterSums::payments),
        window.quotients(CounterSums::seconds, CounterSums::durations),
        window.rates(CounterSums::errors),
        pools(sums),
        100 * window.quotient(CounterSums::amountsAbove1000, CounterSums::amounts),
        sums.average(MetricNames.CPU_USAGE),
        100 * memory(sums, "used") / memory(sums, "total"),
        promises(sums));
  }

  private static double memory(SeriesSums sums, String type) {
    return sums.by("type", MetricNames.MEMORY_USAGE).getOrDefault(type, Double.NaN);
  }

  private static List<Pool> pools(SeriesSums sums) {
    var max = sums.each(MetricNames.DATABASE_CONNECTIONS_MAX);
    return sums.each(MetricNames.DATABASE_CONNECTIONS_ACTIVE).entrySet().stream()
        .map(
            active ->
                new Pool(
                    text(active.getKey().get("database")),
                    text(active.getKey().get("pool")),
                    active.getValue(),
                    max.getOrDefault(active.getKey(), Double.NaN)))
        .toList();
  }

  private static String text(@Nullable String label) {
    return String.valueOf(label);
  }

  private static Promises promises(SeriesSums sums) {
    SortedMap<String, Double> offered = sums.by("kind", MetricNames.OBSERVATIONS_OFFERED);
    double unaccounted = 0;
    for (String kind : offered.keySet()) {
      double known = 0;
      for (String fate : FATES) {
        known += sums.by("kind", fate).getOrDefault(kind, 0.0);
      }
      unaccounted += Math.abs(offered.getOrDefault(kind, 0.0) - known);
    }
    return new Promises(
        sums.total(MetricNames.OBSERVATIONS_OFFERED),
        unaccounted,
        totalOrNan(sums, MetricNames.LEDGER_DRIFT),
        totalOrNan(sums, MetricNames.AUDIT_LAG),
        sums.has(MetricNames.LEDGER_UP) ? sums.total(MetricNames.LEDGER_UP) == 1 : null,
        unknown(sums, MetricNames.PAYMENTS_UNKNOWN),
        unknown(sums, MetricNames.REFUNDS_UNKNOWN));
  }

  private static Unknown unknown(SeriesSums sums, String family) {
    return new Unknown(
        sums.total(family),
        sums.highest(family + MetricNames.UNKNOWN_OLDEST),
        sums.total(family + MetricNames.UNKNOWN_USD));
  }

  private static double totalOrNan(SeriesSums sums, String family) {
    return sums.has(family) ? sums.total(family) : Double.NaN;
  }
}
