package dev.paymeter.metrics;

import dev.paymeter.metrics.registry.Meters;
import dev.paymeter.metrics.registry.MetricNames;
import dev.paymeter.settlement.ExceptionKind;
import dev.paymeter.settlement.SettlementExceptions.OpenTotal;
import io.prometheus.metrics.model.snapshots.Labels;
import java.time.Clock;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * Gauges of the open exceptions of settlement files, by kind. Each kind has its series from the
 * start. Safe from any thread.
 */
final class SettlementMeters {
  private final Clock clock;
  private volatile Reading<Map<ExceptionKind, OpenTotal>> open = Reading.none(Map.of());

  SettlementMeters(Meters meters, Clock clock) {
    this.clock = clock;
    for (ExceptionKind kind : ExceptionKind.values()) {
      register(
          meters,
          kind,
          MetricNames.SETTLEMENT_EXCEPTIONS,
          "Exceptions of settlement files that are open, of the whole ledger",
          OpenTotal::count);
      register(
          meters,
          kind,
          MetricNames.SETTLEMENT_EXCEPTIONS + MetricNames.UNKNOWN_OLDEST,
          "Age of the oldest of these exceptions; 0 if there is none",
          each -> each.ageSeconds(clock.instant()));
      register(
          meters,
          kind,
          MetricNames.SETTLEMENT_EXCEPTIONS + MetricNames.UNKNOWN_USD,
          "Sum of what these exceptions are about, in US dollars",
          each -> each.usd().doubleValue());
    }
  }

  private void register(
      Meters meters,
      ExceptionKind kind,
      String family,
      String help,
      ToDoubleFunction<OpenTotal> value) {
    meters.gauge(
        family,
        help,
        Labels.of("kind", kind.label()),
        () ->
            open.expose(
                clock,
                totals -> {
                  @Nullable OpenTotal total = totals.get(kind);
                  return total == null ? 0 : value.applyAsDouble(total);
                }));
  }

  /** Replaces the totals by those of a new reading. */
  void show(List<OpenTotal> totals) {
    Map<ExceptionKind, OpenTotal> byKind = new EnumMap<>(ExceptionKind.class);
    totals.forEach(total -> byKind.put(total.kind(), total));
    open = new Reading<>(byKind, clock.instant());
  }
}
