package dev.paymeter.gateway;

import dev.paymeter.payment.Payment;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.port.Authorization;
import dev.paymeter.payment.port.Gateway;
import dev.paymeter.payment.port.Observations.Operation;
import dev.paymeter.payment.port.OperationTimes;
import io.vertx.core.Future;

/** Decorates a gateway: times each of its answers. */
public final class TimedGateway implements Gateway {
  private final Gateway gateway;
  private final OperationTimes times;

  public TimedGateway(Gateway gateway, OperationTimes times) {
    this.gateway = gateway;
    this.times = times;
  }

  @Override
  public Future<Authorization> charge(Payment payment) {
    return times.timed(Operation.GATEWAY_CHARGE, () -> gateway.charge(payment));
  }

  @Override
  public Future<Authorization> resolve(Payment payment) {
    return times.timed(Operation.GATEWAY_RESOLVE, () -> gateway.resolve(payment));
  }

  @Override
  public Future<Authorization> refund(Refund refund) {
    return times.timed(Operation.GATEWAY_REFUND, () -> gateway.refund(refund));
  }

  @Override
  public Future<Authorization> resolveRefund(Refund refund) {
    return times.timed(Operation.GATEWAY_RESOLVE_REFUND, () -> gateway.resolveRefund(refund));
  }
}
