package dev.paymeter.metrics;

import dev.paymeter.metrics.registry.Meters;
import dev.paymeter.metrics.registry.MetricNames;
import dev.paymeter.report.PoolReport;
import io.prometheus.metrics.model.snapshots.Labels;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;

/**
 * Gauges of connection pools: of this service, and reported by other services. The gauges of a
 * reported pool are removed when reports stop. {@code report} and {@link #remove} are thread-safe
 * and do not block; they take effect with the next {@link #update}.
 */
final class ReportedPoolMeters {
  static final Duration LONGEST_SILENCE = Duration.ofSeconds(60);

  private final Meters meters;
  private final LongSupplier nanoTime;
  private final Set<Labels> own = ConcurrentHashMap.newKeySet();
  private final Map<Labels, Told> told = new ConcurrentHashMap<>();

  /** The pipeline's lock covers every use. */
  private final Map<Labels, Shown> shown = new HashMap<>();

  private record Told(PoolReport report, long at) {}

  /** Latest report of a pool, which both its gauges read. */
  private static final class Shown {
    PoolReport report;

    Shown(PoolReport report) {
      this.report = report;
    }
  }

  /**
   * @param nanoTime monotonic clock in nanoseconds
   */
  ReportedPoolMeters(Meters meters, LongSupplier nanoTime) {
    this.meters = meters;
    this.nanoTime = nanoTime;
  }

  private static Labels labels(String database, String pool) {
    return Labels.of("database", database, "pool", pool);
  }

  /** Registers a pool of this service. To be called under the pipeline's lock. */
  void addOwn(String database, String pool, DoubleSupplier active, DoubleSupplier max) {
    Labels labels = labels(database, pool);
    own.add(labels);
    register(labels, active, max);
  }

  /**
   * Stores a report for the next {@link #update}.
   *
   * @return false if the pool belongs to this service; the report is ignored then
   */
  boolean tell(PoolReport report) {
    Labels labels = labels(report.database(), report.pool());
    if (own.contains(labels)) {
      return false;
    }
    told.put(labels, new Told(report, nanoTime.getAsLong()));
    return true;
  }

  void remove(String database, String pool) {
    told.remove(labels(database, pool));
  }

  /** Updates the gauges. To be called under the pipeline's lock, before a snapshot. */
  void update() {
    long oldest = nanoTime.getAsLong() - LONGEST_SILENCE.toNanos();
    told.values().removeIf(each -> each.at() - oldest < 0);
    told.forEach((labels, each) -> show(labels, each.report()));
    shown.keySet().removeIf(this::isGone);
  }

  private void show(Labels labels, PoolReport report) {
    Shown known = shown.get(labels);
    if (known != null) {
      known.report = report;
      return;
    }
    Shown first = new Shown(report);
    shown.put(labels, first);
    register(labels, () -> first.report.active(), () -> first.report.max());
  }

  private void register(Labels labels, DoubleSupplier active, DoubleSupplier max) {
    meters.gauge(
        MetricNames.DATABASE_CONNECTIONS_ACTIVE, "Database connections in use", labels, active);
    meters.gauge(
        MetricNames.DATABASE_CONNECTIONS_MAX,
        "Maximum number of connections in the pool",
        labels,
        max);
  }

  private boolean isGone(Labels labels) {
    boolean expired = !told.containsKey(labels);
    if (expired) {
      meters.removeGauge(MetricNames.DATABASE_CONNECTIONS_ACTIVE, labels);
      meters.removeGauge(MetricNames.DATABASE_CONNECTIONS_MAX, labels);
    }
    return expired;
  }
}
