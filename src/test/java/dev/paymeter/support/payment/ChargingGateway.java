package dev.paymeter.support.payment;

import dev.paymeter.payment.Payment;
import dev.paymeter.payment.port.GatewayResult;
import io.vertx.core.Future;
import java.util.function.Function;

/** A gateway for tests without inquiries. */
public record ChargingGateway(Function<Payment, Future<GatewayResult>> answers)
    implements ChargeOnlyGateway {
  @Override
  public Future<GatewayResult> charge(Payment payment) {
    return answers.apply(payment);
  }

  @Override
  public Future<GatewayResult> resolve(Payment payment) {
    throw new AssertionError("unexpected inquiry about " + payment.id());
  }
}
