package dev.paymeter.metrics;

import dev.paymeter.metrics.registry.Meters;
import dev.paymeter.metrics.registry.MetricNames;
import dev.paymeter.report.PoolReport;
import io.prometheus.metrics.model.snapshots.Labels;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
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
  static final Duration REPORT_TIMEOUT = Duration.ofSeconds(60);

  private final Meters meters;
  private final LongSupplier nanoTime;
  private final Set<Labels> ownPools = ConcurrentHashMap.newKeySet();
  private final Map<Labels, TimedReport> reported = new ConcurrentHashMap<>();

  /** The exposed reports. The pipeline's lock covers every use. */
  private final Map<Labels, PoolReport> exposed = new HashMap<>();

  private record TimedReport(PoolReport report, long at) {}

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
  void registerOwn(String database, String pool, DoubleSupplier active, DoubleSupplier max) {
    Labels labels = labels(database, pool);
    ownPools.add(labels);
    register(labels, active, max);
  }

  /**
   * Stores a report for the next {@link #update}.
   *
   * @return false if the pool belongs to this service; the report is ignored then
   */
  boolean report(PoolReport report) {
    Labels labels = labels(report.database(), report.pool());
    if (ownPools.contains(labels)) {
      return false;
    }
    reported.put(labels, new TimedReport(report, nanoTime.getAsLong()));
    return true;
  }

  void remove(String database, String pool) {
    reported.remove(labels(database, pool));
  }

  /** Updates the gauges. To be called under the pipeline's lock, before a snapshot. */
  void update() {
    long oldest = nanoTime.getAsLong() - REPORT_TIMEOUT.toNanos();
    reported.values().removeIf(each -> each.at() - oldest < 0);
    reported.forEach((labels, each) -> expose(labels, each.report()));
    exposed.keySet().removeIf(this::removeIfExpired);
  }

  private void expose(Labels labels, PoolReport report) {
    if (exposed.put(labels, report) == null) {
      register(labels, () -> latest(labels).active(), () -> latest(labels).max());
    }
  }

  private PoolReport latest(Labels labels) {
    return Objects.requireNonNull(exposed.get(labels));
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

  private boolean removeIfExpired(Labels labels) {
    boolean expired = !reported.containsKey(labels);
    if (expired) {
      meters.removeGauge(MetricNames.DATABASE_CONNECTIONS_ACTIVE, labels);
      meters.removeGauge(MetricNames.DATABASE_CONNECTIONS_MAX, labels);
    }
    return expired;
  }
}
