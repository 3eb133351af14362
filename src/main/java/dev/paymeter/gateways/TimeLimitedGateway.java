package dev.paymeter.gateways;

import dev.paymeter.payments.Authorization;
import dev.paymeter.payments.Gateway;
import dev.paymeter.payments.Payment;
import dev.paymeter.payments.Refund;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;

/**
 * Decorates a gateway: waits for an answer for so long. What comes later is nobody's; what the
 * gateway did is not known, and has to be asked for.
 */
final class TimeLimitedGateway implements Gateway {
  private final String name;
  private final Gateway gateway;
  private final Duration limit;
  private final Alarms alarms;
  private final LongAdder timeouts = new LongAdder();

  TimeLimitedGateway(String name, Gateway gateway, Duration limit, Alarms alarms) {
    this.name = name;
    this.gateway = gateway;
    this.limit = limit;
    this.alarms = alarms;
  }

  @Override
  public Future<Authorization> charge(Payment payment) {
    return limited(gateway.charge(payment));
  }

  @Override
  public Future<Authorization> resolve(Payment payment) {
    return limited(gateway.resolve(payment));
  }

  @Override
  public Future<Authorization> refund(Refund refund) {
    return limited(gateway.refund(refund));
  }

  @Override
  public Future<Authorization> resolveRefund(Refund refund) {
    return limited(gateway.resolveRefund(refund));
  }

  private Future<Authorization> limited(Future<Authorization> answer) {
    if (answer.isComplete()) {
      return answer;
    }
    Promise<Authorization> inTime = Promise.promise();
    Runnable callOff = alarms.set(limit, () -> giveUp(inTime));
    answer.onComplete(
        result -> {
          callOff.run();
          if (result.succeeded()) {
            inTime.tryComplete(result.result());
          } else {
            inTime.tryFail(result.cause());
          }
        });
    return inTime.future();
  }

  private void giveUp(Promise<Authorization> inTime) {
    if (inTime.tryFail(new NoAnswerException(name, limit))) {
      timeouts.increment();
    }
  }

  /** How many answers did not come in time. */
  long timeouts() {
    return timeouts.sum();
  }
}
