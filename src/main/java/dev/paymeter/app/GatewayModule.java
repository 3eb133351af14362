package dev.paymeter.app;

import dev.paymeter.app.config.GatewayOptions;
import dev.paymeter.gateway.ResilientGateway;
import dev.paymeter.gateway.RoutingGateway;
import dev.paymeter.gateway.simulator.SimulatedGateway;
import dev.paymeter.gateway.simulator.Simulator;
import dev.paymeter.gateway.stripe.StripeGateway;
import dev.paymeter.metrics.GatewayStatus;
import dev.paymeter.payment.port.PaymentGateway;
import java.io.IOException;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Gateways of the running service, real or simulated, each with its guards. */
record GatewayModule(ModuleContext context) {
  private static final Logger log = LoggerFactory.getLogger(GatewayModule.class);

  /**
   * Opens all gateways behind one port; blocks.
   *
   * @param simulated receives the simulated gateways, by name
   * @throws IllegalStateException if the simulated gateways' journals cannot be used
   */
  PaymentGateway open(ShutdownStack shutdown, Map<String, SimulatedGateway> simulated) {
    simulated.putAll(simulated(shutdown));
    Map<String, PaymentGateway> guarded = new HashMap<>();
    options()
        .forEach(
            (name, gateway) -> {
              PaymentGateway paymentGateway =
                  gateway.stripe().isPresent()
                      ? new StripeGateway(
                          context.vertx(), gateway.stripe().get(), Clock.systemUTC())
                      : Objects.requireNonNull(simulated.get(name));
              guarded.put(name, guarded(name, paymentGateway, gateway.guards()));
            });
    return new RoutingGateway(guarded);
  }

  private Map<String, GatewayOptions> options() {
    return context.settings().gateways();
  }

  private Map<String, SimulatedGateway> simulated(ShutdownStack shutdown) {
    List<String> names =
        options().entrySet().stream()
            .filter(gateway -> gateway.getValue().isSimulated())
            .map(Map.Entry::getKey)
            .toList();
    if (names.isEmpty()) {
      return Map.of();
    }
    try {
      Simulator simulator =
          Simulator.open(context.settings().simulator(), names, context.scheduler());
      shutdown.add(() -> close(simulator));
      return simulator.gateways();
    } catch (IOException e) {
      throw new IllegalStateException(
          "simulator.directory: expected a directory for the gateways' journals, found " + e, e);
    }
  }

  private static void close(Simulator simulator) {
    try {
      simulator.close();
    } catch (IOException e) {
      log.error("Cannot close the simulated gateways' journals", e);
    }
  }

  private PaymentGateway guarded(
      String name, PaymentGateway paymentGateway, ResilientGateway.Guards guards) {
    ResilientGateway guarded =
        new ResilientGateway(name, paymentGateway, guards, context.scheduler(), System::nanoTime);
    context
        .pipeline()
        .update(
            new GatewayStatus(
                    name,
                    guarded::inFlight,
                    guarded::rejectedAsFull,
                    guarded::rejectedAsOpen,
                    guarded::timeouts,
                    ResilientGateway.states(),
                    guarded::state)
                ::register);
    return guarded;
  }
}
