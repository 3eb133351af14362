package dev.paymeter.gateways;

import dev.paymeter.payments.Authorization;
import dev.paymeter.payments.Gateway;
import dev.paymeter.payments.Payment;
import dev.paymeter.payments.PaymentGatewayException;
import dev.paymeter.payments.Refund;
import io.vertx.core.Future;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/**
 * Decorates a gateway: sends it no payments and refunds while it fails too often. No answer is a
 * failure, as are a gateway that is not reached and one that says that it cannot do its work; a
 * decline is none. Inquiries always go through: evidence is worth a try.
 */
final class BreakingGateway implements Gateway {
  private static final Authorization OPEN =
      new Authorization.NotAsked(new PaymentGatewayException("Gateway unavailable"));

  private final Gateway gateway;
  private final CircuitBreaker breaker;
  private final LongAdder rejected = new LongAdder();

  BreakingGateway(Gateway gateway, CircuitBreaker breaker) {
    this.gateway = gateway;
    this.breaker = breaker;
  }

  @Override
  public Future<Authorization> charge(Payment payment) {
    return unlessOpen(() -> gateway.charge(payment));
  }

  @Override
  public Future<Authorization> refund(Refund refund) {
    return unlessOpen(() -> gateway.refund(refund));
  }

  private Future<Authorization> unlessOpen(Supplier<Future<Authorization>> request) {
    long call = breaker.begin();
    if (call < 0) {
      rejected.increment();
      return Future.succeededFuture(OPEN);
    }
    Future<Authorization> answer;
    try {
      answer = request.get();
    } catch (RuntimeException defect) {
      breaker.ended(call, false);
      throw defect;
    }
    return answer.onComplete(
        result -> breaker.ended(call, result.succeeded() && works(result.result())));
  }

  private static boolean works(Authorization answer) {
    return answer instanceof Authorization.Approved
        || (answer instanceof Authorization.Refused refused
            && !(refused.error() instanceof PaymentGatewayException));
  }

  @Override
  public Future<Authorization> resolve(Payment payment) {
    return gateway.resolve(payment);
  }

  @Override
  public Future<Authorization> resolveRefund(Refund refund) {
    return gateway.resolveRefund(refund);
  }

  /** How many payments and refunds it did not send. */
  long rejected() {
    return rejected.sum();
  }
}
