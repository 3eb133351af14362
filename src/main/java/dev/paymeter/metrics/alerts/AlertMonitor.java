package dev.paymeter.metrics.alerts;

import dev.paymeter.metrics.dashboard.PrometheusRules;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.function.Function;

/**
 * The alerts of {@code conf/prometheus/rules.yml}, evaluated over this instance's own metrics even
 * without viewers: an alert fires when its condition has held for some time.
 */
public final class AlertMonitor {
  /** Time between two evaluations, like that between two scrapes. */
  public static final Duration INTERVAL = Duration.ofSeconds(15);

  private final AlertEvaluator evaluator;
  private final SeriesReader reader;
  private final Clock clock;
  private volatile ActiveAlerts latest = ActiveAlerts.NONE;

  /**
   * @param families returns the current series of the families with these names
   */
  public AlertMonitor(
      PrometheusRules rules, Function<Set<String>, MetricSnapshots> families, Clock clock) {
    this.evaluator = new AlertEvaluator(rules);
    this.reader = new SeriesReader(evaluator.selectors(), families);
    this.clock = clock;
  }

  /** Returns the result of the latest evaluation. Thread-safe; does not block. */
  public ActiveAlerts latest() {
    return latest;
  }

  /** Evaluates the alerts. Takes the pipeline's lock like a scrape; not for event loops. */
  public synchronized void evaluate() {
    Instant now = clock.instant();
    evaluator.add(now, reader.read());
    latest = evaluator.evaluate(now);
  }
}
