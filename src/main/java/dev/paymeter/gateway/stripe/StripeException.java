package dev.paymeter.gateway.stripe;

import dev.paymeter.gateway.http.InconclusiveException;

/** Response of Stripe that leaves the outcome unknown, until an inquiry. */
final class StripeException extends InconclusiveException {
  private static final long serialVersionUID = 1;

  StripeException(String message) {
    super(message);
  }
}
