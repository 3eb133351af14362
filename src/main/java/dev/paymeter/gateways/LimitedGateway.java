package dev.paymeter.gateways;

import dev.paymeter.payments.Authorization;
import dev.paymeter.payments.Gateway;
import dev.paymeter.payments.Payment;
import dev.paymeter.payments.PaymentGatewayException;
import dev.paymeter.payments.Refund;
import io.vertx.core.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/**
 * Decorates a gateway: so many payments and refunds are with it at a time, and one more is not
 * sent. Inquiries need no place: whoever makes them bounds them.
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
    return unlessFull(() -> gateway.charge(payment));
  }

  @Override
  public Future<Authorization> refund(Refund refund) {
    return unlessFull(() -> gateway.refund(refund));
  }

  private Future<Authorization> unlessFull(Supplier<Future<Authorization>> request) {
    if (inFlight.incrementAndGet() > most) {
      inFlight.decrementAndGet();
      rejected.increment();
      return Future.succeededFuture(FULL);
    }
    Future<Authorization> answer;
    try {
      answer = request.get();
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

  @Override
  public Future<Authorization> resolveRefund(Refund refund) {
    return gateway.resolveRefund(refund);
  }

  int inFlight() {
    return inFlight.get();
  }

  /** How many payments and refunds found no place. */
  long rejected() {
    return rejected.sum();
  }
}
