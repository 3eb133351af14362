package dev.paymeter.payment;

/** The gateway declined the payment. */
public final class PaymentValidationException extends PaymentException {
  private static final long serialVersionUID = 1;

  public PaymentValidationException(String reason) {
    super(reason);
  }
}
