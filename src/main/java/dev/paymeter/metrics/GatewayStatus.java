package dev.paymeter.metrics;

import dev.paymeter.metrics.registry.Meters;
import dev.paymeter.metrics.registry.MetricNames;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.List;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;

/**
 * What the guards of one gateway know.
 *
 * @param gateway its name
 * @param inFlight payments and refunds that are with it now
 * @param full payments and refunds that were not sent for want of a place, since the start
 * @param open payments and refunds that were not sent because it failed too often, since the start
 * @param timeouts answers that did not come in time, since the start
 * @param states the states that its circuit breaker can have
 * @param state the one that it has
 */
public record GatewayStatus(
    String gateway,
    DoubleSupplier inFlight,
    DoubleSupplier full,
    DoubleSupplier open,
    DoubleSupplier timeouts,
    List<String> states,
    Supplier<String> state) {

  /** Registers what is known; it is read in every scrape. */
  void show(Meters meters) {
    Labels its = Labels.of("gateway", gateway);
    meters.gauge(
        MetricNames.GATEWAY_IN_FLIGHT,
        "Payments and refunds that are with the gateway now",
        its,
        inFlight);
    rejections(meters, "full", full);
    rejections(meters, "open", open);
    meters.counter(
        MetricNames.GATEWAY_TIMEOUTS,
        "Answers of the gateway that did not come in time",
        its,
        timeouts);
    for (String each : states) {
      meters.gauge(
          MetricNames.GATEWAY_BREAKER,
          "The state of the gateway's circuit breaker: 1 for the one that it is in",
          Labels.of("gateway", gateway, "state", each),
          () -> each.equals(state.get()) ? 1 : 0);
    }
  }

  private void rejections(Meters meters, String reason, DoubleSupplier count) {
    meters.counter(
        MetricNames.GATEWAY_REJECTIONS,
        "Payments and refunds that were not sent to the gateway: full, no place was free; open, it failed too often",
        Labels.of("gateway", gateway, "reason", reason),
        count);
  }
}
