package dev.paymeter.payment;

/** The gateway looked at the payment and declined it. */
public final class PaymentValidationException extends PaymentException {
  private static final long serialVersionUID = 1;

  public PaymentValidationException(String reason) {
    super(reason);
  }
}
