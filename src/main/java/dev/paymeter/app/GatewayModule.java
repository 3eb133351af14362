package dev.paymeter.app;

import dev.paymeter.app.config.FileProblem;
import dev.paymeter.app.config.Settings;
import dev.paymeter.gateway.ResilientGateway;
import dev.paymeter.gateway.RoutingGateway;
import dev.paymeter.gateway.paypal.PayPalGateway;
import dev.paymeter.gateway.paypal.PayPalOptions;
import dev.paymeter.gateway.simulator.SimulatedGateway;
import dev.paymeter.gateway.simulator.Simulator;
import dev.paymeter.gateway.stripe.StripeGateway;
import dev.paymeter.gateway.stripe.StripeOptions;
import dev.paymeter.metrics.GatewayStatus;
import dev.paymeter.payment.port.PaymentGateway;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;

/** Gateways of the running service, real or simulated, each with its guards. */
record GatewayModule(ModuleContext context) {
  /**
   * Opens all gateways behind one port; blocks.
   *
   * @param ledger the id of the ledger
   * @param simulated receives the simulated gateways, by name
   * @throws IllegalStateException if the simulated gateways' journals cannot be used
   */
  GatewayAccounts open(
      UUID ledger, ShutdownStack shutdown, Map<String, SimulatedGateway> simulated) {
    simulated.putAll(simulated(ledger, shutdown));
    Map<String, PaymentGateway> guarded = new HashMap<>();
    options()
        .forEach(
            (name, gateway) -> {
              PaymentGateway paymentGateway =
                  real(ledger, gateway)
                      .orElseGet(() -> Objects.requireNonNull(simulated.get(name)));
              guarded.put(name, guarded(name, paymentGateway, gateway.guards()));
            });
    return new GatewayAccounts(options(), new RoutingGateway(guarded));
  }

  /** Returns empty for a simulated gateway. */
  private Optional<PaymentGateway> real(UUID ledger, Settings.Gateway gateway) {
    return gateway
        .stripe()
        .<PaymentGateway>map(options -> stripe(ledger, options, gateway))
        .or(() -> gateway.paypal().map(options -> paypal(options, gateway.guards())));
  }

  private StripeGateway stripe(UUID ledger, StripeOptions options, Settings.Gateway settings) {
    StripeGateway gateway =
        new StripeGateway(
            context.vertx(),
            options,
            ledger,
            Clock.systemUTC(),
            settings.guards().timeout(),
            settings.authorizationValidity());
    gateway.start();
    return gateway;
  }

  private PayPalGateway paypal(PayPalOptions options, ResilientGateway.Guards guards) {
    PayPalGateway gateway =
        new PayPalGateway(context.vertx(), options, Clock.systemUTC(), guards.timeout());
    gateway.start();
    return gateway;
  }

  private Map<String, Settings.Gateway> options() {
    return context.settings().gateways();
  }

  private Map<String, SimulatedGateway> simulated(UUID ledger, ShutdownStack shutdown) {
    Map<String, Duration> validities =
        options().entrySet().stream()
            .filter(gateway -> gateway.getValue().isSimulated())
            .collect(
                Collectors.toMap(
                    Map.Entry::getKey, gateway -> gateway.getValue().authorizationValidity()));
    if (validities.isEmpty()) {
      return Map.of();
    }
    try {
      return shutdown
          .open(
              "close the simulated gateways' journals",
              () ->
                  Simulator.open(
                      context.settings().simulator(), ledger, validities, context.scheduler()))
          .gateways();
    } catch (IOException e) {
      throw new IllegalStateException(
          "simulator.directory: expected a directory for the gateways' journals, found "
              + FileProblem.describe(e),
          e);
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
