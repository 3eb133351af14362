package dev.paymeter.gateway;

import dev.paymeter.payment.Payment;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.payment.port.OperationTimer;
import dev.paymeter.payment.port.PaymentGateway;
import dev.paymeter.payment.port.PaymentMetrics.Operation;
import io.vertx.core.Future;

/** Decorates a gateway and times each of its calls. */
public final class TimedGateway implements PaymentGateway {
  private final PaymentGateway paymentGateway;
  private final OperationTimer times;

  public TimedGateway(PaymentGateway paymentGateway, OperationTimer times) {
    this.paymentGateway = paymentGateway;
    this.times = times;
  }

  @Override
  public Future<GatewayResult> charge(Payment payment) {
    return times.timed(Operation.GATEWAY_CHARGE, () -> paymentGateway.charge(payment));
  }

  @Override
  public Future<GatewayResult> resolve(Payment payment) {
    return times.timed(Operation.GATEWAY_RESOLVE, () -> paymentGateway.resolve(payment));
  }

  @Override
  public Future<GatewayResult> refund(Refund refund) {
    return times.timed(Operation.GATEWAY_REFUND, () -> paymentGateway.refund(refund));
  }

  @Override
  public Future<GatewayResult> resolveRefund(Refund refund) {
    return times.timed(
        Operation.GATEWAY_RESOLVE_REFUND, () -> paymentGateway.resolveRefund(refund));
  }
}
