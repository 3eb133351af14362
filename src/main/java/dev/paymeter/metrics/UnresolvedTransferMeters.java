package dev.paymeter.metrics;

import dev.paymeter.metrics.registry.Meters;
import dev.paymeter.metrics.registry.MetricNames;
import dev.paymeter.payment.port.UnresolvedTransfers.UnknownTotal;
import io.prometheus.metrics.model.snapshots.Labels;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Gauges of the payments or refunds with an unknown outcome, by gateway. {@code report} is
 * thread-safe and does not block.
 */
final class UnresolvedTransferMeters {
  private final Meters meters;
  private final Clock clock;
  private final String family;
  private final String transfers;
  private volatile Map<String, UnknownTotal> unknown = Map.of();

  /**
   * @param family name of the count; the names of age and amount start with it
   * @param what "Payments" or "Refunds", for help texts
   */
  UnresolvedTransferMeters(Meters meters, Clock clock, String family, String what) {
    this.meters = meters;
    this.clock = clock;
    this.family = family;
    this.transfers = what;
  }

  /** Creates the series of a gateway. To be called once for each, under the pipeline's lock. */
  void register(String gateway) {
    Labels labels = Labels.of("gateway", gateway);
    meters.gauge(
        family,
        transfers + " with an unknown outcome, of the whole ledger",
        labels,
        () -> reported(gateway).map(UnknownTotal::count).orElse(0L));
    meters.gauge(
        family + MetricNames.UNKNOWN_OLDEST,
        "Age of the oldest of these "
            + transfers.toLowerCase(Locale.ROOT)
            + "; 0 if there are none",
        labels,
        () -> reported(gateway).map(this::age).orElse(0.0));
    meters.gauge(
        family + MetricNames.UNKNOWN_USD,
        "Sum of these " + transfers.toLowerCase(Locale.ROOT) + " in US dollars",
        labels,
        () -> reported(gateway).map(each -> each.usd().doubleValue()).orElse(0.0));
  }

  private Optional<UnknownTotal> reported(String gateway) {
    return Optional.ofNullable(unknown.get(gateway));
  }

  private double age(UnknownTotal each) {
    return Math.max(0, Duration.between(each.oldest(), clock.instant()).toMillis() / 1000.0);
  }

  void report(List<UnknownTotal> now) {
    unknown =
        now.stream().collect(Collectors.toUnmodifiableMap(UnknownTotal::gateway, each -> each));
  }

  /** Returns the gateways of the last report. */
  Set<String> gateways() {
    return unknown.keySet();
  }
}
