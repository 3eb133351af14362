package dev.paymeter.payment.port;

import dev.paymeter.payment.PaymentException;
import dev.paymeter.payment.PaymentGatewayException;

/** Evidence of the outcome of a payment or refund at a gateway. */
public sealed interface GatewayResult {
  /**
   * The money has moved.
   *
   * @param reference the gateway's identifier of the charge or refund
   */
  record Approved(String reference) implements GatewayResult {}

  /** No money has moved: a decline, or a failure that the gateway itself reported. */
  record Rejected(PaymentException error) implements GatewayResult {}

  /**
   * No money has moved or ever will: the gateway was not called, or did not receive the request.
   */
  record NotSubmitted(PaymentGatewayException error) implements GatewayResult {}

  /**
   * Returns whether another gateway may charge: this one failed, and certainly moved no money. A
   * decline is final for all gateways.
   */
  default boolean canFailOver() {
    return this instanceof NotSubmitted
        || (this instanceof Rejected rejected
            && rejected.error() instanceof PaymentGatewayException);
  }
}
