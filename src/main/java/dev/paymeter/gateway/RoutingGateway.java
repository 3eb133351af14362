package dev.paymeter.gateway;

import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentOrder;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.payment.port.PaymentGateway;
import io.vertx.core.Future;
import java.util.Map;

/** Sends each payment, and its refunds, to the gateway that its order names. */
public record RoutingGateway(Map<String, ? extends PaymentGateway> byName)
    implements PaymentGateway {
  public RoutingGateway {
    byName = Map.copyOf(byName);
  }

  @Override
  public Future<GatewayResult> charge(Payment payment) {
    return named(payment.order()).compose(paymentGateway -> paymentGateway.charge(payment));
  }

  @Override
  public Future<GatewayResult> resolve(Payment payment) {
    return named(payment.order()).compose(paymentGateway -> paymentGateway.resolve(payment));
  }

  /**
   * Sends a refund to the gateway of its payment. The gateway may have been removed from the
   * settings since the payment.
   */
  @Override
  public Future<GatewayResult> refund(Refund refund) {
    String removed = "Gateway " + refund.order().gateway() + " is no longer configured";
    return named(refund.order())
        .compose(
            paymentGateway -> paymentGateway.refund(refund),
            missing -> Future.succeededFuture(GatewayResult.notSubmitted(removed)));
  }

  @Override
  public Future<GatewayResult> resolveRefund(Refund refund) {
    return named(refund.order()).compose(paymentGateway -> paymentGateway.resolveRefund(refund));
  }

  private Future<PaymentGateway> named(PaymentOrder order) {
    String name = order.gateway();
    PaymentGateway paymentGateway = byName.get(name);
    return paymentGateway == null
        ? Future.failedFuture(new IllegalStateException("gateway " + name + " is not configured"))
        : Future.succeededFuture(paymentGateway);
  }
}
