package dev.paymeter.payments;

/** What a gateway said about one payment, or what is known for sure without its word. */
public sealed interface Authorization {
  /**
   * The money has moved.
   *
   * @param reference the gateway's own name for the charge
   */
  record Approved(String reference) implements Authorization {}

  /** Nothing was charged: a decline, or a failure of the gateway that it vouches for. */
  record Refused(PaymentException error) implements Authorization {}

  /**
   * Nothing was charged and nothing ever will be, for the gateway never received the payment: it
   * was not reached, or was not tried.
   */
  record NotAsked(PaymentGatewayException error) implements Authorization {}

  /**
   * Whether another gateway may be asked: this one could not do its work, and it is sure that it
   * charged nothing. A decline is the payer's answer, at whatever gateway.
   */
  default boolean mayGoElsewhere() {
    return this instanceof NotAsked
        || (this instanceof Refused refused && refused.error() instanceof PaymentGatewayException);
  }
}
