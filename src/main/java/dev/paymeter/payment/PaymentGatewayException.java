package dev.paymeter.payment;

/** The gateway could not do its work, and says that nothing was charged. */
public final class PaymentGatewayException extends PaymentException {
  private static final long serialVersionUID = 1;

  public PaymentGatewayException(String reason) {
    super(reason);
  }
}
