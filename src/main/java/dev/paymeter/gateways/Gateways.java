package dev.paymeter.gateways;

import dev.paymeter.payments.Authorization;
import dev.paymeter.payments.Gateway;
import dev.paymeter.payments.Payment;
import io.vertx.core.Future;
import java.util.Map;

/** Sends each payment to the gateway that its order names. */
public final class Gateways implements Gateway {
  private final Map<String, Gateway> byName;

  public Gateways(Map<String, Gateway> byName) {
    this.byName = Map.copyOf(byName);
  }

  @Override
  public Future<Authorization> charge(Payment payment) {
    Gateway gateway = byName.get(payment.order().gateway());
    return gateway == null
        ? Future.failedFuture(
            new IllegalStateException("no gateway is called " + payment.order().gateway()))
        : gateway.charge(payment);
  }
}
