package dev.paymeter.gateway.stripe;

/** Stripe's answer settles nothing: it has to be asked again. As a value: no stack trace. */
final class StripeException extends RuntimeException {
  private static final long serialVersionUID = 1;

  StripeException(String message) {
    super(message.strip(), null, false, false);
  }
}
