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
final class GatewayModule {
  private static final Logger log = LoggerFactory.getLogger(GatewayModule.class);

  private final ModuleContext context;
  private final Map<String, GatewayOptions> options;

  private GatewayModule(ModuleContext context) {
    this.context = context;
    this.options = context.settings().gateways();
  }

  /**
   * Opens all gateways behind one port; blocks.
   *
   * @param simulated receives the simulated gateways, by name
   * @throws IllegalStateException if the simulated gateways' journals cannot be used
   */
  static PaymentGateway open(
      ModuleContext context, ShutdownStack shutdown, Map<String, SimulatedGateway> simulated) {
    GatewayModule module = new GatewayModule(context);
    simulated.putAll(module.simulated(shutdown));
    Map<String, PaymentGateway> guarded = new HashMap<>();
    module.options.forEach(
        (name, gateway) -> {
          PaymentGateway paymentGateway =
              gateway
                  .stripe()
                  .<PaymentGateway>map(
                      stripe -> new StripeGateway(context.vertx(), stripe, Clock.systemUTC()))
                  .orElseGet(() -> Objects.requireNonNull(simulated.get(name)));
          guarded.put(name, module.guarded(name, paymentGateway, gateway.guards()));
        });
    return new RoutingGateway(guarded);
  }

  private Map<String, SimulatedGateway> simulated(ShutdownStack shutdown) {
    List<String> names =
        options.keySet().stream()
            .filter(name -> Objects.requireNonNull(options.get(name)).isSimulated())
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
        .registerGateway(
            new GatewayStatus(
                name,
                guarded::inFlight,
                guarded::rejectedAsFull,
                guarded::rejectedAsOpen,
                guarded::timeouts,
                ResilientGateway.states(),
                guarded::state));
    return guarded;
  }
}
