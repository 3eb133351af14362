package dev.paymeter.payment.port;

import dev.paymeter.payment.PaymentException;
import dev.paymeter.payment.PaymentGatewayException;

/**
 * What a gateway said about one payment, or one refund, or what is known for sure without its word.
 */
public sealed interface GatewayResult {
  /**
   * The money has moved.
   *
   * @param reference the gateway's own name for the charge or refund
   */
  record Approved(String reference) implements GatewayResult {}

  /** No money has moved: a decline, or a failure of the gateway that it vouches for. */
  record Refused(PaymentException error) implements GatewayResult {}

  /**
   * No money has moved and none ever will, for the gateway never received the payment or refund: it
   * was not reached, or was not tried.
   */
  record NotAsked(PaymentGatewayException error) implements GatewayResult {}

  /**
   * Whether another gateway may be asked to charge: this one could not do its work, and it is sure
   * that it moved nothing. A decline is the payer's answer, at whatever gateway.
   */
  default boolean mayGoElsewhere() {
    return this instanceof NotAsked
        || (this instanceof Refused refused && refused.error() instanceof PaymentGatewayException);
  }
}
