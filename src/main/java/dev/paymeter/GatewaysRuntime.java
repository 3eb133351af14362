package dev.paymeter;

import dev.paymeter.gateways.Gateways;
import dev.paymeter.gateways.GuardedGateway;
import dev.paymeter.gateways.simulator.Simulator;
import dev.paymeter.gateways.stripe.StripeGateway;
import dev.paymeter.metrics.GatewayReadings;
import dev.paymeter.metrics.ObservationPipeline;
import dev.paymeter.payments.Gateway;
import dev.paymeter.payments.Pauses;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The gateways of the running service, simulated or not, each with its guards. Its methods block;
 * call them from a thread of your own.
 */
final class GatewaysRuntime implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(GatewaysRuntime.class);

  private final Settings settings;
  private final Vertx vertx;
  private final ObservationPipeline pipeline;
  private final Pauses pauses;

  // Opened by one thread, closed by another.
  private volatile @Nullable Simulator simulator;

  GatewaysRuntime(Settings settings, Vertx vertx, ObservationPipeline pipeline, Pauses pauses) {
    this.settings = settings;
    this.vertx = vertx;
    this.pipeline = pipeline;
    this.pauses = pauses;
  }

  /**
   * All of them behind one port.
   *
   * @throws IllegalStateException when the simulated gateways' journals cannot be used
   */
  Gateway open() {
    Map<String, GatewayOptions> all = settings.gateways();
    Map<String, Gateway> gateways = new HashMap<>(simulated(all));
    all.forEach(
        (name, its) ->
            its.stripe()
                .ifPresent(
                    stripe ->
                        gateways.put(name, new StripeGateway(vertx, stripe, Clock.systemUTC()))));
    Map<String, Gateway> guarded = new HashMap<>();
    gateways.forEach(
        (name, gateway) ->
            guarded.put(
                name, guarded(name, gateway, Objects.requireNonNull(all.get(name)).guards())));
    return new Gateways(guarded);
  }

  private Map<String, ? extends Gateway> simulated(Map<String, GatewayOptions> all) {
    List<String> names = all.keySet().stream().filter(name -> isSimulated(all, name)).toList();
    if (names.isEmpty()) {
      return Map.of();
    }
    try {
      Simulator opened = Simulator.open(settings.simulator(), names, pauses);
      simulator = opened;
      return opened.gateways();
    } catch (IOException e) {
      throw new IllegalStateException(
          "simulator.directory: wanted a directory for the gateways' journals, found " + e, e);
    }
  }

  private static boolean isSimulated(Map<String, GatewayOptions> all, String name) {
    return Objects.requireNonNull(all.get(name)).isSimulated();
  }

  private Gateway guarded(String name, Gateway gateway, GuardedGateway.Guards guards) {
    GuardedGateway guarded =
        new GuardedGateway(name, gateway, guards, pauses, System::nanoTime);
    pipeline.gateway(readings(guarded));
    return guarded;
  }

  private static GatewayReadings readings(GuardedGateway gateway) {
    return new GatewayReadings(
        gateway.name(),
        gateway::inFlight,
        gateway::rejectedAsFull,
        gateway::rejectedAsOpen,
        gateway::timeouts,
        GuardedGateway.states(),
        gateway::state);
  }

  /** The simulated gateways, for whoever makes them misbehave; absent before they are started. */
  Optional<Simulator> simulator() {
    return Optional.ofNullable(simulator);
  }

  /** Nobody may ask any more. */
  @Override
  public void close() {
    Simulator open = simulator;
    if (open != null) {
      try {
        open.close();
      } catch (IOException e) {
        log.error("Cannot close the simulated gateways' journals", e);
      }
    }
  }
}
