package dev.paymeter.metrics;

import dev.paymeter.metrics.registry.Meters;
import dev.paymeter.metrics.registry.MetricNames;
import dev.paymeter.payment.port.HintOutcome;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.Collection;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/** Counters of the webhooks of gateways, by outcome. Safe from any thread. */
public final class GatewayWebhookMeters {
  private final Map<String, Map<HintOutcome, LongAdder>> counters = new ConcurrentHashMap<>();

  /**
   * @param update changes meters under the pipeline's lock
   * @param gateways that send webhooks; each has series for all outcomes
   */
  public GatewayWebhookMeters(Consumer<Consumer<Meters>> update, Collection<String> gateways) {
    update.accept(
        meters -> gateways.forEach(gateway -> counters.put(gateway, counters(meters, gateway))));
  }

  private static Map<HintOutcome, LongAdder> counters(Meters meters, String gateway) {
    Map<HintOutcome, LongAdder> counters = new EnumMap<>(HintOutcome.class);
    for (HintOutcome outcome : HintOutcome.values()) {
      counters.put(
          outcome,
          meters.adder(
              MetricNames.GATEWAY_WEBHOOKS,
              "Webhooks that the gateway sent, or seems to have sent",
              Labels.of("gateway", gateway, "outcome", outcome.label())));
    }
    return counters;
  }

  /** Counts a webhook of one of the gateways. */
  public void count(String gateway, HintOutcome outcome) {
    Objects.requireNonNull(Objects.requireNonNull(counters.get(gateway)).get(outcome)).increment();
  }
}
