package dev.paymeter.gateway.stripe;

/** Response of Stripe that leaves the outcome unknown, until an inquiry. Has no stack trace. */
final class StripeException extends RuntimeException {
  private static final long serialVersionUID = 1;

  StripeException(String message) {
    super(message.strip(), null, false, false);
  }
}
