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
 * Other services' connections to their databases, as they were told last; gone when nothing is told
 * for some time. Telling waits for nobody, from any thread; what was told shows with the next
 * {@link #update}.
 */
final class ReportedPoolMeters {
  static final Duration LONGEST_SILENCE = Duration.ofSeconds(60);

  private final Meters meters;
  private final LongSupplier nanoTime;
  private final Set<Labels> own = ConcurrentHashMap.newKeySet();
  private final Map<Labels, Told> told = new ConcurrentHashMap<>();

  /** The pipeline's lock covers every use. */
  private final Map<Labels, Shown> shown = new HashMap<>();

  private record Told(PoolReport reading, long at) {}

  /** What two gauges read: both of one reading. */
  private static final class Shown {
    PoolReport reading;

    Shown(PoolReport reading) {
      this.reading = reading;
    }
  }

  /**
   * @param nanoTime a monotonic clock in nanoseconds
   */
  ReportedPoolMeters(Meters meters, LongSupplier nanoTime) {
    this.meters = meters;
    this.nanoTime = nanoTime;
  }

  private static Labels labels(String database, String pool) {
    return Labels.of("database", database, "pool", pool);
  }

  /** Shows a pool of this service. To be called under the pipeline's lock. */
  void addOwn(String database, String pool, DoubleSupplier active, DoubleSupplier max) {
    Labels labels = labels(database, pool);
    own.add(labels);
    register(labels, active, max);
  }

  /**
   * Keeps a reading for the next {@link #update}.
   *
   * @return false if the pool is this service's own; nothing is kept then
   */
  boolean tell(PoolReport reading) {
    Labels labels = labels(reading.database(), reading.pool());
    if (own.contains(labels)) {
      return false;
    }
    told.put(labels, new Told(reading, nanoTime.getAsLong()));
    return true;
  }

  void remove(String database, String pool) {
    told.remove(labels(database, pool));
  }

  /** Shows what was told. To be called under the pipeline's lock, before others look. */
  void update() {
    long oldest = nanoTime.getAsLong() - LONGEST_SILENCE.toNanos();
    told.values().removeIf(each -> each.at() - oldest < 0);
    told.forEach((labels, each) -> show(labels, each.reading()));
    shown.keySet().removeIf(this::isGone);
  }

  private void show(Labels labels, PoolReport reading) {
    Shown known = shown.get(labels);
    if (known != null) {
      known.reading = reading;
      return;
    }
    Shown first = new Shown(reading);
    shown.put(labels, first);
    register(labels, () -> first.reading.active(), () -> first.reading.max());
  }

  private void register(Labels labels, DoubleSupplier active, DoubleSupplier max) {
    meters.gauge(
        MetricNames.DATABASE_CONNECTIONS_ACTIVE,
        "Connections to the database that are in use",
        labels,
        active);
    meters.gauge(
        MetricNames.DATABASE_CONNECTIONS_MAX, "Connections that the pool may open", labels, max);
  }

  private boolean isGone(Labels labels) {
    boolean gone = !told.containsKey(labels);
    if (gone) {
      meters.removeGauge(MetricNames.DATABASE_CONNECTIONS_ACTIVE, labels);
      meters.removeGauge(MetricNames.DATABASE_CONNECTIONS_MAX, labels);
    }
    return gone;
  }
}
