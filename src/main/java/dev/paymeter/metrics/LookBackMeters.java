package dev.paymeter.metrics;

import dev.paymeter.audit.LookBackStore;
import dev.paymeter.metrics.registry.HistogramSeries;
import dev.paymeter.metrics.registry.Meters;
import dev.paymeter.metrics.registry.MetricNames;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/**
 * Meters of the look-back. They do not exist before its first step, because 0 would mean that all
 * closed segments are equal to their rows. Safe from any thread.
 */
public final class LookBackMeters implements Consumer<LookBackStore.State> {
  /** The value of the label {@code family} under which differences count as drift. */
  static final String FAMILY = "closed_segments";

  private final Consumer<Consumer<Meters>> update;
  private final LongSupplier nanoTime;

  // The pipeline's lock guards these fields.
  private final TemporaryGauges<Long> different =
      new TemporaryGauges<Long>()
          .family(
              MetricNames.LOOK_BACK_DIFFERENCE,
              "Absolute difference between a range of closed segments and its rows",
              Long::doubleValue);
  private final TemporaryGauges<Long> losses =
      new TemporaryGauges<Long>()
          .family(
              MetricNames.LEDGER_LOST_ROWS,
              "Rows that the ledger lacked when the generation began, until the loss is acknowledged",
              Long::doubleValue);
  private boolean registered;
  private long rows;
  private long difference;
  private long oldestAt;

  /**
   * @param update changes meters under the pipeline's lock
   * @param nanoTime a monotonic clock in nanoseconds
   */
  public LookBackMeters(Consumer<Consumer<Meters>> update, LongSupplier nanoTime) {
    this.update = update;
    this.nanoTime = nanoTime;
  }

  @Override
  public void accept(LookBackStore.State state) {
    long now = nanoTime.getAsLong();
    update.accept(
        meters -> {
          rows = state.rows();
          difference = state.difference();
          oldestAt = now - state.oldestComparison().toNanos();
          different.show(meters, differences(state));
          losses.show(meters, losses(state));
          register(meters);
        });
  }

  private void register(Meters meters) {
    if (registered) {
      return;
    }
    registered = true;
    meters.gauge(
        MetricNames.LEDGER_DRIFT,
        "Sum of the absolute differences between the family and the ledger, over all its series",
        Labels.of("family", FAMILY),
        () -> difference);
    meters.gauge(
        MetricNames.LOOK_BACK_ROWS,
        "Rows in closed segments, which the look-back compares in turn",
        Labels.EMPTY,
        () -> rows);
    meters.gauge(
        MetricNames.LOOK_BACK_OLDEST,
        "Time since the comparison of a closed segment that is longest ago",
        Labels.EMPTY,
        () -> HistogramSeries.NANOSECONDS.toBaseUnits(nanoTime.getAsLong() - oldestAt));
  }

  private static Map<Labels, Long> differences(LookBackStore.State state) {
    return state.different().stream()
        .collect(Collectors.toMap(LookBackMeters::labels, LookBackStore.Range::difference));
  }

  private static Map<Labels, Long> losses(LookBackStore.State state) {
    return state.losses().stream()
        .collect(
            Collectors.toMap(
                loss -> Labels.of("generation", loss.generation()), LookBackStore.Loss::rows));
  }

  /** The labels name the last segment of the range. */
  private static Labels labels(LookBackStore.Range range) {
    return Labels.of(
        "instance_id",
        range.instanceId(),
        "epoch",
        String.valueOf(range.epoch()),
        "segment",
        String.valueOf(range.segment()));
  }
}
