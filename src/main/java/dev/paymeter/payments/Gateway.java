package dev.paymeter.payments;

import io.vertx.core.Future;

/** Port: whoever moves the money. */
public interface Gateway {
  /**
   * Charges a payment. Called once for a payment, after it is committed as pending.
   *
   * @return the gateway's answer; a failed future is a defect or a broken connection, never a
   *     decline
   */
  Future<Authorization> charge(Payment payment);
}
