package dev.paymeter.gateways;

import dev.paymeter.payments.Authorization;
import dev.paymeter.payments.Gateway;
import dev.paymeter.payments.Observations;
import dev.paymeter.payments.Observations.Operation;
import dev.paymeter.payments.Observations.Outcome;
import dev.paymeter.payments.Payment;
import io.vertx.core.Future;
import java.util.function.LongSupplier;

/** Decorates a gateway: times each of its answers. */
public final class TimedGateway implements Gateway {
  private final Gateway gateway;
  private final Observations observations;
  private final LongSupplier nanoTime;

  public TimedGateway(Gateway gateway, Observations observations, LongSupplier nanoTime) {
    this.gateway = gateway;
    this.observations = observations;
    this.nanoTime = nanoTime;
  }

  @Override
  public Future<Authorization> charge(Payment payment) {
    long start = nanoTime.getAsLong();
    return gateway
        .charge(payment)
        .onComplete(
            answer ->
                observations.timed(
                    Operation.GATEWAY_CHARGE,
                    answer.succeeded() ? Outcome.SUCCESS : Outcome.FAILURE,
                    nanoTime.getAsLong() - start));
  }
}
