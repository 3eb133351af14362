package dev.paymeter.metrics;

import dev.paymeter.payments.PoolReading;
import io.prometheus.metrics.model.snapshots.Labels;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Other services' connections to their databases, as they were told last; gone when nothing is told
 * for some time. Not thread-safe: the pipeline's lock covers every use.
 */
final class ReportedPools {
  static final Duration LONGEST_SILENCE = Duration.ofSeconds(60);

  private final Meters meters;
  private final LongSupplier nanoTime;
  private final Map<Labels, Shown> shown = new HashMap<>();

  private static final class Shown {
    PoolReading last;
    long at;

    Shown(PoolReading last, long at) {
      this.last = last;
      this.at = at;
    }
  }

  /**
   * @param nanoTime a monotonic clock in nanoseconds
   */
  ReportedPools(Meters meters, LongSupplier nanoTime) {
    this.meters = meters;
    this.nanoTime = nanoTime;
  }

  static Labels labels(String database, String pool) {
    return Labels.of("database", database, "pool", pool);
  }

  void show(PoolReading reading) {
    long now = nanoTime.getAsLong();
    Labels labels = labels(reading.database(), reading.pool());
    Shown known = shown.get(labels);
    if (known != null) {
      known.last = reading;
      known.at = now;
      return;
    }
    Shown first = new Shown(reading, now);
    shown.put(labels, first);
    meters.connections(labels, () -> first.last.active(), () -> first.last.max());
  }

  void remove(String database, String pool) {
    Labels labels = labels(database, pool);
    if (shown.remove(labels) != null) {
      meters.removeConnections(labels);
    }
  }

  /** To be called before others look. */
  void removeSilent() {
    long oldest = nanoTime.getAsLong() - LONGEST_SILENCE.toNanos();
    for (Shown each : List.copyOf(shown.values())) {
      if (each.at - oldest < 0) {
        remove(each.last.database(), each.last.pool());
      }
    }
  }
}
