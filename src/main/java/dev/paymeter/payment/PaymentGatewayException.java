package dev.paymeter.payment;

/** The gateway could not process the payment, and confirmed that nothing was charged. */
public final class PaymentGatewayException extends PaymentException {
  private static final long serialVersionUID = 1;

  public PaymentGatewayException(String reason) {
    super(reason);
  }
}
