package dev.paymeter.payment;

/** The gateway could not process the payment, and confirmed that nothing was charged. */
public final class PaymentGatewayException extends PaymentException {
  private static final long serialVersionUID = 1;

  /** Creates a failure without a more specific code. */
  public PaymentGatewayException(String reason) {
    this(FailureCode.GATEWAY_ERROR, reason);
  }

  /**
   * @throws IllegalArgumentException if the code is that of a decline
   */
  public PaymentGatewayException(FailureCode code, String reason) {
    super(code, reason);
    if (code.isDecline()) {
      throw new IllegalArgumentException(code + " is a decline");
    }
  }
}
