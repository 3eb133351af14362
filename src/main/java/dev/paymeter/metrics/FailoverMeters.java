package dev.paymeter.metrics;

import dev.paymeter.metrics.registry.Meters;
import dev.paymeter.metrics.registry.MetricNames;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Counters of failovers by the gateway that was left. Thread-safe. */
final class FailoverMeters {
  private final Map<String, LongAdder> byGateway = new ConcurrentHashMap<>();

  /** Creates the series of these gateways, at zero. Failovers of other gateways are not counted. */
  void registerGateways(List<String> gateways, Meters meters) {
    for (String gateway : gateways) {
      LongAdder count = new LongAdder();
      byGateway.put(gateway, count);
      meters.counter(
          MetricNames.GATEWAY_FAILOVERS,
          "Payments that were sent to the next gateway after evidence that this one had not charged them",
          Labels.of("gateway", gateway),
          count::sum);
    }
  }

  void count(String gateway) {
    LongAdder count = byGateway.get(gateway);
    if (count != null) {
      count.increment();
    }
  }
}
