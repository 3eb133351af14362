package dev.paymeter.metrics.alerts;

import dev.paymeter.metrics.dashboard.PrometheusRules;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The alerts of {@code conf/prometheus/rules.yml}, evaluated over this instance's own metrics even
 * without viewers: an alert fires when its condition has held for some time.
 */
public final class AlertMonitor {
  /** Time between two evaluations, like that between two scrapes. */
  public static final Duration INTERVAL = Duration.ofSeconds(15);

  private final PrometheusRules rules;
  private final Function<Set<String>, MetricSnapshots> families;
  private final Clock clock;

  // Created by the first evaluation: to parse the queries takes a part of a second.
  private @Nullable AlertEvaluator evaluator;
  private @Nullable SeriesReader reader;
  private volatile ActiveAlerts latest = ActiveAlerts.NONE;

  /**
   * @param families returns the current series of the families with these names
   */
  public AlertMonitor(
      PrometheusRules rules, Function<Set<String>, MetricSnapshots> families, Clock clock) {
    this.rules = rules;
    this.families = families;
    this.clock = clock;
  }

  /** Returns the result of the latest evaluation. Thread-safe; does not block. */
  public ActiveAlerts latest() {
    return latest;
  }

  /** Evaluates the alerts. Takes the pipeline's lock like a scrape; not for event loops. */
  public synchronized void evaluate() {
    AlertEvaluator alerts = evaluator;
    SeriesReader series = reader;
    if (alerts == null || series == null) {
      alerts = new AlertEvaluator(rules);
      series = new SeriesReader(alerts.selectors(), families);
      evaluator = alerts;
      reader = series;
    }
    Instant now = clock.instant();
    alerts.add(now, series.read());
    latest = alerts.evaluate(now);
  }
}
