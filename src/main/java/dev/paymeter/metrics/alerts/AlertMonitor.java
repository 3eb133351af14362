package dev.paymeter.metrics.alerts;

import dev.paymeter.metrics.dashboard.PrometheusRules;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The alerts of {@code conf/prometheus/rules.yml}, evaluated over this instance's own metrics even
 * without viewers: an alert fires when its condition has held for some time.
 */
public final class AlertMonitor {
  /** Time between two evaluations, like that between two scrapes. */
  public static final Duration INTERVAL = Duration.ofSeconds(15);

  private final Supplier<PrometheusRules> load;
  private final Function<Set<String>, MetricSnapshots> families;
  private final Clock clock;

  // Created when they are first needed: to parse rules and queries takes a part of a second.
  private @Nullable PrometheusRules rules;
  private @Nullable AlertEvaluator evaluator;
  private @Nullable SeriesReader reader;
  private volatile ActiveAlerts latest = ActiveAlerts.NONE;

  /**
   * @param load reads the rules
   * @param families returns the current series of the families with these names
   */
  public AlertMonitor(
      Supplier<PrometheusRules> load,
      Function<Set<String>, MetricSnapshots> families,
      Clock clock) {
    this.load = load;
    this.families = families;
    this.clock = clock;
  }

  /** Returns the result of the latest evaluation. Thread-safe; does not block. */
  public ActiveAlerts latest() {
    return latest;
  }

  /** Returns the threshold of each alert. Not for event loops. */
  public synchronized Map<String, BigDecimal> thresholds() {
    return rules().thresholds();
  }

  private PrometheusRules rules() {
    PrometheusRules loaded = rules;
    if (loaded == null) {
      loaded = load.get();
      rules = loaded;
    }
    return loaded;
  }

  /** Evaluates the alerts. Takes the pipeline's lock like a scrape; not for event loops. */
  public synchronized void evaluate() {
    AlertEvaluator alerts = evaluator;
    SeriesReader series = reader;
    if (alerts == null || series == null) {
      alerts = new AlertEvaluator(rules());
      series = new SeriesReader(alerts.selectors(), families);
      evaluator = alerts;
      reader = series;
    }
    Instant now = clock.instant();
    alerts.add(now, series.read());
    latest = alerts.evaluate(now);
  }
}
