package dev.paymeter.metrics;

import dev.paymeter.metrics.registry.Meters;
import dev.paymeter.metrics.registry.MetricNames;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** How often another gateway was asked for a payment than the one before. Safe from any thread. */
final class FailoverMeters {
  private final Map<String, LongAdder> byGateway = new ConcurrentHashMap<>();

  /** Makes the series of these gateways, at zero; of no others is anything told. */
  void expect(List<String> gateways, Meters meters) {
    for (String gateway : gateways) {
      LongAdder count = new LongAdder();
      byGateway.put(gateway, count);
      meters.counter(
          MetricNames.GATEWAY_FAILOVERS,
          "Payments that this gateway surely did not charge, and another was asked for",
          Labels.of("gateway", gateway),
          count::sum);
    }
  }

  void count(String gateway) {
    LongAdder its = byGateway.get(gateway);
    if (its != null) {
      its.increment();
    }
  }
}
