package dev.paymeter.payment;

/** The gateway declined the payment. */
public final class PaymentValidationException extends PaymentException {
  private static final long serialVersionUID = 1;

  /** Creates a decline without a more specific code. */
  public PaymentValidationException(String reason) {
    this(FailureCode.PAYMENT_DECLINED, reason);
  }

  /**
   * @throws IllegalArgumentException if the code is that of a gateway's failure
   */
  public PaymentValidationException(FailureCode code, String reason) {
    super(code, reason);
    if (!code.isDecline()) {
      throw new IllegalArgumentException(code + " is no decline");
    }
  }
}
