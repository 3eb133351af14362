package dev.paymeter.gateway.paypal;

import dev.paymeter.gateway.http.InconclusiveException;

/** Response of PayPal that leaves the outcome unknown, until an inquiry. */
final class PayPalException extends InconclusiveException {
  private static final long serialVersionUID = 1;

  PayPalException(String message) {
    super(message);
  }
}
