package dev.paymeter.support.payment;

import dev.paymeter.payment.Refund;
import dev.paymeter.payment.port.Authorization;
import dev.paymeter.payment.port.Gateway;
import io.vertx.core.Future;

/** A gateway for tests in which nothing is given back. */
public interface ChargesOnly extends Gateway {
  @Override
  default Future<Authorization> refund(Refund refund) {
    throw new AssertionError("nobody was to refund " + refund.id());
  }

  @Override
  default Future<Authorization> resolveRefund(Refund refund) {
    throw new AssertionError("nobody was to ask about " + refund.id());
  }
}
