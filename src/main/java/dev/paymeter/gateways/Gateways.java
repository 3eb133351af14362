package dev.paymeter.gateways;

import dev.paymeter.payments.Authorization;
import dev.paymeter.payments.Gateway;
import dev.paymeter.payments.Payment;
import io.vertx.core.Future;
import java.util.Map;

/** Sends each payment to the gateway that its order names. */
public final class Gateways implements Gateway {
  private final Map<String, Gateway> byName;

  public Gateways(Map<String, ? extends Gateway> byName) {
    this.byName = Map.copyOf(byName);
  }

  @Override
  public Future<Authorization> charge(Payment payment) {
    return named(payment).compose(gateway -> gateway.charge(payment));
  }

  @Override
  public Future<Authorization> resolve(Payment payment) {
    return named(payment).compose(gateway -> gateway.resolve(payment));
  }

  private Future<Gateway> named(Payment payment) {
    String name = payment.order().gateway();
    Gateway gateway = byName.get(name);
    return gateway == null
        ? Future.failedFuture(new IllegalStateException("no gateway is called " + name))
        : Future.succeededFuture(gateway);
  }
}
