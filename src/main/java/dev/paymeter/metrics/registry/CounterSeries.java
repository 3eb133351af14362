package dev.paymeter.metrics.registry;

import io.micrometer.core.instrument.AbstractMeter;
import io.micrometer.core.instrument.Counter;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;

/** A counter series to which totals can be added. Used under the pipeline's lock. */
public final class CounterSeries extends AbstractMeter implements Counter {
  private final Labels labels;
  private double count;

  CounterSeries(Id id, Labels labels) {
    super(id);
    this.labels = labels;
  }

  @Override
  public void increment(double amount) {
    if (!(amount >= 0 && Double.isFinite(amount))) {
      throw new IllegalArgumentException(
          getId().getName() + ": expected an increment of at least 0, found " + amount);
    }
    count += amount;
  }

  /** Adds the count of a cell, which may be negative. */
  public void restore(long[] cells, int offset) {
    count += (double) cells[offset];
  }

  @Override
  public double count() {
    return count;
  }

  CounterDataPointSnapshot snapshot() {
    return new CounterDataPointSnapshot(count, labels, null, 0);
  }
}
