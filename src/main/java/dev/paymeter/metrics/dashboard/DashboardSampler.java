package dev.paymeter.metrics.dashboard;

import dev.paymeter.metrics.dashboard.CounterWindow.Sample;
import dev.paymeter.metrics.registry.MetricNames;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Values of the dashboard over the last hours, for this instance. They equal those of the recording
 * rules in {@code conf/prometheus/rules.yml}: same families, same window. Sampled even without
 * viewers; the number of samples is bounded.
 */
public final class DashboardSampler {
  /** Time between two samples. */
  public static final Duration INTERVAL = Duration.ofSeconds(5);

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
          MetricNames.MEMORY_USAGE);

  private final Function<Set<String>, MetricSnapshots> families;
  private final Supplier<MoneyTotals.Money> money;
  private final Clock clock;
  private final CounterWindow window = new CounterWindow();
  private final ErrorBudget errorBudget = new ErrorBudget();
  private final SampleHistory history = new SampleHistory();
  private volatile ErrorBudget.Budgets budgets = ErrorBudget.NONE;

  /**
   * Values at one moment. A value is NaN, or missing in a map, if it is undefined: a rate of one
   * sample, a ratio of no payments.
   *
   * @param observedSeconds length of the window: less than five minutes after a start
   * @param paymentsPerSecond over the window
   * @param refusedPerSecond requests that got no payment because of the service, over the window
   * @param successRate of payments, in percent of all attempts, over the window
   * @param responseTimes average seconds by gateway, over the window
   * @param quantiles of the response times in seconds, by gateway, over the window
   * @param errorRates errors a second by severity, over the window
   * @param highValueShare of payments above 1000 US dollars, in percent, over the window
   * @param cpu average usage of the cores, in percent
   * @param memory used memory, in percent
   */
  public record Point(
      Instant at,
      double observedSeconds,
      double paymentsPerSecond,
      double refusedPerSecond,
      double successRate,
      SortedMap<String, Double> responseTimes,
      SortedMap<String, Quantiles> quantiles,
      SortedMap<String, Double> errorRates,
      List<Pool> pools,
      double highValueShare,
      double cpu,
      double memory,
      MoneyTotals.Money money) {}

  /** Active and maximum connections of a database pool. */
  public record Pool(String database, String name, double active, double max) {
    /** Returns the usage in percent. */
    public double usage() {
      return 100 * active / max;
    }
  }

  /**
   * @param families returns the current series of the families with these names
   * @param money returns the money that was moved until now
   */
  public DashboardSampler(
      Function<Set<String>, MetricSnapshots> families,
      Supplier<MoneyTotals.Money> money,
      Clock clock) {
    this.families = families;
    this.money = money;
    this.clock = clock;
  }

  /** Returns the samples of a range, oldest first. Thread-safe; does not block. */
  public List<Point> points(SampleHistory.Range range) {
    return history.points(range);
  }

  /** Returns the error budgets at the last sample. Thread-safe; does not block. */
  public ErrorBudget.Budgets budgets() {
    return budgets;
  }

  /** Takes a sample. Takes the pipeline's lock like a scrape; not for event loops. */
  public synchronized void sample() {
    SeriesSums sums = new SeriesSums(families.apply(FAMILIES));
    Instant now = clock.instant();
    window.add(now, sums);
    budgets = errorBudget.add(now, sums);
    history.add(point(now, sums));
  }

  private Point point(Instant now, SeriesSums sums) {
    return new Point(
        now,
        window.observedSeconds(),
        window.rate(Sample::payments),
        window.rate(Sample::refused),
        100 * window.ratio(Sample::successes, Sample::attempts),
        window.ratios(Sample::seconds, Sample::durations),
        window.quantiles(),
        window.rates(Sample::errors),
        pools(sums),
        100 * window.ratio(Sample::amountsAbove1000, Sample::amounts),
        sums.average(MetricNames.CPU_USAGE),
        100 * memory(sums, "used") / memory(sums, "total"),
        money.get());
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
}
