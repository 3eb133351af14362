package dev.paymeter.gateways;

import dev.paymeter.payments.Authorization;
import dev.paymeter.payments.Gateway;
import dev.paymeter.payments.Payment;
import dev.paymeter.payments.PaymentGatewayException;
import io.vertx.core.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * Decorates a gateway: so many payments are with it at a time, and one more is not sent. Inquiries
 * need no place: whoever makes them bounds them.
 */
final class LimitedGateway implements Gateway {
  private static final Authorization FULL =
      new Authorization.NotAsked(new PaymentGatewayException("Gateway busy"));

  private final Gateway gateway;
  private final int most;
  private final AtomicInteger inFlight = new AtomicInteger();
  private final LongAdder rejected = new LongAdder();

  LimitedGateway(Gateway gateway, int most) {
    this.gateway = gateway;
    this.most = most;
  }

  @Override
  public Future<Authorization> charge(Payment payment) {
    if (inFlight.incrementAndGet() > most) {
      inFlight.decrementAndGet();
      rejected.increment();
      return Future.succeededFuture(FULL);
    }
    Future<Authorization> answer;
    try {
      answer = gateway.charge(payment);
    } catch (RuntimeException defect) {
      inFlight.decrementAndGet();
      throw defect;
    }
    return answer.onComplete(done -> inFlight.decrementAndGet());
  }

  @Override
  public Future<Authorization> resolve(Payment payment) {
    return gateway.resolve(payment);
  }

  int inFlight() {
    return inFlight.get();
  }

  /** How many payments found no place. */
  long rejected() {
    return rejected.sum();
  }
}
