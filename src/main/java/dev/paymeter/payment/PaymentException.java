package dev.paymeter.payment;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The failure of a payment, as a value. It is stored in the ledger and returned to the client; its
 * simple name is the label {@code error_type}. It has no stack trace, because a failed payment is
 * an ordinary outcome, not a defect.
 */
public abstract sealed class PaymentException extends RuntimeException
    permits PaymentGatewayException, PaymentValidationException {
  private static final long serialVersionUID = 1;

  /** All values of {@link #type}. */
  public static final List<String> TYPES =
      List.of("PaymentGatewayException", "PaymentValidationException");

  PaymentException(String message) {
    super(message, null, false, false);
  }

  /** Returns the simple name of the class: {@code error_type} in metrics and in the ledger. */
  public String type() {
    return getClass().getSimpleName();
  }

  /** Returns the message; never null. */
  public String reason() {
    return String.valueOf(getMessage());
  }

  /**
   * Restores an exception from its stored type and reason.
   *
   * @throws IllegalArgumentException if the type is no payment exception
   */
  public static PaymentException of(String type, String reason) {
    return switch (type) {
      case "PaymentGatewayException" -> new PaymentGatewayException(reason);
      case "PaymentValidationException" -> new PaymentValidationException(reason);
      default -> throw new IllegalArgumentException("unknown payment exception " + type);
    };
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof PaymentException that
        && that.getClass() == getClass()
        && that.reason().equals(reason());
  }

  @Override
  public int hashCode() {
    return reason().hashCode();
  }
}
