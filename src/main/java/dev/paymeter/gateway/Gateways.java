package dev.paymeter.gateway;

import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentGatewayException;
import dev.paymeter.payment.PaymentOrder;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.port.Authorization;
import dev.paymeter.payment.port.Gateway;
import io.vertx.core.Future;
import java.util.Map;

/** Sends each payment, and its refunds, to the gateway that its order names. */
public final class Gateways implements Gateway {
  private final Map<String, Gateway> byName;

  public Gateways(Map<String, ? extends Gateway> byName) {
    this.byName = Map.copyOf(byName);
  }

  @Override
  public Future<Authorization> charge(Payment payment) {
    return named(payment.order()).compose(gateway -> gateway.charge(payment));
  }

  @Override
  public Future<Authorization> resolve(Payment payment) {
    return named(payment.order()).compose(gateway -> gateway.resolve(payment));
  }

  /** A payment may be older than the settings: its gateway may be none of ours any more. */
  @Override
  public Future<Authorization> refund(Refund refund) {
    String name = refund.order().gateway();
    Gateway gateway = byName.get(name);
    return gateway == null
        ? Future.succeededFuture(
            new Authorization.NotAsked(
                new PaymentGatewayException("No gateway is called " + name + " any more")))
        : gateway.refund(refund);
  }

  @Override
  public Future<Authorization> resolveRefund(Refund refund) {
    return named(refund.order()).compose(gateway -> gateway.resolveRefund(refund));
  }

  private Future<Gateway> named(PaymentOrder order) {
    String name = order.gateway();
    Gateway gateway = byName.get(name);
    return gateway == null
        ? Future.failedFuture(new IllegalStateException("no gateway is called " + name))
        : Future.succeededFuture(gateway);
  }
}
