package dev.paymeter.support.payment;

import dev.paymeter.payment.Payment;
import dev.paymeter.payment.port.Authorization;
import io.vertx.core.Future;
import java.util.function.Function;

/** A gateway for tests in which nobody asks what became of a payment. */
public record ChargingGateway(Function<Payment, Future<Authorization>> answers)
    implements ChargesOnly {
  @Override
  public Future<Authorization> charge(Payment payment) {
    return answers.apply(payment);
  }

  @Override
  public Future<Authorization> resolve(Payment payment) {
    throw new AssertionError("nobody was to ask about " + payment.id());
  }
}
