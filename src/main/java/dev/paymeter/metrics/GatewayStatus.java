package dev.paymeter.metrics;

import dev.paymeter.metrics.registry.Meters;
import dev.paymeter.metrics.registry.MetricNames;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;

/**
 * State of one gateway's bulkhead, circuit breaker and timeout.
 *
 * @param inFlight payments and refunds in flight now
 * @param rejectedFull transfers rejected by the full bulkhead, since the start
 * @param rejectedOpen transfers rejected by the open circuit breaker, since the start
 * @param timeouts calls without a response in time, since the start
 * @param states possible states of the circuit breaker
 * @param state current state of the circuit breaker
 */
public record GatewayStatus(
    String gateway,
    DoubleSupplier inFlight,
    DoubleSupplier rejectedFull,
    DoubleSupplier rejectedOpen,
    DoubleSupplier timeouts,
    List<String> states,
    Supplier<String> state) {

  /** Registers the meters. Every scrape reads the suppliers, which must not block. */
  public void register(Meters meters) {
    Labels labels = Labels.of("gateway", gateway);
    meters.gauge(
        MetricNames.GATEWAY_IN_FLIGHT,
        "Payments and refunds in flight to the gateway",
        labels,
        inFlight);
    Map.of("full", rejectedFull, "open", rejectedOpen)
        .forEach(
            (reason, count) ->
                meters.counter(
                    MetricNames.GATEWAY_REJECTIONS,
                    "Payments and refunds that were not sent to the gateway: full, too many in flight; open, the circuit breaker is open",
                    labels.add("reason", reason),
                    count));
    meters.counter(
        MetricNames.GATEWAY_TIMEOUTS,
        "Calls to the gateway that got no response in time",
        labels,
        timeouts);
    for (String each : states) {
      meters.gauge(
          MetricNames.GATEWAY_BREAKER,
          "State of the gateway's circuit breaker: 1 for the current state, 0 for the others",
          labels.add("state", each),
          () -> each.equals(state.get()) ? 1 : 0);
    }
  }
}
